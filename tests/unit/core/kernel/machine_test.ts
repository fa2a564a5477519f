import assert from "node:assert/strict";
import { drain, type Machine } from "../../../../src/core/kernel/machine.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";

function machineOf(poll: () => number | undefined): Machine<never, number> {
  return { handle() {}, poll, deadline: () => NEVER };
}

Deno.test("a machine is drained in order until it wants nothing", () => {
  const wants = [3, 1, 2];
  const machine = machineOf(() => wants.shift());
  assert.deepEqual(drain(machine), [3, 1, 2]);
  assert.deepEqual(drain(machine), []);
});

Deno.test("a machine that feeds itself forever is stopped at the bound", () => {
  let polls = 0;
  const machine = machineOf(() => polls++);
  assert.throws(() => drain(machine, 50), /Cannot drain machine: it still has outputs after 50/);
  assert.equal(polls, 50);
});

Deno.test("an output that is zero or empty does not end the draining", () => {
  const wants = [0, 1, 0];
  assert.deepEqual(drain(machineOf(() => wants.shift())), [0, 1, 0]);
});
