interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (line: string | undefined) => void;
}

/** Keeps what a stream says, and tells those who wait for a line when it has come. */
export class LineReader {
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #waiters: Waiter[] = [];
  #text = "";
  #isFinished = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.finished = this.#read();
  }

  text(): string {
    return this.#text;
  }

  /** The first line that matches, already said or to come; nothing when the stream ends first. */
  line(pattern: RegExp): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiters.push({ pattern, resolve });
    this.#tellWaiters();
    return promise;
  }

  /** Stops reading, for a stream that a grandchild of the test still holds open. */
  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.finished;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    while (true) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.#text += decoder.decode(value, { stream: true });
      this.#tellWaiters();
    }
    this.#isFinished = true;
    this.#tellWaiters();
  }

  #tellWaiters(): void {
    const lines = this.#text.split("\n");
    // What follows the last line end may still grow.
    if (!this.#isFinished) lines.pop();
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      const line = lines.find((candidate) => pattern.test(candidate));
      if (line === undefined && !this.#isFinished) return true;
      resolve(line);
      return false;
    });
  }
}
