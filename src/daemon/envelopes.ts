import type { NodeId } from "../core/kernel/ids.ts";
import type { Envelope } from "../core/peer_message.ts";
import { ReplayWindows } from "../security/replay_windows.ts";
import type { OpenedDatagram } from "../security/sealed_datagram.ts";
import { decodeEnvelope, encodeEnvelope } from "../wire/envelope.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import type { OrderOpener } from "../wire/order_opener.ts";
import type { Originals } from "../wire/peer_message.ts";
import { WireError } from "../wire/wire_error.ts";
import { Refusals } from "./datagram_codec.ts";

export interface EnvelopesOptions {
  readonly nodeId: NodeId;
  readonly boot: () => number | undefined;
  readonly seal: (body: Uint8Array) => Uint8Array | undefined;
  readonly open: (sealed: Uint8Array) => OpenedDatagram | undefined;
  readonly opener: OrderOpener;
}

/**
 * What nodes say to each other over others: sealed and signed by whoever says it, opened by everyone
 * on the way, and taken once, in the life that it was for, by whoever it is for.
 */
export class Envelopes implements Pick<Originals, "sealedOf" | "unseal"> {
  readonly #options: EnvelopesOptions;
  readonly #refused = new Refusals();
  /** Apart from those of datagrams, which come by other ways and much sooner or later. */
  readonly #windows = new ReplayWindows();
  /** As long as the core keeps an envelope, so long is there what its origin sealed. */
  readonly #sealed = new WeakMap<Envelope, Uint8Array>();

  constructor(options: EnvelopesOptions) {
    this.#options = options;
  }

  sealedOf(envelope: Envelope): Uint8Array | undefined {
    const { nodeId, seal } = this.#options;
    const known = this.#sealed.get(envelope);
    if (known !== undefined || envelope.origin !== nodeId) return known;
    const sealed = seal(encodeEnvelope(envelope));
    if (sealed !== undefined && sealed.length <= WIRE_LIMITS.envelopeBytes) return sealed;
    return undefined;
  }

  unseal(sealed: Uint8Array): Envelope | undefined {
    const opened = this.#options.open(sealed);
    const envelope = opened && this.#decode(opened);
    if (opened === undefined || envelope === undefined) return undefined;
    const refusal = envelope.target === this.#options.nodeId
      ? this.#refusal(envelope, opened)
      : undefined;
    if (refusal !== undefined) {
      this.#refused.add(refusal);
      return undefined;
    }
    this.#sealed.set(envelope, sealed);
    return envelope;
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }

  /** Whoever handed it on could not help it if it is malformed. */
  #decode({ body, member }: OpenedDatagram): Envelope | undefined {
    try {
      return decodeEnvelope(body, member.nodeId, this.#options.opener);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refused.add("malformedEnvelope");
      return undefined;
    }
  }

  #refusal(envelope: Envelope, opened: OpenedDatagram): string | undefined {
    if (envelope.targetBoot !== this.#options.boot()) return "envelopeOfAnotherLife";
    const { member, boot, sequence } = opened;
    const novelty = this.#windows.accept(member.deviceId, boot, sequence);
    return novelty === "fresh" ? undefined : "replayedEnvelope";
  }
}
