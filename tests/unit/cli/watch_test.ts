import assert from "node:assert/strict";
import { Output } from "../../../src/cli/output.ts";
import { paintFor } from "../../../src/cli/paint.ts";
import { bounded, nudged, pause, View } from "../../../src/cli/watch.ts";

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

Deno.test("whoever is nudged asks at once, and at its pace where there is no news", async () => {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isOver = false;
  async function* news(signal: AbortSignal) {
    signal.addEventListener("abort", () => isOver = true);
    await first.promise;
    yield "something";
    await second.promise;
    throw new Error("the node is gone");
  }
  let asked = 0;
  const ask = () => Promise.resolve(++asked);
  const slowly = nudged(ask, news, 3_600_000, forever);
  assert.equal((await slowly.next()).value, 1);
  const next = slowly.next();
  first.resolve();
  assert.equal((await next).value, 2, "long before an hour was over");
  assert.ok(!isOver);
  await slowly.return(undefined);
  assert.ok(isOver, "nobody listens any more");
  second.resolve();

  const broken = nudged(ask, news, 60, forever);
  await broken.next();
  assert.equal((await broken.next()).value, 4, "the pace remains");
  await broken.return(undefined);
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

Deno.test("whoever asks at a pace asks until the signal", async () => {
  const abort = new AbortController();
  let asked = 0;
  for await (const answer of nudged(() => Promise.resolve(++asked), silence, 1, abort.signal)) {
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
