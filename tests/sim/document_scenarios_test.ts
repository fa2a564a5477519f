import assert from "node:assert/strict";
import type { NodeId } from "../../src/core/kernel/ids.ts";
import type { Step } from "../../src/sim/host.ts";
import { run, type RunResult } from "../../src/sim/run.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";

/** Runs a scenario that ships with peat; it has to hold. */
function runScenario(name: string, observe: (step: Step) => void): RunResult {
  const { plan } = builtInScenarios().find((its) => its.name === name)!;
  const result = run({ ...plan, seed: 1 }, observe);
  assert.equal(result.violation, undefined);
  return result;
}

function changesAt({ host }: Step, key: string): number {
  return host.node?.shared?.archive.mark(key)?.changeCount ?? 0;
}

Deno.test("one crashes between its write and the disk, one between what it was brought and the disk", () => {
  const begun = new Map<string, NodeId>();
  let refused = 0;
  runScenario("documents-crash", ({ host, input, outputs }) => {
    for (const output of outputs) {
      if (output.kind === "save") begun.set(`${host.name} ${host.life}`, host.name);
      if (output.kind === "written" && output.outcome.kind === "refused") refused++;
    }
    if (input.kind === "saved" || input.kind === "saveFailed") {
      begun.delete(`${host.name} ${host.life}`);
    }
    if (input.kind === "saved" && outputs.some(({ kind }) => kind === "save")) {
      begun.set(`${host.name} ${host.life}`, host.name);
    }
  });
  const lost = [...begun.values()];
  assert.ok(lost.includes("n1"), `saves of ${lost} were lost`);
  assert.ok(lost.includes("n4"), `saves of ${lost} were lost`);
  assert.ok(refused > 0, "no write was refused by a full disk");
});

Deno.test("both sides of a partition write one document, and it is whole on both after that", () => {
  const during = new Map<NodeId, string>();
  const after = new Map<NodeId, string>();
  runScenario("documents-parted", ({ at, host }) => {
    const seen = at > 55_000 && at < 79_000 ? during : after;
    const { versions = {} } = host.node?.shared?.archive.mark("notes/a") ?? {};
    const authors = Object.keys(versions).map((life) => life.split(" ")[0]).sort();
    if (at > 55_000) seen.set(host.name, authors.join(" "));
  });
  assert.deepEqual([...new Set(during.values())].sort(), ["n1 n2 n3", "n1 n5 n6"]);
  assert.deepEqual([...after.values()], Array(6).fill("n1 n2 n3 n5 n6"));
});

Deno.test("a long history is broken off by a crash, then by a full disk, and is whole in the end", () => {
  const atEvent: number[] = [];
  let count = 0;
  runScenario("documents-long", (step) => {
    if (step.host.name !== "n4") return;
    for (const [index, at] of [61_499, 65_999, 76_000, 179_000].entries()) {
      if (step.at > at && atEvent[index] === undefined) atEvent[index] = count;
    }
    count = changesAt(step, "notes/long");
  });
  const [beforeCrash = 0, beforeFull = 0, afterFull = 0, whole = 0] = atEvent;
  assert.ok(beforeCrash > 0 && beforeCrash < beforeFull, `${atEvent} changes`);
  assert.ok(beforeFull < whole && afterFull < whole, `${atEvent} changes`);
  assert.equal(whole, 80);
});

Deno.test("who lost its disk has what was written by who was put out, and nothing forged in its name", () => {
  const lives = new Map<NodeId, string[]>();
  const { rejected } = runScenario("documents-past-writers", ({ at, host }) => {
    const mark = host.node?.shared?.archive.mark("notes/a");
    if (at > 100_000) lives.set(host.name, Object.keys(mark?.versions ?? {}));
  });
  for (const name of ["n2", "n4"]) {
    const authors = new Set(lives.get(name)?.map((life) => life.split(" ")[0]));
    assert.ok(authors.has("n1") && authors.has("n3"), `${name} has those of ${[...authors]}`);
  }
  assert.ok((rejected.badProof ?? 0) > 0, JSON.stringify(rejected));
});
