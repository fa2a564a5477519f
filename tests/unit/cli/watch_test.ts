import assert from "node:assert/strict";
import { Output } from "../../../src/cli/output.ts";
import { paintFor } from "../../../src/cli/paint.ts";
import { bounded, pause, polled, View } from "../../../src/cli/watch.ts";

const forever = new AbortController().signal;

async function* count() {
  for (let number = 0;; number++) yield await Promise.resolve(number);
}

function silence(): AsyncGenerator<number> {
  // It only ever waits, as a follower of a quiet node does.
  return {
    next: () => new Promise(() => {}),
    return: () => Promise.resolve({ done: true, value: undefined }),
    throw: () => Promise.reject(new Error("unused")),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("a stream ends after so many items", async () => {
  assert.deepEqual(await Array.fromAsync(bounded(count(), { count: 3 }, forever)), [0, 1, 2]);
});

Deno.test("a stream ends after its time, though its source is silent", async () => {
  assert.deepEqual(await Array.fromAsync(bounded(silence(), { durationMs: 5 }, forever)), []);
});

Deno.test("a stream ends with its signal", async () => {
  const abort = new AbortController();
  const items: number[] = [];
  for await (const item of bounded(count(), {}, abort.signal)) {
    items.push(item);
    if (item === 1) abort.abort();
  }
  assert.deepEqual(items, [0, 1]);
  assert.deepEqual(await Array.fromAsync(bounded(count(), {}, AbortSignal.abort())), []);
});

Deno.test("polling asks until its signal", async () => {
  const abort = new AbortController();
  let asked = 0;
  for await (const answer of polled(() => Promise.resolve(++asked), 1, abort.signal)) {
    if (answer === 3) abort.abort();
  }
  assert.equal(asked, 3);
});

Deno.test("a pause ends early when the signal comes", async () => {
  const abort = new AbortController();
  const paused = pause(60_000, abort.signal);
  abort.abort();
  await paused;
});

function viewed(isTerminal: boolean, ...texts: string[]): string {
  const parts: string[] = [];
  const sink = {
    writeSync(bytes: Uint8Array) {
      parts.push(new TextDecoder().decode(bytes));
      return bytes.byteLength;
    },
  };
  const paint = paintFor(false);
  const view = new View(new Output({ sink, format: "text", paint, isTerminal, columns: 80 }));
  for (const text of texts) view.show(text);
  return parts.join("");
}

Deno.test("in a pipe each new view is appended, and an old one is not said again", () => {
  assert.equal(viewed(false, "a\nb", "a\nb", "c"), "a\nb\n\nc\n");
});

Deno.test("on a terminal a view takes the place of the one before", () => {
  assert.equal(viewed(true, "a\nb", "c"), "a\x1b[K\nb\x1b[K\n\x1b[J\x1b[2Fc\x1b[K\n\x1b[J");
});
