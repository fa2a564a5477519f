import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import { outranks, type Standing } from "../core/rivalry/standing.ts";
import { sameBytes } from "./bytes.ts";
import type { Formation } from "./formation.ts";
import {
  claimedDeviceId,
  type Member,
  type MembershipRefusal,
  type MembershipVerdict,
  readMembership,
  refusesStanding,
} from "./membership.ts";
import type { RevocationSet } from "./revocation.ts";

/** How long a name, and a place in a full store, stays with a device that proves nothing more. */
const HOLD_MS = 60_000;

/**
 * How long a name stays with it against a device that outranks it. Of two that run under one name
 * the lower in rank ends at once, and whoever knew only that one is to know the other soon. It is
 * long enough for a node that still runs to speak in between.
 */
const OUTRANKED_HOLD_MS = 15_000;

export type LearnRefusal =
  /** The device is another node already: one key, one identity. */
  | "wrongNode"
  /** Another device is the node of that name. */
  | "nodeTaken"
  /** The store is at its bound with devices that are all alive. */
  | "full";

export type LearnVerdict =
  | { readonly ok: true; readonly member: Member }
  | { readonly ok: false; readonly reason: LearnRefusal };

export interface CertificateStoreOptions {
  readonly capacity?: number;
  /** Another device is the node of that name now. */
  readonly onSuccession?: (nodeId: NodeId) => void;
}

interface Entry {
  readonly member: Member;
  /** When it last proved to have its key, or else was learnt. */
  provenAtMs: number;
  /** It proved to be a member in good standing, and its time was not over since. */
  isLetIn: boolean;
}

/**
 * The certificates that others have shown, by device. A datagram says only which device it is from;
 * this says which node that is, and with which key it signs.
 */
export class CertificateStore {
  readonly #formation: Formation;
  readonly #revocations: RevocationSet;
  /** In the order of last proof. */
  readonly #entries: BoundedMap<string, Entry>;
  readonly #deviceOfNode = new Map<NodeId, string>();
  readonly #onSuccession: (nodeId: NodeId) => void;
  /** No certificate of anybody who was let in ends before this. */
  #nextExpiryMs = Infinity;

  constructor(
    formation: Formation,
    revocations: RevocationSet,
    { capacity = 1_024, onSuccession = () => {} }: CertificateStoreOptions = {},
  ) {
    this.#formation = formation;
    this.#revocations = revocations;
    this.#onSuccession = onSuccession;
    this.#entries = new BoundedMap(capacity, "refuse-new");
  }

  /**
   * Whom a certificate from anywhere is about, if it is genuine. One whose time is not now will do:
   * what time it is, its owner may have to say first. Nothing is learnt by this, since anybody can
   * show another's certificate.
   */
  read(certificate: Uint8Array, formationTimeMs: number): MembershipVerdict {
    const known = this.#knows(certificate);
    const verdict = known !== undefined && this.#hasAuthority(known, formationTimeMs)
      ? { ok: true as const, member: known }
      : readMembership(certificate, this.#formation, formationTimeMs);
    if (!verdict.ok) return verdict;
    return this.isRevoked(verdict.member.deviceId) ? { ok: false, reason: "revoked" } : verdict;
  }

  /** Takes up whom `read` told of, who has proven by now to have the key. */
  learn(member: Member, formationTimeMs: number): LearnVerdict {
    if (this.findDevice(member.deviceId) === member) return { ok: true, member };
    return this.#admit(member, formationTimeMs);
  }

  findDevice(deviceId: string): Member | undefined {
    return this.#entries.get(deviceId)?.member;
  }

  findNode(nodeId: NodeId): Member | undefined {
    const deviceId = this.#deviceOfNode.get(nodeId);
    return deviceId === undefined ? undefined : this.findDevice(deviceId);
  }

  /** Why a known member is none any more, if so. */
  refuses(member: Member, formationTimeMs: number): MembershipRefusal | undefined {
    if (!this.#hasAuthority(member, formationTimeMs)) return "unknownEpoch";
    return refusesStanding(member, formationTimeMs, this.#revocations);
  }

  isRevoked(deviceId: string): boolean {
    return this.#revocations.has(deviceId);
  }

  /** The device has just proved to have its key, so its name stays its own for a while. */
  prove(deviceId: string, formationTimeMs: number): void {
    const entry = this.#entries.get(deviceId);
    if (entry === undefined) return;
    entry.provenAtMs = formationTimeMs;
    this.#letIn(entry);
    this.#entries.touch(deviceId);
  }

  /** Those who were let in and whose time is over, each once. Their certificates stay known. */
  takeExpired(formationTimeMs: number): Member[] {
    if (formationTimeMs < this.#nextExpiryMs) return [];
    this.#nextExpiryMs = Infinity;
    const expired: Member[] = [];
    for (const entry of this.#entries.values()) {
      if (!entry.isLetIn) continue;
      const reason = refusesStanding(entry.member, formationTimeMs, this.#revocations);
      if (reason !== "expired") this.#letIn(entry);
      else {
        entry.isLetIn = false;
        expired.push(entry.member);
      }
    }
    return expired;
  }

  forget(deviceId: string): void {
    const member = this.findDevice(deviceId);
    if (member === undefined) return;
    this.#entries.delete(deviceId);
    if (this.#deviceOfNode.get(member.nodeId) === deviceId) {
      this.#deviceOfNode.delete(member.nodeId);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  #hasAuthority({ epoch }: Member, formationTimeMs: number): boolean {
    return this.#formation.authorityOf(epoch, formationTimeMs) !== undefined;
  }

  /** The signature of a certificate that is known byte by byte need not be checked again. */
  #knows(certificate: Uint8Array): Member | undefined {
    const deviceId = claimedDeviceId(certificate);
    const known = deviceId === undefined ? undefined : this.findDevice(deviceId);
    return known !== undefined && sameBytes(known.certificate, certificate) ? known : undefined;
  }

  #admit(member: Member, formationTimeMs: number): LearnVerdict {
    const earlier = this.#entries.get(member.deviceId);
    if (earlier !== undefined) {
      if (isOlder(member, earlier.member)) return { ok: true, member: earlier.member };
      const isRenamed = earlier.member.nodeId !== member.nodeId;
      if (isRenamed && !this.#yields(earlier, member, formationTimeMs)) return refuse("wrongNode");
    }
    const holder = this.#holderOf(member.nodeId);
    if (holder !== undefined && holder.member.deviceId !== member.deviceId) {
      if (!this.#yields(holder, member, formationTimeMs)) return refuse("nodeTaken");
      this.forget(holder.member.deviceId);
      this.#onSuccession(member.nodeId);
    }
    if (earlier === undefined && !this.#makeRoom(formationTimeMs)) return refuse("full");
    this.forget(member.deviceId);
    const entry = { member, provenAtMs: formationTimeMs, isLetIn: false };
    this.#entries.set(member.deviceId, entry);
    this.#deviceOfNode.set(member.nodeId, member.deviceId);
    if (earlier?.isLetIn === true) this.#letIn(entry);
    return { ok: true, member };
  }

  #letIn(entry: Entry): void {
    entry.isLetIn = true;
    const { expiresAtMs } = entry.member;
    if (expiresAtMs !== 0) this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresAtMs);
  }

  #holderOf(nodeId: NodeId): Entry | undefined {
    const deviceId = this.#deviceOfNode.get(nodeId);
    return deviceId === undefined ? undefined : this.#entries.get(deviceId);
  }

  /** An authority's later word counts at once; between equals, whoever is alive keeps what it has. */
  #yields(entry: Entry, member: Member, formationTimeMs: number): boolean {
    const isOutranked = member.deviceId !== entry.member.deviceId &&
      outranks(standingOf(member), standingOf(entry.member));
    const holdMs = isOutranked ? OUTRANKED_HOLD_MS : HOLD_MS;
    return isOlder(entry.member, member) || !isHeld(entry, formationTimeMs, holdMs);
  }

  #makeRoom(formationTimeMs: number): boolean {
    if (this.#entries.size < this.#entries.capacity) return true;
    const [oldest] = this.#entries.values();
    if (oldest === undefined || isHeld(oldest, formationTimeMs)) return false;
    this.forget(oldest.member.deviceId);
    return true;
  }
}

function isOlder(left: Member, right: Member): boolean {
  return left.epoch < right.epoch || (left.epoch === right.epoch && left.serial < right.serial);
}

/** Measured both ways, because the formation's time may be set back. */
function isHeld({ provenAtMs }: Entry, formationTimeMs: number, holdMs = HOLD_MS): boolean {
  return Math.abs(formationTimeMs - provenAtMs) < holdMs;
}

/** Of two devices no life is compared. */
function standingOf({ deviceId, issuedAtMs }: Member): Standing {
  return { deviceId, issuedAtMs, boot: 0, life: "" };
}

function refuse(reason: LearnRefusal): LearnVerdict {
  return { ok: false, reason };
}
