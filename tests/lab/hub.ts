import { compile } from "./compile.ts";

/** How the network is between two hosts. Shares are between 0 and 1. What is left out stays. */
export interface NetworkShape {
  readonly delayMs?: number;
  /** Up to so much more or less delay; frames keep their order. */
  readonly jitterMs?: number;
  /** The share of frames that skip the delay and so overtake others. */
  readonly reorder?: number;
  readonly loss?: number;
  readonly burst?: Burst;
  readonly duplicate?: number;
  /** What a host may send in a second; 0 is no limit. */
  readonly rateKbps?: number;
  /** How much may wait for that rate. What finds the queue full is dropped. */
  readonly queueMs?: number;
}

/** Gilbert and Elliott's channel: frame by frame it may turn bad, and while it is bad it loses. */
export interface Burst {
  readonly enter: number;
  readonly leave: number;
  readonly loss: number;
}

export interface PortCounters {
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly lost: number;
  /** Kept from the port by a partition, a cut or its own link being down. */
  readonly unreachable: number;
  readonly overflowed: number;
}

export interface HubCounters {
  /** Frames that wait for their time to be delivered. */
  readonly held: number;
  readonly ports: readonly PortCounters[];
}

/** The process that carries frames between the hosts, and loses some. `hub.c` has its commands. */
export class Hub implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<string>;
  /** Commands are answered in their order, so each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#answers = lines(process.stdout);
  }

  static async start(namespacePaths: readonly string[]): Promise<Hub> {
    const process = new Deno.Command(await compile("hub.c"), {
      args: [...namespacePaths],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const hub = new Hub(process);
    const { value } = await hub.#answers.next();
    if (value === "ready") return hub;
    await hub[Symbol.asyncDispose]();
    throw new Error("Cannot start the hub: it ended");
  }

  /** The network to one port, counted from 1, or to every port. In force when this returns. */
  async shape(port: number | "all", shape: NetworkShape): Promise<void> {
    for (const [name, value] of settings(shape)) {
      if (value !== undefined) await this.#obey(`set ${port} ${name} ${value}`);
    }
  }

  async group(port: number, group: number): Promise<void> {
    await this.#obey(`group ${port} ${group}`);
  }

  async cut(from: number, to: number): Promise<void> {
    await this.#obey(`cut ${from} ${to}`);
  }

  async mend(from: number, to: number): Promise<void> {
    await this.#obey(`mend ${from} ${to}`);
  }

  async counters(): Promise<HubCounters> {
    return JSON.parse(await this.#ask("counters"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => {});
    // The hub may have ended by itself, and then there is nothing to close.
    await this.#writer.close().catch(() => {});
    await this.#answers.return(undefined);
    await this.#process.status;
  }

  async #obey(command: string): Promise<void> {
    const answer = await this.#ask(command);
    if (answer !== "ok") throw new Error(`Cannot change the network by ${command}: ${answer}`);
  }

  #ask(command: string): Promise<string> {
    const asked = this.#last.catch(() => {}).then(async () => {
      await this.#writer.write(new TextEncoder().encode(`${command}\n`));
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`Cannot ask the hub for ${command}: it ended`);
      return value;
    });
    this.#last = asked;
    return asked;
  }
}

function settings(shape: NetworkShape): [string, number | undefined][] {
  return [
    ["delay", shape.delayMs],
    ["jitter", shape.jitterMs],
    ["reorder", percent(shape.reorder)],
    ["loss", percent(shape.loss)],
    ["burst_enter", percent(shape.burst?.enter)],
    ["burst_leave", percent(shape.burst?.leave)],
    ["burst_loss", percent(shape.burst?.loss)],
    ["duplicate", percent(shape.duplicate)],
    ["rate", shape.rateKbps],
    ["queue", shape.queueMs],
  ];
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : share * 100;
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = pieces.pop() ?? "";
    yield* pieces;
  }
}
