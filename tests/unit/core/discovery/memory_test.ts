import assert from "node:assert/strict";
import {
  Memory,
  type MemoryOutput,
  REMEMBERED_PEERS,
  SAVE_AFTER_MS,
  SAVE_EVERY_MS,
} from "../../../../src/core/discovery/memory.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { FORGET_AFTER_MS } from "../../../../src/core/profile.ts";

const A = { from: "10.0.0.1:11205", port: 11_204 };

function hear(memory: Memory, now: number, nodeId: string, address = A): void {
  memory.handle(now, { kind: "heard", nodeId, address });
}

function savesOf(memory: Memory): MemoryOutput[] {
  return drain(memory).filter(({ kind }) => kind === "save");
}

Deno.test("what one start saved the next one tells, and hears it told no more once it is heard", () => {
  const before = new Memory();
  hear(before, 0, "a");
  before.handle(SAVE_AFTER_MS, { kind: "due" });
  const [save] = savesOf(before);
  assert(save?.kind === "save");
  const after = new Memory();
  after.handle(0, { kind: "recall", value: JSON.parse(JSON.stringify(save.value)) });
  assert.deepEqual(drain(after), [
    { kind: "tell", event: { kind: "seen", nodeId: "a", addresses: [A] } },
  ]);
  hear(after, 1, "a");
  assert.deepEqual(drain(after), [{ kind: "tell", event: { kind: "lost", nodeId: "a" } }]);
  assert.equal(after.deadline(), FORGET_AFTER_MS);
});

Deno.test("changes are saved together, rarely, and not when nothing changed", () => {
  const memory = new Memory();
  for (let index = 0; index < 50; index++) hear(memory, index, `n${index % 5}`);
  memory.handle(memory.deadline(), { kind: "due" });
  assert.equal(savesOf(memory).length, 1);
  hear(memory, SAVE_AFTER_MS + 1, "n1");
  assert.equal(memory.deadline(), NEVER);
  hear(memory, SAVE_AFTER_MS + 2, "n1", { ...A, port: 9 });
  assert.equal(memory.deadline(), SAVE_AFTER_MS + SAVE_EVERY_MS);
});

Deno.test("a save that failed is tried again, and a node that stops saves at once", () => {
  const memory = new Memory();
  hear(memory, 0, "a");
  memory.handle(1, { kind: "stopping" });
  assert.equal(savesOf(memory).length, 1);
  memory.handle(2, { kind: "stopping" });
  assert.equal(savesOf(memory).length, 0);
  memory.handle(3, { kind: "saveFailed" });
  assert(memory.deadline() <= 1 + SAVE_EVERY_MS);
});

Deno.test("the peers that were met last are remembered, and no more than the bound", () => {
  const memory = new Memory();
  for (let index = 0; index <= REMEMBERED_PEERS; index++) {
    hear(memory, 0, `n${index}`);
    hear(memory, 0, "n0");
  }
  memory.handle(0, { kind: "stopping" });
  const [save] = savesOf(memory);
  assert(save?.kind === "save" && Array.isArray(save.value));
  assert.equal(save.value.length, REMEMBERED_PEERS);
  assert.equal(save.value.at(-1).nodeId, "n0");
  assert(!save.value.some(({ nodeId }) => nodeId === "n1"));
});

Deno.test("a peer that is not met again is told of for ten minutes", () => {
  const memory = new Memory();
  memory.handle(0, { kind: "recall", value: [{ nodeId: "a", ...A }] });
  drain(memory);
  memory.handle(FORGET_AFTER_MS, { kind: "due" });
  assert.deepEqual(drain(memory), [{ kind: "tell", event: { kind: "ended" } }]);
});

Deno.test("what is no memory is none, and one that was put out is not spoken to again", () => {
  for (const value of [undefined, null, 3, "a", [null, 1, { nodeId: "-" }, { nodeId: "a" }]]) {
    const memory = new Memory();
    memory.handle(0, { kind: "recall", value });
    assert.deepEqual(drain(memory), []);
  }
  const memory = new Memory();
  memory.handle(0, { kind: "recall", value: [{ nodeId: "a", ...A }] });
  memory.handle(1, { kind: "banned", nodeId: "a" });
  memory.handle(2, { kind: "stopping" });
  assert.deepEqual(drain(memory).slice(1), [
    { kind: "tell", event: { kind: "lost", nodeId: "a" } },
    { kind: "save", value: [] },
  ]);
});
