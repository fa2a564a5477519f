import type { Envelope } from "../core/peer_message.ts";
import { decodeEnvelope, encodeEnvelope } from "../wire/envelope.ts";
import type { OrderOpener } from "../wire/order_opener.ts";
import type { Originals } from "../wire/peer_message.ts";
import type { Host } from "./host.ts";
import type { Stage } from "./stage.ts";
import type { Credentials } from "./credentials.ts";

interface Sealed {
  readonly seal: Credentials;
  readonly body: string;
}

/**
 * Envelopes of simulated nodes. A seal is who made it, which nobody on the way can change here, and
 * what is refused by a real edge is refused by this one.
 */
export class VirtualEnvelopes {
  readonly #stage: Stage;
  readonly #sealed = new WeakMap<Envelope, Uint8Array>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  of(host: Host, opener: OrderOpener): Pick<Originals, "sealedOf" | "unseal"> {
    return {
      sealedOf: (envelope) => this.#sealed.get(envelope) ?? this.#seal(host, envelope),
      unseal: (sealed) => this.#unseal(host, sealed, opener),
    };
  }

  #seal(host: Host, envelope: Envelope): Uint8Array | undefined {
    if (envelope.origin !== host.name) return undefined;
    const seal = this.#stage.standings.credentials(host.index);
    const sealed: Sealed = { seal, body: encodeEnvelope(envelope).toHex() };
    return new TextEncoder().encode(JSON.stringify(sealed));
  }

  #unseal(
    host: Host,
    sealed: Uint8Array,
    opener: OrderOpener,
  ): Envelope | undefined {
    const { hosts, standings } = this.#stage;
    const { seal, body }: Sealed = JSON.parse(new TextDecoder().decode(sealed));
    if (standings.refuses(host.index, seal) !== undefined) return undefined;
    const origin = hosts[seal.owner]!.name;
    const envelope = decodeEnvelope(Uint8Array.fromHex(body), origin, opener);
    if (envelope === undefined) return undefined;
    const isForHere = envelope.target === host.name;
    if (isForHere && envelope.targetBoot !== host.node?.broadcaster.boot) return undefined;
    this.#sealed.set(envelope, sealed);
    return envelope;
  }
}
