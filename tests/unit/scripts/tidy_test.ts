import { deepEqual, equal } from "node:assert/strict";
import { printFinding } from "../../../scripts/tidy/finding.ts";
import { tidy } from "../../../scripts/tidy.ts";

/** A small house in order: every file is used, every invariant is held. */
const TIDY_HOUSE: Record<string, string> = {
  "main.ts": 'import { run } from "./src/sim/run.ts";\nrun();\n',
  "src/sim/run.ts":
    'import { node } from "../core/node.ts";\nexport const run = () => node("one-leader");\n',
  "src/core/node.ts": "/** Holds (N1). */\nexport function node(name: string) { return name; }\n",
  "src/core/SPEC.md":
    '| Id | Invariant | Held by |\n| -- | -- | -- |\n| N1 | text | test: "a node is named"; sim: one-leader |\n',
  "tests/unit/node_test.ts": 'Deno.test("a node is named", () => {});\n',
};

/** Writes the house with some files replaced or added, and answers what there is to tidy. */
async function findings(files: Record<string, string>): Promise<string[]> {
  const root = await Deno.makeTempDir({ prefix: "peat-tidy-" });
  try {
    for (const [path, text] of Object.entries({ ...TIDY_HOUSE, ...files })) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    return tidy(root).map(printFinding);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a house in order has nothing to tidy", async () => {
  deepEqual(await findings({}), []);
});

Deno.test("an import arrow that points back is found, a type of generated code is not", async () => {
  deepEqual(
    await findings({
      "src/core/node.ts": [
        'import type { Cell } from "../wire/generated/cell.ts";',
        'import { other } from "../sim/run.ts";',
        "export const node = (name: string & Cell) => other(name);",
      ].join("\n"),
    }),
    [
      "src/core/node.ts:2: src/core must not import src/sim/run.ts; it may import src/core",
      "src/sim/run.ts:1: closes a circle of imports: src/core/node.ts -> src/sim/run.ts -> src/core/node.ts",
    ],
  );
});

Deno.test("a circle of imports is found once, by a type as well", async () => {
  deepEqual(
    await findings({
      "src/core/node.ts": [
        'import type { Cell } from "./cell.ts";',
        "/** Holds (N1). */",
        "export const node = (name: string & Cell) => name;",
      ].join("\n"),
      "src/core/cell.ts": [
        'import { voice } from "./voice.ts";',
        "export type Cell = ReturnType<typeof voice>;",
      ].join("\n"),
      "src/core/voice.ts": [
        'import { node } from "./node.ts";',
        "export const voice = () => node;",
      ].join("\n"),
      "src/sim/run.ts": [
        'import { node } from "../core/node.ts";',
        'import type { World } from "./world.ts";',
        'export const run = (_: World) => node("one-leader");',
      ].join("\n"),
      "src/sim/world.ts": 'export { run as World } from "./run.ts";\n',
    }),
    [
      "src/core/node.ts:1: closes a circle of imports: src/core/cell.ts -> src/core/voice.ts -> src/core/node.ts -> src/core/cell.ts",
      "src/sim/world.ts:1: closes a circle of imports: src/sim/run.ts -> src/sim/world.ts -> src/sim/run.ts",
    ],
  );
});

Deno.test("a dynamic import is an arrow, a file named for another process is not", async () => {
  deepEqual(
    await findings({
      "src/sim/run.ts": [
        'export const run = () => import("../core/node.ts");',
        'export const escape = () => import("../daemon/node.ts");',
        'export const entry = new URL("../../main.ts", import.meta.url) + "one-leader";',
        'const checker = "one-leader";',
      ].join("\n"),
    }),
    [
      "src/sim/run.ts:2: src/sim must not import src/daemon/node.ts; it may import src/sim, src/core, src/wire, src/store",
    ],
  );
});

Deno.test("a file outside every part of the house is found", async () => {
  const [finding] = await findings({ "lib/thing.ts": "" });
  equal(finding?.startsWith("lib/thing.ts:1: belongs to no part of the house"), true);
});

for (
  const word of [
    "Deno.",
    "Date.now",
    "performance.now",
    "Math.random",
    "crypto.",
    "setTimeout",
    "setInterval",
    "await",
    "Promise",
  ]
) {
  Deno.test(`the core must not say ${word} in code`, async () => {
    const code = `export const node = (name: string) => name;\n${word}\n`;
    const [finding, ...rest] = await findings({ "src/core/node.ts": code });
    equal(finding?.startsWith(`src/core/node.ts:2: ${word} is banned here; use `), true);
    deepEqual(rest, []);
  });

  Deno.test(`the core may say ${word} in comments, strings and patterns`, async () => {
    const code = [
      `// ${word}`,
      `/* ${word} */`,
      `export const node = (name: string) => name + "${word}" + '${word}';`,
      `export const pattern = name.match(/["'${word}]/) ?? \`\${name} ${word}\`;`,
    ].join("\n");
    deepEqual(await findings({ "src/core/node.ts": code }), []);
  });
}

Deno.test("code inside a template literal is code", async () => {
  deepEqual(await findings({ "src/core/node.ts": "export const node = `${Math.random()}`;\n" }), [
    "src/core/node.ts:1: Math.random is banned here; use the `Random` handed in",
  ]);
});

Deno.test("the core must not import packages or node: modules", async () => {
  deepEqual(await findings({ "src/core/node.ts": 'import "node:fs";\nimport x from "left";\n' }), [
    "src/core/node.ts:1: node:fs is banned here; use an interface that is handed in",
    "src/core/node.ts:2: left is banned here; use an interface that is handed in",
  ]);
});

Deno.test("console.log is found outside scripts and tests", async () => {
  deepEqual(await findings({ "src/sim/run.ts": 'console.log("one-leader");\n' }), [
    "src/sim/run.ts:1: console.log is banned here; use the command's `out`, which knows formats and closed pipes",
    "src/core/node.ts:1: nothing imports it; use it or delete it",
  ]);
});

Deno.test("a note to do something later is found", async () => {
  deepEqual(await findings({ "tests/unit/node_test.ts": '"a node is named"; // TODO more\n' }), [
    "tests/unit/node_test.ts:1: TODO is banned here; use the work itself",
  ]);
});

Deno.test("a file of more than 400 lines is found, a longer test is not", async () => {
  const long = "// line\n".repeat(401);
  deepEqual(
    await findings({
      "scripts/long.ts": long,
      "scripts/fits.ts": "// line\n".repeat(400),
      "tests/unit/long_test.ts": long,
    }),
    ["scripts/long.ts:401: has 401 lines, more than 400; split it by concept"],
  );
});

Deno.test("a file that nothing imports is found", async () => {
  deepEqual(await findings({ "src/core/dead.ts": 'import "./dead.ts";\n' }), [
    "src/core/dead.ts:1: closes a circle of imports: src/core/dead.ts -> src/core/dead.ts",
    "src/core/dead.ts:1: nothing imports it; use it or delete it",
  ]);
});

Deno.test("a package.json and a node_modules folder are found", async () => {
  deepEqual(await findings({ "package.json": "{}", "src/node_modules/left/index.ts": "" }), [
    "package.json:1: must not be here; use the imports in deno.json",
    "src/node_modules:1: must not be here; use the imports in deno.json",
  ]);
});

Deno.test("a silenced test is found unless it is ignored for a reason", async () => {
  deepEqual(
    await findings({
      "tests/unit/other_test.ts": [
        "Deno.test.only('one', () => {});",
        "",
        "Deno.test.ignore('two', () => {});",
        "// Needs root, which this machine may not give.",
        "Deno.test({ name: 'three', ignore: true, fn() {} });",
      ].join("\n"),
    }),
    [
      "tests/unit/other_test.ts:1: silences the other tests; remove `only`",
      "tests/unit/other_test.ts:3: is ignored without a reason; say why in a comment beside it",
    ],
  );
});

Deno.test("an invariant must name tests and checkers that exist, and have its own number", async () => {
  deepEqual(
    await findings({
      "src/core/cell/SPEC.md": [
        '| C1 | text | test: "no such test"; sim: no-such-checker |',
        "| C2 | text | by inspection |",
        "| N1 | text | sim: one-leader |",
      ].join("\n"),
    }),
    [
      "src/core/cell/SPEC.md:3: N1 is also defined in src/core/SPEC.md:3; renumber one",
      'src/core/cell/SPEC.md:1: C1 names the test "no such test", which is not in tests/',
      "src/core/cell/SPEC.md:1: C1 names the checker no-such-checker, which is not in src/sim",
      'src/core/cell/SPEC.md:2: C2 names no test that holds it; add test: "title" or sim: checker',
    ],
  );
});

Deno.test("a citation of an invariant that no longer exists is found", async () => {
  deepEqual(
    await findings({ "src/core/node.ts": "// As (N2) says, unlike (V8).\nexport const node = 1;" }),
    ["src/core/node.ts:1: cites N2, which no SPEC.md defines; cite one that holds"],
  );
});
