import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import { TRUST_LIMITS, type TrustMessage, type TrustSummary } from "./trust_message.ts";

/** How often some connected peer is told what this node knows, in case an earlier word was lost. */
export const ROUND_MS: Millis = 10 * SECOND;

/** How many words of one peer are answered. */
const ANSWERS_PER_SECOND = 2;
const ANSWERS_AT_ONCE = 8;

/** What the node holds of its formation's membership. */
export interface Held {
  readonly deviceIds: readonly string[];
  readonly digest: string;
  readonly epoch: number;
}

export type SpreaderInput =
  | { readonly kind: "connected"; readonly nodeId: NodeId }
  | { readonly kind: "disconnected"; readonly nodeId: NodeId }
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: TrustMessage }
  /** What the node holds has changed, or is told for the first time. */
  | ({ readonly kind: "held" } & Held)
  | { readonly kind: "due" };

export interface SpreaderOutput {
  readonly kind: "send";
  readonly peer: NodeId;
  readonly message: TrustMessage;
}

/**
 * Brings every member to know who was revoked and which group keys there are. SPEC.md has the rules
 * and the invariants. It never sees a key or a signature: those are the edge's.
 */
export class Spreader implements Machine<SpreaderInput, SpreaderOutput> {
  readonly #random: Random;
  readonly #peers = new BoundedMap<NodeId, TokenBucket>(CONNECTION_LIMIT, "refuse-new");
  readonly #outputs: SpreaderOutput[] = [];
  #held: Held | undefined;
  #roundAt: Millis = NEVER;
  #overRate = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  handle(now: Millis, input: SpreaderInput): void {
    switch (input.kind) {
      case "connected":
        this.#peers.set(input.nodeId, new TokenBucket(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE));
        this.#summarize(input.nodeId);
        break;
      case "disconnected":
        this.#peers.delete(input.nodeId);
        break;
      case "message":
        this.#answer(now, input.peer, input.message);
        break;
      case "held":
        this.#hold(input);
        break;
      case "due":
        this.#tellSomebody();
        this.#roundAt = NEVER;
    }
    this.#setRound(now);
  }

  poll(): SpreaderOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#roundAt;
  }

  /** Messages of peers that say more than they may. */
  get overRate(): number {
    return this.#overRate;
  }

  #hold({ deviceIds, digest, epoch }: Held): void {
    const isNews = this.#held?.digest !== digest || this.#held.epoch !== epoch;
    this.#held = { deviceIds, digest, epoch };
    if (isNews) { for (const nodeId of this.#peers.keys()) this.#summarize(nodeId); }
  }

  #answer(now: Millis, peer: NodeId, message: TrustMessage): void {
    const held = this.#held;
    if (held === undefined) return;
    if (this.#peers.get(peer)?.take(now) !== true) {
      this.#overRate++;
      return;
    }
    switch (message.kind) {
      case "trustSummary":
        return this.#compare(peer, held, message);
      case "revocationsWanted":
        return this.#tellRevocations(peer, held, message.known);
      case "groupKeysWanted":
        if (message.epoch >= held.epoch) return;
        return this.#send(peer, {
          kind: "groupKeysTold",
          afterEpoch: message.epoch,
          digest: held.digest,
        });
      case "revocationsTold":
      case "groupKeysTold":
        return; // The edge took what was good of it, and says so with `held`.
    }
  }

  /** Who knows of other revocations is asked; keys come after, so that nobody revoked gets them. */
  #compare(peer: NodeId, held: Held, { digest, epoch }: TrustSummary): void {
    if (digest !== held.digest) {
      this.#send(peer, { kind: "revocationsWanted", known: held.deviceIds });
    } else if (epoch > held.epoch) {
      this.#send(peer, { kind: "groupKeysWanted", epoch: held.epoch });
    } else if (epoch < held.epoch) {
      this.#summarize(peer); // It may not know yet that there is a newer key to ask for.
    }
  }

  #tellRevocations(peer: NodeId, { deviceIds }: Held, known: readonly string[]): void {
    const has = new Set(known);
    const missing = deviceIds.filter((deviceId) => !has.has(deviceId));
    for (let start = 0; start < missing.length; start += TRUST_LIMITS.told) {
      const batch = missing.slice(start, start + TRUST_LIMITS.told);
      this.#send(peer, { kind: "revocationsTold", deviceIds: batch });
    }
  }

  #tellSomebody(): void {
    const peers = [...this.#peers.keys()];
    if (peers.length > 0) this.#summarize(this.#random.pick(peers));
  }

  #summarize(peer: NodeId): void {
    if (this.#held === undefined) return;
    const { digest, epoch } = this.#held;
    this.#send(peer, { kind: "trustSummary", digest, epoch });
  }

  #send(peer: NodeId, message: TrustMessage): void {
    this.#outputs.push({ kind: "send", peer, message });
  }

  #setRound(now: Millis): void {
    const isIdle = this.#held === undefined || this.#peers.size === 0;
    if (isIdle) this.#roundAt = NEVER;
    else if (this.#roundAt === NEVER) this.#roundAt = now + ROUND_MS * (0.5 + this.#random.unit());
  }
}
