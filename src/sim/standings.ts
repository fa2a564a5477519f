import { type Datagram, isSaidBy } from "../core/messages.ts";
import type { Credentials } from "./credentials.ts";
import type { Packet } from "./packet.ts";
import { nodeName } from "./node_name.ts";

/** The formation that a simulation is about. */
const OWN = 0;
/** Where nodes are that were given other credentials. */
const ELSEWHERE = 1;
/** What an outsider seals with, who is in no formation. */
export const NOWHERE = -1;

/** A forged message claims to be this much newer than the one that it is made of. */
const LEAP = 1_000;

export type Refusal = "wrongFormation" | "revoked" | "expired" | "badProof" | "wrongSender";

/**
 * Who is a member, and the edge that judges it: what arrives at a host passes here first, as it
 * passes the seals and signatures of a real one, and is counted and dropped when it is refused.
 */
export class Standings {
  /** What was refused, by the reason. */
  readonly rejected: Partial<Record<Refusal, number>> = {};
  readonly #strangers = new Map<number, number>();
  readonly #expired = new Map<number, number>();
  readonly #claims = new Map<number, number[]>();
  readonly #revoked = new Set<number>();
  /** Which hosts know of whom that it was revoked. They keep that for good. */
  readonly #known = new Map<number, Set<number>>();

  credentials(host: number): Credentials {
    const formation = this.isStranger(host) ? ELSEWHERE : OWN;
    return { owner: host, formation, isExpired: this.#isExpired(host) };
  }

  isStranger(host: number): boolean {
    return (this.#strangers.get(host) ?? 0) > 0;
  }

  /**
   * Whether the host could prove now to be a member, to whoever does not know of its revocation. For
   * checkers, whatever the edge says.
   */
  isMember(host: number): boolean {
    return !this.isStranger(host) && !this.#isExpired(host);
  }

  isRevoked(host: number): boolean {
    return this.#revoked.has(host);
  }

  /** Whether the host knows that the formation put the other out. */
  knowsRevoked(host: number, other: number): boolean {
    return this.#known.get(host)?.has(other) === true;
  }

  /** Of whom the host knows that they were put out, in their order. */
  knownRevoked(host: number): number[] {
    return [...this.#known.get(host) ?? []].sort((left, right) => left - right);
  }

  /** The host hears of it. Answers whether that is news, and true. */
  learnRevoked(host: number, other: number): boolean {
    if (!this.#revoked.has(other) || this.knowsRevoked(host, other)) return false;
    this.#known.set(host, (this.#known.get(host) ?? new Set()).add(other));
    return true;
  }

  /** Whom the host says that it is. */
  nameOf(host: number): string {
    return nodeName(this.#claims.get(host)?.at(-1) ?? host);
  }

  /** Why the receiver's edge lets nothing of theirs in, if so. */
  refuses(receiver: number, { owner, formation, isExpired }: Credentials): Refusal | undefined {
    const isOurs = this.isStranger(receiver) ? formation === ELSEWHERE : formation === OWN;
    if (!isOurs) return this.#refuse("wrongFormation");
    if (this.knowsRevoked(receiver, owner)) return this.#refuse("revoked");
    return isExpired || this.#isExpired(owner) ? this.#refuse("expired") : undefined;
  }

  /** Why what was signed with these counts at the receiver only with another's word now, if so. */
  endOf(receiver: number, { owner }: Credentials): Refusal | undefined {
    if (this.knowsRevoked(receiver, owner)) return "revoked";
    return this.#isExpired(owner) ? "expired" : undefined;
  }

  /** Counts what was refused of what somebody signed. */
  reject(reason: Refusal): undefined {
    this.#refuse(reason);
    return undefined;
  }

  /** Why a name that is signed for is not believed, if so. */
  refusesName({ owner }: Credentials, name: string): Refusal | undefined {
    return name === nodeName(owner) ? undefined : this.#refuse("badProof");
  }

  /** Whether the datagram gets past the receiver's edge. */
  admits(receiver: number, { seal, input }: Packet): boolean {
    if (this.refuses(receiver, seal) !== undefined) return false;
    if (isSaidBy(input.message, nodeName(seal.owner))) return true;
    this.#refuse("wrongSender");
    return false;
  }

  /** What a host says in the name that it claims, newer than all that its victim said. */
  spoken(host: number, message: Datagram): Datagram {
    const name = this.nameOf(host);
    return name === nodeName(host) ? message : forged(message, name);
  }

  revoke(host: number): void {
    this.#revoked.add(host);
  }

  expire(host: number, by: 1 | -1): void {
    this.#expired.set(host, (this.#expired.get(host) ?? 0) + by);
  }

  estrange(host: number, by: 1 | -1): void {
    this.#strangers.set(host, (this.#strangers.get(host) ?? 0) + by);
  }

  claim(host: number, victim: number): void {
    this.#claims.set(host, [...this.#claims.get(host) ?? [], victim]);
  }

  unclaim(host: number, victim: number): void {
    const claims = this.#claims.get(host) ?? [];
    this.#claims.set(host, claims.toSpliced(claims.indexOf(victim), 1));
  }

  /** Everyone is what it should be again, but for those who were put out. */
  heal(): void {
    this.#strangers.clear();
    this.#expired.clear();
    this.#claims.clear();
  }

  #isExpired(host: number): boolean {
    return (this.#expired.get(host) ?? 0) > 0;
  }

  #refuse(reason: Refusal): Refusal {
    this.rejected[reason] = (this.rejected[reason] ?? 0) + 1;
    return reason;
  }
}

/** The message as if another node had said it, or the same one much later. */
export function forged(message: Datagram, nodeId?: string): Datagram {
  switch (message.kind) {
    case "beacon": {
      const { beacon } = message;
      const said = { ...beacon, nodeId: nodeId ?? beacon.nodeId, boot: beacon.boot + LEAP };
      return { ...message, beacon: said };
    }
    case "pulse": {
      const { pulse } = message;
      const said = { ...pulse, nodeId: nodeId ?? pulse.nodeId, boot: pulse.boot + LEAP };
      return { ...message, pulse: said };
    }
    case "repeated":
    case "ping":
    case "pong":
      return { ...message, from: nodeId ?? message.from };
  }
}
