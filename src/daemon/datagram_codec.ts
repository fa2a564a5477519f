import type { Address } from "../core/kernel/ids.ts";
import type { Datagram } from "../core/messages.ts";
import { decodeDatagram, encodeDatagram } from "../wire/datagram.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import { WireError } from "../wire/wire_error.ts";

/** What stands between a node's datagrams and the bytes that travel. */
export interface DatagramCodec {
  /** Undefined while there is no boot number that the disk keeps, and so none to seal with. */
  encode(message: Datagram): Uint8Array | undefined;
  /** Undefined for what is refused; the reason is counted. */
  decode(bytes: Uint8Array, from?: Address): Datagram | undefined;
  /** How many were refused, by reason. */
  rejected(): Readonly<Record<string, number>>;
}

/** Of a node without a formation: anybody can read it, and be anybody. */
export class PlainCodec implements DatagramCodec {
  readonly #refused = new Refusals();

  encode(message: Datagram): Uint8Array {
    return encodeDatagram(message, WIRE_LIMITS.beaconBytes);
  }

  decode(bytes: Uint8Array): Datagram | undefined {
    return this.#refused.decode(bytes);
  }

  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }
}

/** Counts what was refused, and refuses what is no message. */
export class Refusals {
  readonly counts: Record<string, number> = {};

  add(reason: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
  }

  decode(bytes: Uint8Array, read: (bytes: Uint8Array) => Datagram | undefined = decodeDatagram) {
    try {
      return read(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.add("malformed");
      return undefined;
    }
  }
}
