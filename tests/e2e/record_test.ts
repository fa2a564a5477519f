import assert from "node:assert/strict";
import { replayRecording } from "../../src/sim/replay_recording.ts";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

Deno.test("what a node recorded replays to the same outputs", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const recording = `${folder.path}/first.rec`;
  {
    await using first = mesh.start("first", "--record", recording);
    await using second = mesh.start("second");
    await Promise.all([first, second].map((node) => node.line(/^ready/)));
    await mesh.untilSeen("first", "second", "alive");
    await second.stop();
    await mesh.untilSeen("first", "second", "left");
    await first.stop();
  }
  const replay = replayRecording(linesOf(recording), recording);
  assert.equal(replay.differsAt, undefined);
  assert.equal(replay.complete, true);
  assert.ok(replay.inputs >= 6, `${replay.inputs} inputs`);
});

Deno.test("the recording of a killed node lacks at most its last second", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const recording = `${folder.path}/solo.rec`;
  await using node = mesh.start("solo", "--record", recording);
  await node.line(/^ready/);
  // What is handed to a node comes at moments of its own, and a second later it is on the disk.
  await until(
    "what was handed to the node in its recording",
    () => linesOf(recording).length,
    (count) => count >= 3,
  );
  node.signal("SIGKILL");
  await node.ended();
  const replay = replayRecording(linesOf(recording), recording);
  assert.equal(replay.differsAt, undefined);
  assert.equal(replay.complete, false);
  assert.ok(replay.inputs >= 2);
});

function linesOf(path: string): string[] {
  return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
}
