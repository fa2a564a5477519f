import assert from "node:assert/strict";
import { Random } from "../../../src/core/kernel/random.ts";
import { Node } from "../../../src/core/node.ts";
import type { NodeInput } from "../../../src/core/node_io.ts";
import { PROFILES } from "../../../src/core/profile.ts";
import { Driver, type Effect } from "../../../src/daemon/driver.ts";
import { HandClock } from "./hand_clock.ts";

function setUp({ persist = () => {} }: { persist?: (key: string) => void } = {}) {
  const clock = new HandClock();
  const effects: Effect[] = [];
  const inputs: NodeInput[] = [];
  const failures: unknown[] = [];
  const node = new Node({
    nodeId: "self",
    timing: PROFILES.fast,
    advertisement: { version: "1", level: 0, capabilities: [] },
    random: new Random("driver"),
  });
  const driver = new Driver({
    node,
    clock,
    persist,
    carryOut: (effect) => effects.push(effect),
    record: (_now, input) => inputs.push(input),
    fail: (error) => failures.push(error),
  });
  const start = () => driver.hand({ kind: "start", stored: {}, firstBoot: 1 });
  return { clock, effects, inputs, failures, node, driver, start };
}

Deno.test("a node that starts persists its boot number before it beacons", () => {
  const order: string[] = [];
  const { effects, start } = setUp({ persist: (key) => order.push(`${key} before beacon`) });
  start();
  assert.deepEqual(order, ["boot before beacon"]);
  assert.equal(effects[0]?.kind, "multicast");
});

Deno.test("a disk that refuses is told to the node, which tries again later", () => {
  let isFull = true;
  const { clock, effects, inputs, start } = setUp({
    persist: () => {
      if (isFull) throw new Error("disk full");
    },
  });
  start();
  assert.deepEqual(inputs[1], { kind: "persistFailed", key: "boot", reason: "disk full" });
  assert.ok(effects.every(({ kind }) => kind !== "multicast"));
  isFull = false;
  clock.advance(2_000);
  assert.ok(effects.some(({ kind }) => kind === "multicast"));
});

Deno.test("one timer wakes the node at its deadline, and only then", () => {
  const { clock, effects, node, start } = setUp();
  start();
  const beacons = () => effects.filter(({ kind }) => kind === "multicast").length;
  const before = beacons();
  clock.advance(Math.floor(node.deadline() - clock.now()) - 1);
  assert.equal(beacons(), before);
  clock.advance(5_000);
  assert.ok(beacons() > before + 3);
});

Deno.test("after the stop the goodbye is out, no timer is armed and nothing is handed in", () => {
  const { clock, effects, inputs, driver, start } = setUp();
  start();
  driver.hand({ kind: "stop" });
  assert.equal(effects.at(-1)?.kind, "stopped");
  const goodbye = effects.at(-2);
  assert.ok(goodbye?.kind === "multicast" && goodbye.message.kind === "beacon");
  assert.equal(goodbye.message.beacon.leaving, true);
  assert.equal(clock.isArmed, false);
  const handed = inputs.length;
  driver.hand({ kind: "wake" });
  assert.equal(inputs.length, handed);
});

Deno.test("a node that is wrong about itself is reported once and left alone", () => {
  const { driver, failures } = setUp();
  driver.hand({ kind: "wake" });
  driver.hand({ kind: "wake" });
  assert.equal(failures.length, 1);
});
