import type { NodeId } from "../core/kernel/ids.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { TrustMessage } from "../core/trust/trust_message.ts";
import { decodeTrustMessage, encodeTrustMessage } from "../wire/trust_message.ts";
import { WireError } from "../wire/wire_error.ts";
import { Refusals } from "./datagram_codec.ts";
import type { FormationUpkeep } from "./formation_upkeep.ts";

/** What members say to each other of who was put out and which keys there are, to and from bytes. */
export class TrustTalk {
  readonly #upkeep: FormationUpkeep;
  readonly #hand: (input: NodeInput) => void;
  readonly #refused = new Refusals();

  constructor(upkeep: FormationUpkeep, hand: (input: NodeInput) => void) {
    this.#upkeep = upkeep;
    this.#hand = hand;
  }

  /** Undefined when there is nothing to hand on. */
  encode(message: TrustMessage): Uint8Array | undefined {
    return encodeTrustMessage(message, this.#upkeep);
  }

  /** Takes what a connected peer said, and answers whether it could be taken apart. */
  receive(peer: NodeId, bytes: Uint8Array): boolean {
    try {
      const message = this.#decode(peer, bytes);
      if (message !== undefined) this.#hand({ kind: "told", peer, message });
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refused.add("malformedMessage");
      return false;
    }
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }

  #decode(peer: NodeId, bytes: Uint8Array): TrustMessage | undefined {
    return decodeTrustMessage(bytes, {
      takeRevocations: (entries) => {
        const refused = this.#upkeep.takeRevocations(entries, peer);
        if (refused > 0) this.#refused.add("badRevocation");
      },
      takeGroupKeys: (proofs, digest) => {
        if (!this.#upkeep.takeGroupKeys(proofs, digest, peer)) this.#refused.add("badGroupKey");
      },
    });
  }
}
