import type { NodeId } from "../core/kernel/ids.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import { decodePeerMessage, encodePeerMessage, type Originals } from "../wire/peer_message.ts";
import { WireError } from "../wire/wire_error.ts";

export interface PeerMessageCounts {
  sent: number;
  received: number;
  /** Found the queue full, or no connection. */
  dropped: number;
  /** Of a kind that this version does not know. */
  unknown: number;
}

/** What stands between messages and the bytes that connections carry. */
export class PeerMessages {
  readonly counts: PeerMessageCounts = { sent: 0, received: 0, dropped: 0, unknown: 0 };
  readonly #originals: Originals;
  #malformed = 0;

  constructor(originals: Originals) {
    this.#originals = originals;
  }

  /** Hands the bytes to `put`, which answers whether there was room for them. */
  send(message: PeerMessage, put: (bytes: Uint8Array) => boolean): void {
    const bytes = encodePeerMessage(message, this.#originals);
    if (bytes !== undefined && put(bytes)) this.counts.sent++;
    else this.counts.dropped++;
  }

  /**
   * Hands on the message, if it is one that is known and holds. Answers whether whoever sent it may
   * go on: what is not even well formed ends a connection.
   */
  receive(from: NodeId, bytes: Uint8Array, take: (message: PeerMessage) => void): boolean {
    let message: PeerMessage | undefined;
    try {
      message = decodePeerMessage(bytes, from, this.#originals);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.code !== "unknownType") {
        this.#malformed++;
        return false;
      }
      this.counts.unknown++;
      return true;
    }
    if (message === undefined) return true; // Counted where it was opened.
    this.counts.received++;
    take(message);
    return true;
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#malformed === 0 ? {} : { malformedMessage: this.#malformed };
  }
}
