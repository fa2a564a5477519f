import { BoundedQueue } from "../core/kernel/bounded_queue.ts";
import { drain } from "../core/kernel/machine.ts";
import type { Random } from "../core/kernel/random.ts";
import type { Millis } from "../core/kernel/time.ts";
import { Node } from "../core/node.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import { VirtualDisk } from "./disk.ts";
import type { Packet } from "./packet.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What the socket of a paused process holds for it. */
const SOCKET_BUFFER_PACKETS = 256;

/** One input that a node handled, with all that it wanted in return. */
export interface Step {
  readonly host: Host;
  /** True time, which no node ever sees. */
  readonly at: Millis;
  /** The node's own clock. */
  readonly now: Millis;
  readonly input: NodeInput;
  readonly outputs: readonly NodeOutput[];
}

const NOTHING: readonly NodeOutput[] = [];
const WAKE: NodeInput = { kind: "wake" };

export type HostState = "up" | "paused" | "down";

export interface HostOptions {
  readonly index: number;
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly makeNode: (random: Random) => Node;
  /** Carries out what the node wants, and lets the checkers look. */
  readonly follow: (step: Step) => void;
}

/** One machine: a clock, a disk, and a process on it that runs the real node or does not. */
export class Host {
  readonly index: number;
  readonly name: string;
  readonly clock: VirtualClock;
  readonly disk: VirtualDisk;
  readonly #options: HostOptions;
  readonly #buffer = new BoundedQueue<Packet>(SOCKET_BUFFER_PACKETS, "refuse-new");
  /** Packets of connections that wait beside them. */
  readonly #held = new BoundedQueue<() => void>(SOCKET_BUFFER_PACKETS, "refuse-new");
  /** What the disk and the transport have to tell a process that is paused. */
  #completions: NodeInput[] = [];
  #node: Node | undefined;
  #paused = false;
  /** Counts the processes that ran here, so that what an old one started does not reach the new. */
  #life = 0;
  /** The true time for which a wake-up is scheduled already. */
  wakeScheduledAt: Millis = Infinity;

  constructor(options: HostOptions) {
    this.#options = options;
    this.index = options.index;
    this.name = options.name;
    this.clock = options.clock;
    this.disk = new VirtualDisk(options.random.split("disk"));
  }

  get state(): HostState {
    if (this.#node === undefined) return "down";
    return this.#paused ? "paused" : "up";
  }

  get life(): number {
    return this.#life;
  }

  /** The running node, or undefined while the process is down. */
  get node(): Node | undefined {
    return this.#node;
  }

  /** Answers whether the process runs now; a disk that cannot be read keeps it down. */
  start(at: Millis): boolean {
    if (this.#node !== undefined) return true;
    const stored = this.disk.read();
    if (stored === undefined) return false;
    this.#life++;
    this.#paused = false;
    this.#node = this.#options.makeNode(this.#options.random.split(`life ${this.#life}`));
    const firstBoot = Math.floor(this.clock.wall(at) / 1000);
    this.#step(at, { kind: "start", stored, firstBoot });
    return true;
  }

  crash(): void {
    this.#node = undefined;
    this.#buffer.clear();
    this.#held.clear();
    this.#completions = [];
    this.disk.crash();
    this.wakeScheduledAt = Infinity;
  }

  /** A clean stop. A paused process cannot be stopped cleanly, so that ends like a crash. */
  stop(at: Millis): void {
    if (this.state === "up") this.#step(at, { kind: "stop" });
    this.crash();
  }

  pause(): void {
    this.#paused = true;
  }

  /** The process runs on, and first finds what its socket kept for it. */
  resume(at: Millis): void {
    if (this.state !== "paused") return;
    this.#paused = false;
    this.#step(at, WAKE);
    for (const completion of this.#completions.splice(0)) this.#step(at, completion);
    for (let packet = this.#buffer.shift(); packet; packet = this.#buffer.shift()) {
      this.#step(at, packet.input);
    }
    for (let take = this.#held.shift(); take; take = this.#held.shift()) take();
  }

  /** Answers whether the socket of a paused process keeps the packet until it runs on. */
  holdPacket(take: () => void): boolean {
    return this.state === "paused" && this.#held.push(take);
  }

  receive(at: Millis, packet: Packet): void {
    if (this.#node === undefined) return;
    if (this.#paused) this.#buffer.push(packet);
    else this.#step(at, packet.input);
  }

  wake(at: Millis): void {
    // The wake-up may have been moved since it was scheduled; the one that counts comes later.
    if (at !== this.wakeScheduledAt) return;
    this.wakeScheduledAt = Infinity;
    if (this.state === "up") this.#step(at, WAKE);
  }

  /** The disk finished a write that the process of this life began. */
  finishWrite(at: Millis, life: number, key: string): void {
    if (life !== this.#life || this.#node === undefined) return;
    if (this.disk.sync(key)) this.#complete(at, { kind: "persisted", key });
  }

  failWrite(at: Millis, life: number, key: string): void {
    if (life !== this.#life || this.#node === undefined) return;
    this.#complete(at, { kind: "persistFailed", key, reason: "the disk is full" });
  }

  /** Hands over what became of something that the process of this life wanted. */
  tell(at: Millis, life: number, input: NodeInput): void {
    if (life === this.#life && this.#node !== undefined) this.#complete(at, input);
  }

  #complete(at: Millis, completion: NodeInput): void {
    if (this.#paused) this.#completions.push(completion);
    else this.#step(at, completion);
  }

  #step(at: Millis, input: NodeInput): void {
    const node = this.#node!;
    const now = this.clock.monotonic(at);
    node.handle(now, input);
    const first = node.poll();
    const outputs = first === undefined ? NOTHING : [first, ...drain(node)];
    this.#options.follow({ host: this, at, now, input, outputs });
  }
}
