import type { Datagram } from "../core/messages.ts";
import type { Credentials } from "../security/credentials.ts";
import { DatagramGate } from "../security/datagram_gate.ts";
import { LONGEST_CERTIFICATE_BYTES } from "../security/membership.ts";
import { DatagramSealer, SEAL_BYTES } from "../security/sealed_datagram.ts";
import { encodeDatagram } from "../wire/datagram.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import { type DatagramCodec, Refusals } from "./datagram_codec.ts";

export interface SealedCodecOptions {
  readonly credentials: Credentials;
  /** The boot number, once the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly formationTimeMs: () => number;
}

/** Of a member: sealed for the formation, signed by the node, and refused when it is neither. */
export class SealedCodec implements DatagramCodec {
  readonly #options: SealedCodecOptions;
  readonly #refused = new Refusals();
  #sealer: DatagramSealer | undefined;
  #gate: DatagramGate | undefined;

  constructor(options: SealedCodecOptions) {
    this.#options = options;
  }

  encode(message: Datagram): Uint8Array | undefined {
    const sealer = this.#open()?.sealer;
    if (sealer === undefined) return undefined;
    // Beacons bring the certificate along, so that whoever meets the node can judge the rest.
    const withCertificate = message.kind === "beacon";
    const sealBytes = SEAL_BYTES + (withCertificate ? LONGEST_CERTIFICATE_BYTES + 1 : 0);
    const body = encodeDatagram(message, WIRE_LIMITS.datagramBytes - sealBytes);
    return sealer.seal(body, this.#options.formationTimeMs(), { withCertificate });
  }

  decode(bytes: Uint8Array): Datagram | undefined {
    const gate = this.#open()?.gate;
    if (gate === undefined) return undefined;
    const verdict = gate.receive(bytes, this.#options.formationTimeMs());
    if (!verdict.ok) return undefined;
    const message = this.#refused.decode(verdict.body);
    if (message === undefined || senderOf(message) === verdict.nodeId) return message;
    this.#refused.add("wrongSender");
    return undefined;
  }

  rejected(): Readonly<Record<string, number>> {
    // A node hears its own multicast; that is no offence of anybody's.
    const { own: _own, ...refused } = this.#gate?.refused() ?? {};
    return { ...refused, ...this.#refused.counts };
  }

  /** The gate, for whoever needs the certificates that came through it. */
  get gate(): DatagramGate | undefined {
    return this.#gate;
  }

  #open() {
    const boot = this.#options.boot();
    if (this.#sealer === undefined && boot !== undefined) {
      this.#sealer = new DatagramSealer(this.#options.credentials, boot);
      this.#gate = new DatagramGate(this.#options.credentials, this.#sealer);
    }
    if (this.#sealer === undefined || this.#gate === undefined) return undefined;
    return { sealer: this.#sealer, gate: this.#gate };
  }
}

/** The node that a message says it is from. */
function senderOf(message: Datagram): string {
  switch (message.kind) {
    case "beacon":
      return message.beacon.nodeId;
    case "pulse":
      return message.pulse.nodeId;
    case "ping":
    case "pong":
      return message.from;
  }
}
