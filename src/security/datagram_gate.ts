import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { Standing } from "../core/rivalry/standing.ts";
import { CertificateStore } from "./certificate_store.ts";
import type { Credentials } from "./credentials.ts";
import type { FormationTime } from "./formation_time.ts";
import type { MembershipRefusal } from "./membership.ts";
import type { ReplayVerdict, ReplayWindows } from "./replay_windows.ts";
import {
  type DatagramSealer,
  lifeOf,
  openDatagram,
  type OpenedDatagram,
  type SealRefusal,
} from "./sealed_datagram.ts";

export type GateRefusal =
  | SealRefusal
  | Exclude<ReplayVerdict, "fresh">
  /** This node's own, which multicast hands back. */
  | "own"
  /** A copy that came another way, as over a second interface or by IPv6 too. */
  | "copy"
  /** Signed with this node's key in this boot or a later one, but not by this node. */
  | "cloned"
  /** From another device that is a node of this one's name. */
  | "namesake";

export type GateVerdict = OpenedDatagram | {
  readonly ok: false;
  readonly reason: GateRefusal;
  /** Present when it is from another that runs under this node's id. */
  readonly rivalry?: Rivalry;
};

/** What two that run under one id are told apart by, and what the other said. */
export interface Rivalry {
  readonly own: Standing;
  readonly rival: Standing;
  readonly body: Uint8Array;
}

/** Copies arrive close together, so few datagrams have to be remembered to know them. */
const RECENT_DATAGRAMS = 512;

/** The seal's tag, which no two datagrams share unless by intent. */
const TAG_BYTES = 16;

/**
 * Where datagrams from anyone come in: sealed, signed by a member in good standing, and new, or
 * counted by reason and dropped without an answer.
 */
export class DatagramGate {
  readonly certificates: CertificateStore;
  readonly #credentials: Credentials;
  readonly #sealer: DatagramSealer;
  readonly #time: FormationTime;
  readonly #windows: ReplayWindows;
  readonly #refused = new Map<GateRefusal, number>();
  /** Of datagrams that were let in: from which host. */
  readonly #recent = new BoundedMap<string, string>(RECENT_DATAGRAMS, "evict-oldest");

  constructor(
    credentials: Credentials,
    sealer: DatagramSealer,
    time: FormationTime,
    windows: ReplayWindows,
  ) {
    this.#credentials = credentials;
    this.#sealer = sealer;
    this.#time = time;
    this.#windows = windows;
    this.certificates = new CertificateStore(credentials.formation, credentials.revocations);
  }

  /** The host is who sent it, as far as the network can be believed. */
  receive(datagram: Uint8Array, host = ""): GateVerdict {
    const tag = datagram.subarray(-TAG_BYTES).toHex();
    // What is known to have come in needs no second look, and is no offence of anybody's.
    if ((this.#recent.get(tag) ?? host) !== host) return this.#refuse("copy");
    // Its own echo would teach the gate that the node's name is taken, and costs a look every time.
    if (this.#sealer.hasMade(datagram)) return this.#refuse("own");
    const verdict = this.#open(datagram);
    if (!verdict.ok) return verdict;
    const { member, boot, sequence } = verdict;
    if (member.deviceId === this.#credentials.identity.deviceId) {
      return {
        ...this.#refuse(this.#ownReason(verdict)),
        rivalry: this.#rivalry(verdict, datagram),
      };
    }
    const novelty = this.#windows.accept(member.deviceId, boot, sequence);
    if (novelty !== "fresh") return this.#refuse(novelty);
    this.#recent.set(tag, host);
    // What time it is counts before who is a member now, or a node whose own clock is years off
    // would never hear of it.
    if (verdict.wallMs !== undefined) this.#time.hear(member, verdict.wallMs);
    const reason = this.#refusesSender(verdict);
    if (reason !== undefined) return this.#refuse(reason);
    if (member.nodeId !== this.#credentials.nodeId) return verdict;
    return { ...this.#refuse("namesake"), rivalry: this.#rivalry(verdict, datagram) };
  }

  /**
   * Takes a datagram that another node hands on. It may have come before, by this way or another, so
   * whether it is new is for whoever compares the beacons in them. It does not tell the time either,
   * since it may be old.
   */
  receiveRelayed(datagram: Uint8Array): GateVerdict {
    if (this.#sealer.hasMade(datagram)) return this.#refuse("own");
    const verdict = this.#open(datagram);
    if (!verdict.ok) return verdict;
    const isOwn = verdict.member.deviceId === this.#credentials.identity.deviceId;
    const reason = isOwn ? this.#ownReason(verdict) : this.#refusesSender(verdict);
    return reason === undefined ? verdict : this.#refuse(reason);
  }

  /** How many datagrams were refused, by reason. */
  refused(): Partial<Record<GateRefusal, number>> {
    return Object.fromEntries(this.#refused);
  }

  #open(datagram: Uint8Array): GateVerdict {
    const { formation, identity } = this.#credentials;
    const verdict = openDatagram(datagram, formation, this.certificates, this.#time.nowMs());
    if (verdict.ok) return verdict;
    return this.#refuse(verdict.claimedDeviceId === identity.deviceId ? "own" : verdict.reason);
  }

  /** An earlier boot may be an echo of this node's own past; whoever asks it will know. */
  #ownReason({ boot }: OpenedDatagram): GateRefusal {
    return boot >= this.#sealer.boot ? "cloned" : "own";
  }

  #refusesSender({ member, epoch }: OpenedDatagram): MembershipRefusal | undefined {
    const nowMs = this.#time.nowMs();
    if (this.#credentials.formation.keys.find(epoch, nowMs) === undefined) return "unknownEpoch";
    const reason = this.certificates.refuses(member, nowMs);
    if (reason === undefined) this.certificates.prove(member.deviceId, nowMs);
    return reason;
  }

  #rivalry({ member, boot, body }: OpenedDatagram, datagram: Uint8Array): Rivalry {
    const { boot: ownBoot, life } = this.#sealer;
    const own = this.#credentials.member(this.#time.nowMs());
    return {
      own: { deviceId: own.deviceId, issuedAtMs: own.issuedAtMs, boot: ownBoot, life },
      rival: {
        deviceId: member.deviceId,
        issuedAtMs: member.issuedAtMs,
        boot,
        life: lifeOf(datagram),
      },
      body,
    };
  }

  #refuse(reason: GateRefusal): { readonly ok: false; readonly reason: GateRefusal } {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    return { ok: false, reason };
  }
}
