import type { Output } from "./output.ts";

/** Where a stream ends by itself. */
export interface Bounds {
  readonly count?: number | undefined;
  readonly durationMs?: number | undefined;
}

/**
 * The items of a stream up to its bounds: so many, for so long, or until the signal. The source is
 * told to return, so that it can let go of what it holds.
 */
export async function* bounded<T>(
  source: AsyncIterable<T>,
  bounds: Bounds,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const { count = Infinity, durationMs } = bounds;
  const iterator = source[Symbol.asyncIterator]();
  using end = new End(signal, durationMs);
  try {
    for (let taken = 0; taken < count && !end.hasCome; taken++) {
      const next = await Promise.race([iterator.next(), end.promise]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    // A source that waits for something that never comes must not keep the command waiting too.
    iterator.return?.()?.catch(() => {});
  }
}

/** The moment at which a stream ends, whatever it still had to say. */
class End implements Disposable {
  readonly promise: Promise<undefined>;
  readonly #signal: AbortSignal;
  readonly #come: () => void;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #hasCome = false;

  constructor(signal: AbortSignal, durationMs: number | undefined) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.promise = promise;
    this.#signal = signal;
    this.#come = () => {
      this.#hasCome = true;
      resolve(undefined);
    };
    if (signal.aborted) this.#come();
    else signal.addEventListener("abort", this.#come, { once: true });
    this.#timer = durationMs === undefined ? undefined : setTimeout(this.#come, durationMs);
  }

  get hasCome(): boolean {
    return this.#hasCome;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#come);
  }
}

/** However much happens, nobody is asked more often than this. */
const LEAST_GAP_MS = 50;

/**
 * Asks again as soon as there is news, and at a steady pace besides, for what no news is told of.
 * Where the news ends, or cannot be had, the pace remains.
 */
export async function* nudged<T>(
  ask: () => Promise<T>,
  news: (signal: AbortSignal) => AsyncIterable<unknown>,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  let nudge = () => {};
  void listen(news, either, () => nudge());
  try {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      nudge = resolve; // News that comes while the answer does makes it old.
      yield await ask();
      using rest = new End(either, everyMs);
      await pause(LEAST_GAP_MS, either);
      await Promise.race([promise, rest.promise]);
    }
  } finally {
    ended.abort();
  }
}

async function listen(
  news: (signal: AbortSignal) => AsyncIterable<unknown>,
  signal: AbortSignal,
  nudge: () => void,
): Promise<void> {
  try {
    for await (const _ of news(signal)) nudge();
  } catch {
    // What ails the node, whoever asks it next is told.
  }
}

/** Waits, but no longer than until the signal aborts. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || durationMs <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener("abort", done, { once: true });
  });
}

/**
 * Shows each new view in the place of the one before on a terminal, and below it in a pipe, where
 * a view that says nothing new is left out.
 */
export class View {
  readonly #out: Output;
  #shownLines = 0;
  #shown: string | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  show(text: string): void {
    if (text === this.#shown) return;
    const again = this.#shown !== undefined;
    this.#shown = text;
    if (!this.#out.isTerminal) {
      this.#out.text(again ? `\n${text}` : text);
    } else {
      const back = again ? `\x1b[${this.#shownLines}F` : "";
      // Each line clears its own rest, so the picture changes without a flicker.
      const body = text.split("\n").map((line) => `${line}\x1b[K\n`).join("");
      this.#out.write(`${back}${body}\x1b[J`);
      this.#shownLines = text.split("\n").length;
    }
    this.#out.flush();
  }
}
