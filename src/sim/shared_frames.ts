import type { CellMessage } from "../core/cell/message.ts";
import type { ElectionMessage } from "../core/election/message.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import { encodeFrames } from "../wire/framing.ts";

/** What means the same whoever encodes it, and goes to many. */
const SHARED: readonly CellMessage["kind"][] = ["election", "roster", "profile", "assignments"];

interface Said {
  readonly cellId: string;
  readonly said: CellMessage | ElectionMessage;
  readonly frames: Uint8Array;
}

/**
 * What a member says to its whole cell goes out to each of it over a connection of its own. It is
 * encoded once all the same, and read once, where nothing depends on who reads it: a heartbeat to
 * fifteen members took the codec thirty turns.
 */
export class SharedFrames {
  #last: Said | undefined;
  /** What was read of frames that went to several; undefined until the first of them did. */
  readonly #read = new WeakMap<Uint8Array, PeerMessage | undefined>();

  framesOf(
    message: PeerMessage,
    encode: (message: PeerMessage) => Uint8Array | undefined,
  ): Uint8Array | undefined {
    if (message.kind !== "cell" || !SHARED.includes(message.message.kind)) {
      return framed(encode(message));
    }
    const { cellId, message: { kind } } = message;
    const said = message.message.kind === "election" ? message.message.message : message.message;
    const last = this.#last;
    if (last !== undefined && last.said === said && last.cellId === cellId) return last.frames;
    const frames = framed(encode(message));
    if (frames === undefined) return undefined;
    this.#last = { cellId, said, frames };
    // Whoever keeps assignments tells those that it was sent from others that are equal.
    if (kind === "election" || kind === "roster") this.#read.set(frames, undefined);
    return frames;
  }

  /** The one message of shared frames, read by whoever they reach first. Undefined for all others. */
  messageIn(frames: Uint8Array): PeerMessage | undefined {
    return this.#read.get(frames);
  }

  /** The first that they reached has read them. */
  noteRead(frames: Uint8Array, message: PeerMessage): void {
    if (this.#read.has(frames)) this.#read.set(frames, message);
  }
}

function framed(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && encodeFrames([bytes]);
}
