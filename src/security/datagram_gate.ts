import type { CellBeat } from "../core/cell/beat.ts";
import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type { Standing } from "../core/rivalry/standing.ts";
import { CertificateStore, type LearnRefusal } from "./certificate_store.ts";
import type { Credentials } from "./credentials.ts";
import type { FormationTime } from "./formation_time.ts";
import type { MembershipRefusal } from "./membership.ts";
import type { ReplayVerdict, ReplayWindows } from "./replay_windows.ts";
import { lifeOf, TAG_BYTES } from "./group_seal.ts";
import { ChainFollower, type FollowedPulse, type PulseRefusal } from "./pulse_chain.ts";
import {
  type DatagramSealer,
  openDatagram,
  type OpenedDatagram,
  type SealPurpose,
  type SealRefusal,
} from "./sealed_datagram.ts";
import { openPulse } from "./sealed_pulse.ts";

export type GateRefusal =
  | SealRefusal
  | LearnRefusal
  | Exclude<ReplayVerdict, "fresh">
  | PulseRefusal
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

/** A beacon of a node that pulses. */
export interface PulsingBeacon {
  readonly boot: number;
  readonly sequence: number;
  readonly pulseMs: Millis;
  readonly beat?: CellBeat | undefined;
}

/** What the gate tells of, the moment it finds it out. */
export interface GateHooks {
  /** Another device is the node of that name from now on. */
  readonly onSuccession?: ((nodeId: NodeId) => void) | undefined;
  /** The node was let in, and its certificate's time is over. */
  readonly onExpired?: ((nodeId: NodeId) => void) | undefined;
}

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
  readonly #onExpired: (nodeId: NodeId) => void;
  readonly #chains = new ChainFollower();
  readonly #refused = new Map<GateRefusal, number>();
  /** Of datagrams that were let in: from which host. */
  readonly #recent = new BoundedMap<string, string>(RECENT_DATAGRAMS, "evict-oldest");

  constructor(
    credentials: Credentials,
    sealer: DatagramSealer,
    time: FormationTime,
    windows: ReplayWindows,
    { onSuccession, onExpired = () => {} }: GateHooks = {},
  ) {
    this.#credentials = credentials;
    this.#sealer = sealer;
    this.#time = time;
    this.#windows = windows;
    this.#onExpired = onExpired;
    this.certificates = new CertificateStore(
      credentials.formation,
      credentials.revocations,
      onSuccession === undefined ? {} : { onSuccession },
    );
  }

  /** The host is who sent it, as far as the network can be believed. */
  receive(datagram: Uint8Array, host = ""): GateVerdict {
    const known = this.#isKnown(datagram, host);
    if (known !== undefined) return this.#refuse(known);
    const opened = this.#open(datagram);
    if (!opened.ok) return opened;
    const { deviceId } = opened.member;
    if (deviceId === this.#credentials.identity.deviceId) {
      this.#learn(opened); // A copy of this node answers without its certificate.
      return { ...this.#refuse(this.#ownReason(opened)), rivalry: this.#rivalry(opened, datagram) };
    }
    // What was said long ago takes no name from whoever has it now, so it is learnt from no more.
    const novelty = this.#noveltyOf(opened);
    if (novelty !== "fresh") return this.#refuse(novelty);
    const verdict = this.#learn(opened);
    if (!verdict.ok) return this.#refuse(verdict.reason);
    const { member, boot, sequence } = verdict;
    this.#windows.accept(deviceId, boot, sequence);
    this.#recent.set(tagOf(datagram), host);
    // What time it is counts before who is a member now, or a node whose own clock is years off
    // would never hear of it.
    if (verdict.wallMs !== undefined) this.#time.hear(member, verdict.wallMs);
    this.expire();
    const reason = this.#refusesSender(verdict);
    if (reason !== undefined) return this.#refuse(reason);
    if (member.nodeId !== this.#credentials.nodeId) return verdict;
    return { ...this.#refuse("namesake"), rivalry: this.#rivalry(verdict, datagram) };
  }

  /** Tells of those who were let in and whose time is over by now. */
  expire(): void {
    const expired = this.certificates.takeExpired(this.#time.nowMs());
    for (const { nodeId } of expired) this.#onExpired(nodeId);
  }

  /** A beacon that was let in shows the link that its sender's pulses follow from. */
  follow(
    datagram: Uint8Array,
    { member, link, heardLink }: OpenedDatagram,
    beacon: PulsingBeacon,
  ): void {
    if (link === undefined) return;
    const { boot, sequence: number, pulseMs, beat } = beacon;
    this.#chains.follow(lifeOf(datagram), {
      ...{ member, boot, number, link: link.slice(), pulseMs },
      ...(beat === undefined ? {} : { beat }),
      ...(heardLink === undefined ? {} : { heardLink: heardLink.slice() }),
    });
  }

  /** Takes a sealed pulse. Its chain tells whose it is, and that it is new. */
  receivePulse(datagram: Uint8Array, host = ""): FollowedPulse | undefined {
    const known = this.#isKnown(datagram, host);
    const verdict = known ?? this.#openPulse(datagram);
    if (typeof verdict === "string") return void this.#refuse(verdict);
    this.#recent.set(tagOf(datagram), host);
    return verdict;
  }

  #openPulse(datagram: Uint8Array): FollowedPulse | GateRefusal {
    const verdict = openPulse(datagram, this.#credentials.formation, this.#time.nowMs());
    if (!verdict.ok) return verdict.reason;
    const { life, epoch, shown, heard } = verdict;
    const followed = this.#chains.take(life, shown, heard);
    if (typeof followed === "string") return followed;
    return this.#refusesSender({ member: followed.member, epoch }) ?? followed;
  }

  /** What is known to have come in needs no second look, and is no offence of anybody's. */
  #isKnown(datagram: Uint8Array, host: string): "copy" | "own" | undefined {
    if ((this.#recent.get(tagOf(datagram)) ?? host) !== host) return "copy";
    // Its own echo would teach the gate that the node's name is taken, and costs a look every time.
    return this.#sealer.hasMade(datagram) ? "own" : undefined;
  }

  /**
   * Takes a datagram, or an envelope, that another node hands on. It may have come before, by this way or another, so
   * whether it is new is for whoever compares the beacons in them. It does not tell the time either,
   * since it may be old.
   */
  receiveRelayed(datagram: Uint8Array, purpose: SealPurpose = "datagram"): GateVerdict {
    if (this.#sealer.hasMade(datagram)) return this.#refuse("own");
    const opened = this.#open(datagram, purpose);
    if (!opened.ok) return opened;
    const { member } = opened;
    if (member.deviceId === this.#credentials.identity.deviceId) {
      return this.#refuse(this.#ownReason(opened));
    }
    const isKnown = this.certificates.findDevice(member.deviceId) !== undefined;
    const novelty = isKnown ? "fresh" : this.#noveltyOf(opened);
    if (novelty !== "fresh") return this.#refuse(novelty);
    const verdict = this.#learn(opened);
    if (!verdict.ok) return this.#refuse(verdict.reason);
    const reason = this.#refusesSender(verdict);
    return reason === undefined ? verdict : this.#refuse(reason);
  }

  /** How many datagrams were refused, by reason. */
  refused(): Partial<Record<GateRefusal, number>> {
    return Object.fromEntries(this.#refused);
  }

  #open(datagram: Uint8Array, purpose: SealPurpose = "datagram"): GateVerdict {
    const { formation, identity } = this.#credentials;
    const nowMs = this.#time.nowMs();
    const verdict = openDatagram(datagram, formation, this.certificates, nowMs, purpose);
    if (verdict.ok) return verdict;
    return this.#refuse(verdict.claimedDeviceId === identity.deviceId ? "own" : verdict.reason);
  }

  #noveltyOf({ member, boot, sequence }: OpenedDatagram): ReplayVerdict {
    return this.#windows.judge(member.deviceId, boot, sequence);
  }

  /** Its sender's certificate is worth knowing from now on. */
  #learn(opened: OpenedDatagram): OpenedDatagram | { ok: false; reason: LearnRefusal } {
    const learnt = this.certificates.learn(opened.member, this.#time.nowMs());
    return learnt.ok ? { ...opened, member: learnt.member } : learnt;
  }

  /** An earlier boot may be an echo of this node's own past; whoever asks it will know. */
  #ownReason({ boot }: OpenedDatagram): GateRefusal {
    return boot >= this.#sealer.boot ? "cloned" : "own";
  }

  #refusesSender(
    { member, epoch }: Pick<OpenedDatagram, "member" | "epoch">,
  ): MembershipRefusal | undefined {
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

/** No two datagrams share it unless by intent. */
function tagOf(datagram: Uint8Array): string {
  return datagram.subarray(-TAG_BYTES).toHex();
}
