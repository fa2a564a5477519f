import { BoundedQueue } from "../core/kernel/bounded_queue.ts";
import { type Millis, NEVER } from "../core/kernel/time.ts";
import type { Node } from "../core/node.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import type { Clock } from "./clock.ts";

/** Inputs wait only while another is being handled, so more than a few are a flood. */
const INPUT_LIMIT = 1_024;

/** The outputs that somebody else carries out. */
export type Effect = Exclude<NodeOutput, { kind: "persist" }>;

export interface DriverOptions {
  readonly node: Node;
  readonly clock: Clock;
  /** Puts the value on the disk to stay, or throws. */
  readonly persist: (key: string, value: (NodeOutput & { kind: "persist" })["value"]) => void;
  readonly carryOut: (effect: Effect) => void;
  /** Sees every input with the outputs that it led to, before any of them is carried out. */
  readonly record: (now: Millis, input: NodeInput, outputs: readonly NodeOutput[]) => void;
  /** The node is wrong about itself and was handed nothing since. */
  readonly fail: (error: unknown) => void;
}

/** Drives the core with real time: hands it inputs one by one, carries out what it wants, wakes it. */
export class Driver {
  readonly #options: DriverOptions;
  readonly #queue = new BoundedQueue<NodeInput>(INPUT_LIMIT, "refuse-new");
  #cancelTimer: () => void = () => {};
  #wakeAt: Millis = NEVER;
  #busy = false;
  #ended = false;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  hand(input: NodeInput): void {
    if (this.#ended) return;
    this.#queue.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next && !this.#ended; next = this.#queue.shift()) {
        this.#handle(next);
      }
      this.#arm();
    } catch (error) {
      this.end();
      this.#options.fail(error);
    } finally {
      this.#busy = false;
    }
  }

  /** Nothing is handed in and nothing woken from now on. */
  end(): void {
    this.#ended = true;
    this.#cancelTimer();
  }

  /** How many inputs found the queue full. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  #handle(input: NodeInput): void {
    const { node, clock, record } = this.#options;
    const now = clock.now();
    node.handle(now, input);
    const outputs: NodeOutput[] = [];
    for (let output = node.poll(); output; output = node.poll()) outputs.push(output);
    record(now, input, outputs);
    for (const output of outputs) this.#carryOut(output);
  }

  #carryOut(output: NodeOutput): void {
    if (output.kind === "persist") return this.#persist(output.key, output.value);
    if (output.kind === "stopped") this.end();
    this.#options.carryOut(output);
  }

  #persist(key: string, value: Parameters<DriverOptions["persist"]>[1]): void {
    try {
      this.#options.persist(key, value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#queue.push({ kind: "persistFailed", key, reason });
      return;
    }
    this.#queue.push({ kind: "persisted", key });
  }

  /** One timer for the whole node, moved only when the node wants another time. */
  #arm(): void {
    const at = this.#options.node.deadline();
    if (this.#ended || at === this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = at;
    if (at === NEVER) return;
    const delayMs = Math.max(0, Math.ceil(at - this.#options.clock.now()));
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => this.#wake());
  }

  #wake(): void {
    this.#wakeAt = NEVER;
    if (this.#options.clock.now() >= this.#options.node.deadline()) this.hand({ kind: "wake" });
    else this.#arm(); // Timers may fire a little early; that is not yet the time.
  }
}
