import assert from "node:assert/strict";
import { OperatingError } from "../../src/core/kernel/operating_error.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import { parseScenario } from "../../src/sim/scenario.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";

Deno.test("a scenario says what it needs and the rest has defaults", () => {
  assert.deepEqual(parseScenario('name = "small"\nnodes = 2\n', "small.toml"), {
    name: "small",
    about: "",
    seed: undefined,
    plan: {
      nodes: 2,
      durationMs: 60_000,
      profile: "standard",
      network: PERFECT_NETWORK,
      driftPpm: 0,
      wallErrorMs: 0,
      startWithinMs: 1_000,
      connections: true,
      cell: true,
      scores: "different",
      discovery: "multicast",
      emcon: 0,
      faults: [],
    },
  });
});

Deno.test("every kind of fault is read, with nodes counted from 1", () => {
  const { plan } = parseScenario(
    `name = "all"
nodes = 3
${
      [
        ...["crash", "wipe", "restart", "pause", "diskFull"].map((kind) =>
          `kind = "${kind}"\nat = "1s"\nfor = "2s"\nnode = 3`
        ),
        'kind = "partition"\nat = "1s"\nfor = "2s"\ngroups = [[1], [2, 3]]',
        'kind = "cut"\nat = "1s"\nfor = "2s"\nfrom = 1\nto = 2',
        'kind = "isolate"\nat = "1s"\nfor = "2s"\nnode = 1',
        'kind = "storm"\nat = "1s"\nfor = "2s"\nloss = 0.5',
        'kind = "clockStep"\nat = "1s"\nnode = 1\nbyMs = -5',
        'kind = "drift"\nat = "1s"\nnode = 1\npartsPerMillion = 7',
        'kind = "corruptRead"\nat = "1s"\nnode = 2',
        'kind = "replay"\nat = "1s"',
      ].map((fault) => `[[fault]]\n${fault}\n`).join("")
    }`,
    "all.toml",
  );
  const lasting = { atMs: 1_000, forMs: 2_000 };
  assert.deepEqual(plan.faults, [
    { kind: "crash", node: 2, ...lasting },
    { kind: "wipe", node: 2, ...lasting },
    { kind: "restart", node: 2, ...lasting },
    { kind: "pause", node: 2, ...lasting },
    { kind: "diskFull", node: 2, ...lasting },
    { kind: "partition", groups: [[0], [1, 2]], ...lasting },
    { kind: "cut", from: 0, to: 1, ...lasting },
    { kind: "isolate", node: 0, direction: "both", ...lasting },
    { kind: "storm", loss: 0.5, ...lasting },
    { kind: "clockStep", node: 0, byMs: -5, atMs: 1_000 },
    { kind: "drift", node: 0, partsPerMillion: 7, atMs: 1_000 },
    { kind: "corruptRead", node: 1, atMs: 1_000 },
    { kind: "replay", pick: 0, atMs: 1_000 },
  ]);
});

const HEAD = 'name = "x"\nnodes = 2\n';

/** What is wrong with a file, and the words with which the message names the place. */
const WRONG: readonly [string, string, RegExp][] = [
  ["is no TOML", `${HEAD}duration = `, /line 3, column \d+/],
  ["has an unknown key", `${HEAD}nodez = 3`, /nodez/],
  ["has an unknown key in a fault", fault('kind = "replay"\nat = "1s"\nfoo = 1'), /fault\.0\.foo/],
  ["has an unknown network key", `${HEAD}[network]\nlos = 1`, /network\.los/],
  ["has no name", "nodes = 2", /name/],
  ["has no nodes", 'name = "x"', /nodes/],
  ["has too many nodes", 'name = "x"\nnodes = 5001', /nodes/],
  ["has half a node", 'name = "x"\nnodes = 1.5', /nodes/],
  ["has a bad duration", `${HEAD}duration = "soon"`, /duration: write a duration like/],
  ["has a duration without a unit", `${HEAD}duration = 10`, /duration/],
  ["has a bad time in a fault", fault('kind = "replay"\nat = "x"'), /fault\.0\.at: write a dur/],
  ["has a share above all", `${HEAD}[network]\nloss = 1.5`, /network\.loss/],
  ["has an unknown profile", `${HEAD}profile = "slow"`, /profile/],
  ["has an unknown kind of fault", fault('kind = "flood"\nat = "1s"'), /fault\.0\.kind/],
  [
    "names node 0",
    fault('kind = "crash"\nat = "1s"\nfor = "1s"\nnode = 0'),
    /fault\.0\.node/,
  ],
  [
    "names a node that there is not",
    fault('kind = "crash"\nat = "1s"\nfor = "1s"\nnode = 3'),
    /a crash names node 3 of 2/,
  ],
  [
    "cuts a link to a node that there is not",
    fault('kind = "cut"\nat = "1s"\nfor = "1s"\nfrom = 1\nto = 9'),
    /a cut names node 9 of 2/,
  ],
  [
    "parts nodes that there are not",
    fault('kind = "partition"\nat = "1s"\nfor = "1s"\ngroups = [[1], [2, 4]]'),
    /a partition names node 4 of 2/,
  ],
];

for (const [what, text, place] of WRONG) {
  Deno.test(`a scenario that ${what} is refused with the place`, () => {
    assert.throws(
      () => parseScenario(text, "my.toml"),
      (error) =>
        error instanceof OperatingError && error.exitCode === 4 && place.test(error.message) &&
        error.message.startsWith("Cannot read scenario my.toml: "),
    );
  });
}

Deno.test("the scenarios that ship have names of their own and say what they are about", () => {
  const all = builtInScenarios();
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { about } of all) assert.ok(about.length > 10);
});

function fault(text: string): string {
  return `${HEAD}[[fault]]\n${text}\n`;
}
