import assert from "node:assert/strict";
import { PROFILES } from "../../../src/core/profile.ts";
import type { RecordingHeader } from "../../../src/core/recording.ts";
import { Recorder } from "../../../src/daemon/recorder.ts";

const HEADER: RecordingHeader = {
  type: "header",
  format: 1,
  version: "1",
  startedAt: "2026-01-01T00:00:00Z",
  nodeId: "self",
  profile: "fast",
  timing: PROFILES.fast,
  advertisement: { version: "1", level: 0, capabilities: [] },
  contacts: [],
  seed: "seed",
};

async function inFolder(test: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(`${folder}/node.rec`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function linesOf(path: string): { type: string; reason?: string }[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("a recording has a header, its inputs and an end", () =>
  inFolder((path) => {
    const recorder = new Recorder({ path, header: HEADER, onEnd: () => {} });
    recorder.record(1, { kind: "wake" }, [{ kind: "stopped" }]);
    recorder.close();
    assert.deepEqual(linesOf(path).map(({ type }) => type), ["header", "input", "end"]);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("a recording that is full ends, says so once, and takes no more", () =>
  inFolder((path) => {
    const ends: string[] = [];
    const onEnd = (reason: string) => ends.push(reason);
    const recorder = new Recorder({ path, header: HEADER, limitBytes: 70_000, onEnd });
    for (let now = 0; now < 5_000; now++) recorder.record(now, { kind: "wake" }, []);
    recorder.close();
    assert.deepEqual(ends, ["full"]);
    assert.equal(linesOf(path).at(-1)?.reason, "full");
    assert.ok(Deno.statSync(path).size < 70_000 + 2 * 64 * 1024);
  }));

Deno.test("the recording before this one is kept", () =>
  inFolder((path) => {
    Deno.writeTextFileSync(path, "an incident");
    new Recorder({ path, header: HEADER, onEnd: () => {} }).close();
    assert.equal(Deno.readTextFileSync(`${path}.previous`), "an incident");
  }));

Deno.test("a recording that cannot be opened names the file and the way out", () => {
  const path = "/nowhere/at/all.rec";
  assert.throws(() => new Recorder({ path, header: HEADER, onEnd: () => {} }), {
    code: "recording-unwritable",
    hint: "choose another file with --record",
  });
});
