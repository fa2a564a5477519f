import { CertificateStore } from "./certificate_store.ts";
import type { Credentials } from "./credentials.ts";
import { type ReplayVerdict, ReplayWindows } from "./replay_windows.ts";
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
  readonly windows = new ReplayWindows();
  readonly #credentials: Credentials;
  readonly #sealer: DatagramSealer;
  readonly #refused = new Map<GateRefusal, number>();

  constructor(credentials: Credentials, sealer: DatagramSealer) {
    this.#credentials = credentials;
    this.#sealer = sealer;
    this.certificates = new CertificateStore(credentials.formation, credentials.revocations);
  }

  receive(datagram: Uint8Array, formationTimeMs: number): GateVerdict {
    const { formation, identity } = this.#credentials;
    const verdict = openDatagram(datagram, formation, this.certificates, formationTimeMs);
    if (!verdict.ok) {
      const isOwn = verdict.claimedDeviceId === identity.deviceId;
      return this.#refuse(isOwn ? "own" : verdict.reason);
    }
    const { deviceId, boot, sequence } = verdict;
    if (deviceId === identity.deviceId) {
      const isClone = boot >= this.#sealer.boot && !this.#sealer.hasMade(datagram);
      return this.#refuse(isClone ? "cloned" : "own");
    }
    const novelty = this.windows.accept(deviceId, boot, sequence);
    return novelty === "fresh" ? verdict : this.#refuse(novelty);
  }

  /** How many datagrams were refused, by reason. */
  refused(): Partial<Record<GateRefusal, number>> {
    return Object.fromEntries(this.#refused);
  }

  #refuse(reason: GateRefusal): GateVerdict {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    return { ok: false, reason };
  }
}
