import { CertificateStore } from "./certificate_store.ts";
import type { Credentials } from "./credentials.ts";
import type { FormationTime } from "./formation_time.ts";
import type { MembershipRefusal } from "./membership.ts";
import type { ReplayVerdict, ReplayWindows } from "./replay_windows.ts";
import {
  type DatagramSealer,
  openDatagram,
  type OpenedDatagram,
  type SealRefusal,
} from "./sealed_datagram.ts";

export type GateRefusal =
  | SealRefusal
  | Exclude<ReplayVerdict, "fresh">
  /** This node's own, which multicast hands back. */
  | "own"
  /** Signed with this node's key in this boot or a later one, but not by this node. */
  | "cloned";

export type GateVerdict = OpenedDatagram | { readonly ok: false; readonly reason: GateRefusal };

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

  receive(datagram: Uint8Array): GateVerdict {
    const { formation, identity } = this.#credentials;
    const verdict = openDatagram(datagram, formation, this.certificates, this.#time.nowMs());
    if (!verdict.ok) {
      const isOwn = verdict.claimedDeviceId === identity.deviceId;
      return this.#refuse(isOwn ? "own" : verdict.reason);
    }
    const { member, boot, sequence } = verdict;
    if (member.deviceId === identity.deviceId) {
      const isClone = boot >= this.#sealer.boot && !this.#sealer.hasMade(datagram);
      return this.#refuse(isClone ? "cloned" : "own");
    }
    const novelty = this.#windows.accept(member.deviceId, boot, sequence);
    if (novelty !== "fresh") return this.#refuse(novelty);
    // What time it is counts before who is a member now, or a node whose own clock is years off
    // would never hear of it.
    if (verdict.wallMs !== undefined) this.#time.hear(member, verdict.wallMs);
    const reason = this.#refusesSender(verdict);
    return reason === undefined ? verdict : this.#refuse(reason);
  }

  /** How many datagrams were refused, by reason. */
  refused(): Partial<Record<GateRefusal, number>> {
    return Object.fromEntries(this.#refused);
  }

  #refusesSender({ member, epoch }: OpenedDatagram): MembershipRefusal | undefined {
    const nowMs = this.#time.nowMs();
    if (this.#credentials.formation.keys.find(epoch, nowMs) === undefined) return "unknownEpoch";
    const reason = this.certificates.refuses(member, nowMs);
    if (reason === undefined) this.certificates.prove(member.deviceId, nowMs);
    return reason;
  }

  #refuse(reason: GateRefusal): GateVerdict {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    return { ok: false, reason };
  }
}
