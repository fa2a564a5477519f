import assert from "node:assert/strict";
import fc from "fast-check";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import { eachJsonLine, type Line, LineTally, readLines } from "../../../src/cli/lines.ts";

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  // One array for all, as a reader with a buffer of its own does it.
  const shared = new Uint8Array(4_096);
  for (const text of texts) {
    const { written } = encoder.encodeInto(text, shared);
    yield await Promise.resolve(shared.subarray(0, written));
  }
}

function lines(longestBytes: number, ...texts: string[]): Promise<Line[]> {
  return Array.fromAsync(readLines(chunks(...texts), longestBytes));
}

Deno.test("lines are cut at line feeds, wherever the chunks are cut", async () => {
  assert.deepEqual(await lines(100, "a\nb", "c\r", "\n\nd"), [
    { number: 1, text: "a" },
    { number: 2, text: "bc" },
    { number: 3, text: "" },
    { number: 4, text: "d" },
  ]);
  assert.deepEqual(await lines(100), []);
});

Deno.test("a line that is too long is reported and the rest goes on", async () => {
  assert.deepEqual(await lines(4, "1234\n12", "345", "67\nok\n12345"), [
    { number: 1, text: "1234" },
    { number: 2, tooLongBytes: 7 },
    { number: 3, text: "ok" },
    { number: 4, tooLongBytes: 5 },
  ]);
});

Deno.test("how the bytes arrive never changes the lines", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "ß", "\n", "🚁"), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (whole, size) => {
      const bytes = new TextEncoder().encode(whole);
      async function* pieces() {
        for (let start = 0; start < bytes.byteLength; start += size) {
          yield await Promise.resolve(bytes.subarray(start, start + size));
        }
      }
      const read = await Array.fromAsync(readLines(pieces()));
      const expected = whole.endsWith("\n") || whole === "" ? whole.slice(0, -1) : whole;
      const texts = read.map((line) => "text" in line ? line.text : undefined);
      assert.deepEqual(texts, whole === "" ? [] : expected.split("\n"));
    }),
  );
});

Deno.test("each line of NDJSON gets one result, whatever became of it", async () => {
  const input = readLines(chunks('{"n":1}\n', "not json\n\n", '{"n":0}\n', "x".repeat(50)), 20);
  const results = await Array.fromAsync(eachJsonLine(input, (value) => {
    const { n } = value as { n: number };
    if (n === 0) throw new Error("Cannot take it: it is nothing");
    return { n };
  }));
  assert.deepEqual(results.map(({ line, ok }) => [line, ok]), [
    [1, true],
    [2, false],
    [4, false],
    [5, false],
  ]);
  const codes = results.map((result) => result.ok ? "" : result.error.code);
  assert.deepEqual(codes, ["", "malformed-json", "failed", "line-too-long"]);
  const tally = new LineTally();
  for (const result of results.slice(0, 1)) tally.count(result);
  assert.equal(tally.exitCode, ExitCode.done);
  for (const result of results) tally.count(result);
  assert.equal(tally.exitCode, ExitCode.partial);
});
