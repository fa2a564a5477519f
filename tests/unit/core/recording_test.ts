import assert from "node:assert/strict";
import type { NodeOutput } from "../../../src/core/node_io.ts";
import { encodeRecordingLine, OutputDigest } from "../../../src/core/recording.ts";

const STOPPED: NodeOutput = { kind: "stopped" };
const PERSIST: NodeOutput = { kind: "persist", key: "boot", value: 7 };

function digestOf(...outputs: NodeOutput[]): string {
  const digest = new OutputDigest();
  for (const output of outputs) digest.add(output);
  return digest.value;
}

Deno.test("the digest of outputs depends on what they are and on their order", () => {
  assert.match(digestOf(), /^[0-9a-f]{16}$/);
  assert.equal(digestOf(STOPPED, PERSIST), digestOf(STOPPED, PERSIST));
  assert.notEqual(digestOf(STOPPED, PERSIST), digestOf(PERSIST, STOPPED));
  assert.notEqual(digestOf(PERSIST), digestOf({ ...PERSIST, value: 8 }));
  assert.notEqual(digestOf(STOPPED), digestOf(STOPPED, STOPPED));
});

Deno.test("the digest of an output never changes, so that old recordings still replay", () => {
  assert.equal(digestOf(STOPPED), "84f1ff902d8fd9e4");
});

Deno.test("a line of a recording is one line, and reads back as it was", () => {
  const line = {
    type: "input",
    now: 1234.567890123,
    input: { kind: "persistFailed", key: "boot", reason: "disk\nfull" },
    digest: "00",
  } as const;
  const text = encodeRecordingLine(line);
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), line);
});
