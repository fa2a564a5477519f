import { Backoff } from "../kernel/backoff.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import type { Timing } from "../profile.ts";
import type { Advertisement, Beacon } from "./beacon.ts";

/** How many beacons after the first follow it quickly, and how quickly. */
const EAGER_BEACONS = 3;
const EAGER_GAP_MS: Millis = 300;

/** Nothing makes a node speak more often than this. */
export const SHORTEST_GAP_MS: Millis = 200;

/** A goodbye is said so often, since nobody asks for one that was lost. */
const GOODBYES = 2;

/** The share of every gap that is left to chance, so that nodes which started together part. */
const JITTER = 0.2;

const RETRY = { firstMs: 500, longestMs: 30 * SECOND, jitter: 0.5 } as const;

export type BroadcasterState = "idle" | "claiming" | "speaking" | "retrying" | "silent";

export type BroadcasterInput =
  | { readonly kind: "start"; readonly boot: number }
  | { readonly kind: "persisted" }
  | { readonly kind: "persistFailed" }
  | { readonly kind: "due" }
  | { readonly kind: "changed"; readonly advertisement: Advertisement }
  | { readonly kind: "newcomer" }
  | { readonly kind: "stop" };

export type BroadcasterOutput =
  | { readonly kind: "claimBoot"; readonly boot: number }
  | { readonly kind: "beacon"; readonly beacon: Beacon };

type Action = "ignore" | "claim" | "first" | "backOff" | "speak" | "speakSoon" | "goodbye" | "end";

/** The table of SPEC.md. It is total, so the compiler finds a state that forgets an event. */
const TRANSITIONS: Record<BroadcasterState, Record<BroadcasterInput["kind"], Action>> = {
  idle: {
    start: "claim",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "ignore",
    changed: "ignore",
    newcomer: "ignore",
    stop: "end",
  },
  claiming: {
    start: "ignore",
    persisted: "first",
    persistFailed: "backOff",
    due: "ignore",
    changed: "ignore",
    newcomer: "ignore",
    stop: "end",
  },
  speaking: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "speak",
    changed: "speakSoon",
    newcomer: "speakSoon",
    stop: "goodbye",
  },
  retrying: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "claim",
    changed: "ignore",
    newcomer: "ignore",
    stop: "end",
  },
  silent: {
    start: "ignore",
    persisted: "ignore",
    persistFailed: "ignore",
    due: "ignore",
    changed: "ignore",
    newcomer: "ignore",
    stop: "ignore",
  },
};

export interface BroadcasterOptions {
  readonly nodeId: NodeId;
  readonly timing: Timing;
  readonly advertisement: Advertisement;
  readonly random: Random;
}

/** Decides when a node speaks. SPEC.md has its states and invariants. */
export class Broadcaster implements Machine<BroadcasterInput, BroadcasterOutput> {
  readonly #nodeId: NodeId;
  readonly #timing: Timing;
  readonly #random: Random;
  readonly #backoff: Backoff;
  readonly #timers = new TimerTable<"speak" | "claim">();
  readonly #outputs: BroadcasterOutput[] = [];
  #state: BroadcasterState = "idle";
  #advertisement: Advertisement;
  #boot = 0;
  #sequence = 0;
  #spokeAt: Millis = -Infinity;

  constructor(options: BroadcasterOptions) {
    this.#nodeId = options.nodeId;
    this.#timing = options.timing;
    this.#advertisement = options.advertisement;
    this.#random = options.random;
    this.#backoff = new Backoff(RETRY, options.random.split("retry"));
  }

  handle(now: Millis, input: BroadcasterInput): void {
    if (input.kind === "start" && this.#state === "idle") this.#boot = input.boot;
    if (input.kind === "changed") this.#advertisement = input.advertisement;
    if (input.kind === "due" && !this.#takeDue(now)) return;
    this.#act(now, TRANSITIONS[this.#state][input.kind]);
  }

  poll(): BroadcasterOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#timers.deadline();
  }

  get state(): BroadcasterState {
    return this.#state;
  }

  get boot(): number {
    return this.#boot;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get advertisement(): Advertisement {
    return this.#advertisement;
  }

  #takeDue(now: Millis): boolean {
    const speak = this.#timers.take("speak", now);
    const claim = this.#timers.take("claim", now);
    return speak || claim;
  }

  #act(now: Millis, action: Action): void {
    switch (action) {
      case "ignore":
        return;
      case "claim":
        // Not a word before the boot number is on the disk: a crash would hand it out again (B4).
        this.#state = "claiming";
        this.#outputs.push({ kind: "claimBoot", boot: this.#boot });
        return;
      case "backOff":
        this.#state = "retrying";
        this.#timers.set("claim", now + this.#backoff.next());
        return;
      case "first":
        this.#state = "speaking";
        this.#speak(now, false);
        return;
      case "speak":
        this.#speak(now, false);
        return;
      case "speakSoon":
        this.#speakBy(this.#soon(now));
        return;
      case "goodbye":
        for (let count = 0; count < GOODBYES; count++) this.#speak(now, true);
        this.#end();
        return;
      case "end":
        this.#end();
        return;
    }
  }

  #speak(now: Millis, leaving: boolean): void {
    this.#sequence++;
    this.#spokeAt = now;
    this.#outputs.push({
      kind: "beacon",
      beacon: {
        nodeId: this.#nodeId,
        boot: this.#boot,
        sequence: this.#sequence,
        ttlMs: this.#timing.beaconTtlMs,
        leaving,
        advertisement: this.#advertisement,
      },
    });
    this.#timers.set("speak", now + this.#gap());
  }

  #gap(): Millis {
    const eager = this.#sequence <= EAGER_BEACONS;
    const fullMs = eager ? EAGER_GAP_MS : this.#timing.beaconIntervalMs;
    return Math.min(fullMs, this.#timing.beaconIntervalMs) * (1 - JITTER * this.#random.unit());
  }

  /** Moves the next beacon forward, never back. */
  #speakBy(at: Millis): void {
    if (at < this.#timers.deadline()) this.#timers.set("speak", at);
  }

  /** A newcomer is heard by many at once, so their answers spread over one shortest gap. */
  #soon(now: Millis): Millis {
    const spread = SHORTEST_GAP_MS * this.#random.unit();
    return Math.max(now, this.#spokeAt + SHORTEST_GAP_MS) + spread;
  }

  #end(): void {
    this.#state = "silent";
    this.#timers.clear("speak");
    this.#timers.clear("claim");
  }
}
