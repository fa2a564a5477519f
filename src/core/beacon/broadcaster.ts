import { capabilityDigest } from "../capability/digest.ts";
import type { CellBeat } from "../cell/beat.ts";
import { Backoff } from "../kernel/backoff.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { Families } from "../messages.ts";
import type { Timing } from "../profile.ts";
import type { Advertisement, Beacon, Pulse, Standing } from "./beacon.ts";
import {
  type BroadcasterAction,
  type BroadcasterInput,
  type BroadcasterState,
  TRANSITIONS,
} from "./broadcaster_transitions.ts";
import type { Reach } from "./observer.ts";
import { type Resources, roundResources } from "./resources.ts";

/** The beacons after the first follow it quickly, since one datagram is easily lost. */
export const EAGER_GAPS_MS: readonly Millis[] = [250, 300, 400, 500];

/** Nothing makes a node speak more often than this. */
export const SHORTEST_GAP_MS: Millis = 200;

/**
 * A newcomer is answered directly, with the next beacon as a second try for an answer that is lost.
 * At most about `CROWD` answer one newcomer, and at most so many newcomers are answered by one node:
 * a large mesh that starts at once is told by the group's beacons.
 */
export const ANSWERS_AT_ONCE = 32;
export const ANSWERS_PER_SECOND = 10;
export const SECOND_TRY_MS: Millis = 400;

/** A goodbye is said so often, since nobody asks for one that was lost. */
const GOODBYES = 2;

/** The share of every gap that is left to chance, so that nodes which started together part. */
const JITTER = 0.2;
const PULSE_JITTER = 0.1;

/**
 * By how much sooner than it has to a leader pulses at the least, so that those who answer its pulses
 * wait for them, and seldom pulse by themselves just before.
 */
const LEAD_SHARE = 0.04;

/** How much of a pulse's time those who heard their leader spread their answers over. */
const REPLY_SHARE = 1 / 8;

/** A mesh larger than this pulses more slowly the larger it is, so that its air stays free. */
export const CROWD = 50;

/** Of beacons that IPv4 alone would bring to everybody present, one in so many goes by both. */
export const BOTH_EVERY = 3;

const RETRY = { firstMs: 500, longestMs: 30 * SECOND, jitter: 0.5 } as const;

export type BroadcasterOutput =
  | { readonly kind: "claimBoot"; readonly boot: number }
  | { readonly kind: "beacon"; readonly beacon: Beacon; readonly families: Families }
  /** The same for one who has just come. */
  | { readonly kind: "answer"; readonly to: Address; readonly beacon: Beacon }
  | { readonly kind: "pulse"; readonly pulse: Pulse; readonly families: Families };

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
  readonly #timers = new TimerTable<"speak" | "claim" | "pulse">();
  readonly #answers = new TokenBucket(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE);
  readonly #answerRandom: Random;
  readonly #replyRandom: Random;
  readonly #outputs: BroadcasterOutput[] = [];
  #state: BroadcasterState = "idle";
  #advertisement: Advertisement;
  #digest: Pick<Beacon, "capabilityDigest">;
  #standing: Standing = {};
  #resources: Resources | undefined;
  #beat: CellBeat | undefined;
  #boot = 0;
  #sequence = 0;
  #beacons = 0;
  #spokeAt: Millis = -Infinity;
  #crowd = 0;
  #knownDigest: number | undefined;
  #reach: Reach = { hearsAll: true, isHeardBy: false };

  constructor(options: BroadcasterOptions) {
    this.#nodeId = options.nodeId;
    this.#timing = options.timing;
    this.#advertisement = options.advertisement;
    this.#digest = digestOf(options.advertisement);
    this.#random = options.random;
    this.#answerRandom = options.random.split("answers");
    this.#replyRandom = options.random.split("replies");
    this.#backoff = new Backoff(RETRY, options.random.split("retry"));
  }

  handle(now: Millis, input: BroadcasterInput): void {
    if (input.kind === "start" && this.#state === "idle") this.#boot = input.boot;
    if (input.kind === "changed") {
      this.#advertisement = input.advertisement;
      this.#digest = digestOf(input.advertisement);
    }
    if (input.kind === "ranked") this.#standing = input.standing;
    if (input.kind === "due" && !this.#takeDue(now)) return;
    if (input.kind === "pulseDue" && !this.#timers.take("pulse", now)) return;
    const action = TRANSITIONS[this.#state][input.kind];
    if (input.kind === "newcomer" && action === "answer") this.#answer(now, input.address);
    else this.#act(now, action);
  }

  /** How many peers hear this node. */
  set crowd(peers: number) {
    this.#crowd = peers;
  }

  /** Over all that the node knows, itself included. */
  set knownDigest(digest: number) {
    this.#knownDigest = digest;
  }

  /** What IPv4 alone is enough for. */
  set reach(reach: Reach) {
    this.#reach = reach;
  }

  /** For what is said now, and never for later. */
  set beat(beat: CellBeat | undefined) {
    this.#beat = beat;
  }

  /** For the next beacon. Load changes all the time, so it is never a reason to speak (B11). */
  set resources(resources: Resources) {
    this.#resources = roundResources(resources);
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

  /** What the node would say about itself now. What is absent costs nothing on the wire. */
  get announcement(): Pick<
    Beacon,
    "advertisement" | "capabilityDigest" | "peers" | "knownDigest" | "standing" | "resources"
  > {
    return {
      advertisement: this.#advertisement,
      ...this.#digest,
      ...(this.#crowd === 0 ? {} : { peers: this.#crowd }),
      ...(this.#knownDigest === undefined ? {} : { knownDigest: this.#knownDigest }),
      ...(Object.keys(this.#standing).length === 0 ? {} : { standing: this.#standing }),
      ...(this.#resources === undefined ? {} : { resources: this.#resources }),
    };
  }

  #takeDue(now: Millis): boolean {
    const speak = this.#timers.take("speak", now);
    const claim = this.#timers.take("claim", now);
    return speak || claim;
  }

  #act(now: Millis, action: BroadcasterAction): void {
    switch (action) {
      case "ignore":
      case "answer":
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
      case "pulse":
        this.#pulse(now);
        return;
      case "pulseSoon":
        if (this.#isSpared()) this.#pulseBy(this.#soon(now));
        return;
      case "reply":
        return this.#reply(now);
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
    this.#beacons++;
    this.#spokeAt = now;
    const isSpared = this.#isSpared() && !leaving && this.#beacons % BOTH_EVERY !== 0;
    const families = isSpared ? "ipv4" : "both";
    const beacon = { ...this.#nextBeacon(leaving), ...(leaving ? {} : this.#beatSaid()) };
    this.#outputs.push({ kind: "beacon", beacon, families });
    this.#timers.set("speak", now + this.#gap());
    this.#armPulse(now, this.#pulseMs());
  }

  /** Others need not hear it, so it counts for nothing but its number. */
  #answer(now: Millis, to: Address): void {
    const isChosen = this.#answerRandom.unit() * this.#crowd < CROWD;
    if (!isChosen || !this.#answers.take(now)) return this.#speakBy(this.#soon(now));
    this.#outputs.push({ kind: "answer", to, beacon: this.#nextBeacon(false) });
    this.#speakBy(now + SECOND_TRY_MS * (1 + this.#random.unit()));
  }

  #nextBeacon(leaving: boolean): Beacon {
    const pulseMs = this.#pulseMs();
    return {
      ...this.#nextNumbers(),
      ttlMs: this.#timing.beaconTtlMs,
      ...(pulseMs === undefined ? {} : { pulseMs }),
      leaving,
      ...(this.#reach.hearsAll ? {} : { wantsBothFamilies: true }),
      ...this.announcement,
    };
  }

  #pulse(now: Millis): void {
    const pulseMs = this.#pulseMs();
    // A leader and those who answer it keep time with each other, and their beacons do not break it.
    const isBeaconNear = pulseMs !== undefined && this.#timers.at("speak") < now + pulseMs;
    if (this.#beat !== undefined && isBeaconNear) return this.#speak(now, false);
    if (pulseMs !== undefined) {
      this.#spokeAt = now;
      const families = this.#isSpared() ? "ipv4" : "both";
      const pulse = { ...this.#nextNumbers(), pulseMs, ...this.#beatSaid() };
      this.#outputs.push({ kind: "pulse", pulse, families });
    }
    this.#armPulse(now, pulseMs);
  }

  /** Whether everybody present hears this node by IPv4. Strangers may not, so the first go by both. */
  #isSpared(): boolean {
    return this.#reach.isHeardBy && this.#beacons > EAGER_GAPS_MS.length;
  }

  #nextNumbers() {
    this.#sequence++;
    return { nodeId: this.#nodeId, boot: this.#boot, sequence: this.#sequence };
  }

  #beatSaid(): Pick<Pulse, "beat"> {
    return this.#beat === undefined ? {} : { beat: this.#beat };
  }

  /** Soon after the leader, so that one word does for the pulse and for the answer. */
  #reply(now: Millis): void {
    const pulseMs = this.#pulseMs();
    if (pulseMs !== undefined) {
      this.#pulseBy(now + REPLY_SHARE * pulseMs * this.#replyRandom.unit());
    }
  }

  #armPulse(now: Millis, pulseMs: Millis | undefined): void {
    if (pulseMs === undefined) return this.#timers.clear("pulse");
    const chance = PULSE_JITTER * this.#random.unit();
    switch (this.#beat?.kind) {
      case "acknowledgement": // It has its chance from the pulses that it answers.
        return this.#timers.set("pulse", now + pulseMs);
      case "heartbeat":
        return this.#timers.set("pulse", now + pulseMs * (1 - Math.max(LEAD_SHARE, chance)));
      case undefined:
        return this.#timers.set("pulse", now + pulseMs * (1 - chance));
    }
  }

  /** Undefined in a crowd so large that beacons come as often as pulses would. */
  #pulseMs(): Millis | undefined {
    const { pulseIntervalMs, beaconIntervalMs } = this.#timing;
    const pulseMs = Math.round(pulseIntervalMs * Math.max(1, this.#crowd / CROWD));
    return pulseMs < beaconIntervalMs ? pulseMs : undefined;
  }

  #gap(): Millis {
    const { beaconIntervalMs } = this.#timing;
    const eagerMs = EAGER_GAPS_MS[this.#beacons - 1] ?? beaconIntervalMs;
    return Math.min(eagerMs, beaconIntervalMs) * (1 - JITTER * this.#random.unit());
  }

  /** Moves the next beacon forward, never back. */
  #speakBy(at: Millis): void {
    if (at < this.#timers.at("speak")) this.#timers.set("speak", at);
  }

  /** Moves the next pulse forward, where there are any. */
  #pulseBy(at: Millis): void {
    if (at < this.#timers.at("pulse") && this.#pulseMs() !== undefined) {
      this.#timers.set("pulse", at);
    }
  }

  /** Many may have the same reason to speak, so they spread over one shortest gap. */
  #soon(now: Millis): Millis {
    const spread = SHORTEST_GAP_MS * this.#random.unit();
    return Math.max(now, this.#spokeAt + SHORTEST_GAP_MS) + spread;
  }

  #end(): void {
    this.#state = "silent";
    this.#timers.clear("speak");
    this.#timers.clear("pulse");
    this.#timers.clear("claim");
  }
}

function digestOf({ capabilities }: Advertisement): Pick<Beacon, "capabilityDigest"> {
  return capabilities.length === 0 ? {} : { capabilityDigest: capabilityDigest(capabilities) };
}
