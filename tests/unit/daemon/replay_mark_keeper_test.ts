import assert from "node:assert/strict";
import type { Log } from "../../../src/daemon/log.ts";
import {
  KEEP_EVERY_MS,
  type MarkStore,
  ReplayMarkKeeper,
} from "../../../src/daemon/replay_mark_keeper.ts";
import { type ReplayMark, ReplayWindows } from "../../../src/security/replay_windows.ts";
import { HandClock } from "./hand_clock.ts";

const DRONE = "0a".repeat(16);

class Disk implements MarkStore {
  marks: readonly ReplayMark[] = [];
  writes = 0;
  isFull = false;

  loadMarks(): readonly ReplayMark[] {
    return this.marks;
  }

  putMarks(marks: readonly ReplayMark[]): void {
    if (this.isFull) throw new Error("the disk is full");
    this.writes++;
    this.marks = marks;
  }
}

function start(disk: Disk) {
  const windows = new ReplayWindows();
  const clock = new HandClock();
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) } as unknown as Log;
  const keeper = new ReplayMarkKeeper({ windows, store: disk, clock, log });
  return { windows, clock, warnings, keeper };
}

Deno.test("what was heard before a clean end is not new after it", () => {
  const disk = new Disk();
  const first = start(disk);
  for (let sequence = 0; sequence < 10; sequence++) first.windows.accept(DRONE, 3, sequence);
  first.keeper.close();
  const { windows } = start(disk);
  assert.equal(windows.accept(DRONE, 3, 9), "replayed");
  assert.equal(windows.accept(DRONE, 2, 500), "oldBoot");
  assert.equal(windows.accept(DRONE, 3, 10), "fresh");
});

Deno.test("after a crash nothing is new of a sender that was silent for as long as it takes", () => {
  const disk = new Disk();
  const { windows, clock } = start(disk);
  windows.accept(DRONE, 3, 7);
  clock.advance(KEEP_EVERY_MS);
  windows.accept("0b".repeat(16), 1, 1);
  const restarted = start(disk).windows;
  assert.equal(restarted.accept(DRONE, 3, 7), "replayed");
  assert.equal(restarted.accept("0b".repeat(16), 1, 1), "fresh", "this is what a crash costs");
});

Deno.test("nothing is written while nothing new is heard", () => {
  const disk = new Disk();
  const { windows, clock, keeper } = start(disk);
  clock.advance(10 * KEEP_EVERY_MS);
  assert.equal(disk.writes, 0);
  windows.accept(DRONE, 3, 7);
  windows.accept(DRONE, 3, 7);
  clock.advance(10 * KEEP_EVERY_MS);
  keeper.close();
  assert.equal(disk.writes, 1);
  assert.ok(!clock.isArmed);
});

Deno.test("a disk that is full is told of once, and written to when it is not", () => {
  const disk = new Disk();
  const { windows, clock, warnings } = start(disk);
  disk.isFull = true;
  windows.accept(DRONE, 3, 7);
  clock.advance(3 * KEEP_EVERY_MS);
  assert.equal(warnings.length, 1);
  disk.isFull = false;
  clock.advance(KEEP_EVERY_MS);
  assert.deepEqual(disk.marks, [{ deviceId: DRONE, boot: 3, sequence: 7 }]);
});
