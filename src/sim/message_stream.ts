import type { NodeId } from "../core/kernel/ids.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../core/priority.ts";
import { decodeDatagram, encodeDatagram } from "../wire/datagram.ts";
import { FrameReader } from "../wire/framing.ts";
import type { OrderOpener } from "../wire/order_opener.ts";
import { decodePeerMessage, encodePeerMessage, type Originals } from "../wire/peer_message.ts";
import type { SharedFrames } from "./shared_frames.ts";
import type { Standings } from "./standings.ts";
import type { StreamConnection } from "./stream_connection.ts";
import type { VirtualEnvelopes } from "./virtual_envelopes.ts";
import { HANDSHAKE_STREAM } from "./virtual_handshake.ts";

/** What waits for room in one class's window. More than that is refused. */
export const QUEUE_BYTES = 1 << 20;

export interface MessageStreamOptions {
  readonly connection: StreamConnection;
  readonly standings: Standings;
  readonly statements: Originals["statements"];
  readonly proofs: Originals["proofs"];
  readonly envelopes: VirtualEnvelopes;
  readonly opener: OrderOpener;
  readonly shared: SharedFrames;
  readonly indexOf: (nodeId: NodeId) => number;
  readonly take: (message: PeerMessage) => void;
}

/**
 * Messages over one end of a connection, through the real codec and framing: a stream for each
 * class, and in front of it a queue for what its window does not take.
 */
export class MessageStream {
  readonly #options: MessageStreamOptions;
  readonly #originals: Originals;
  readonly #queues = new Map<number, Uint8Array>();
  readonly #readers = new Map<number, FrameReader>();
  /** What came before the handshake was over, which the windows of the other side bound. */
  #early: { readonly stream: number; readonly bytes: Uint8Array }[] | undefined = [];

  constructor(options: MessageStreamOptions) {
    this.#options = options;
    this.#originals = {
      // Nothing is sealed in the simulator, so a beacon's datagram is made of it again.
      datagramOf: (beacon) => encodeDatagram({ kind: "beacon", beacon }),
      open: (bytes) => this.#open(bytes),
      ...options.opener,
      ...options.envelopes.of(options.connection.host, options.opener),
      statements: options.statements,
      proofs: options.proofs,
    };
  }

  /** The other side is proven, and what it said counts. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    // The node hears that there is a connection first.
    for (const { stream, bytes } of early) this.#read(stream, bytes);
  }

  /** Answers whether there was room. */
  send(priorityClass: PriorityClass, message: PeerMessage): boolean {
    const stream = streamOf(priorityClass);
    const frames = this.#options.shared.framesOf(
      message,
      (message) => encodePeerMessage(message, this.#originals),
    );
    const queue = this.#queues.get(stream);
    if (frames === undefined || (queue?.length ?? 0) + frames.length > QUEUE_BYTES) return false;
    this.#queues.set(stream, queue === undefined ? frames : joined(queue, frames));
    this.flush(stream);
    return true;
  }

  flush(stream: number): void {
    const queue = this.#queues.get(stream);
    if (queue === undefined) return;
    const written = this.#options.connection.write(stream, queue);
    if (written === queue.length) this.#queues.delete(stream);
    else this.#queues.set(stream, queue.subarray(written));
  }

  receive(stream: number, bytes: Uint8Array): void {
    if (this.#early === undefined) this.#read(stream, bytes);
    else this.#early.push({ stream, bytes });
  }

  #read(stream: number, bytes: Uint8Array): void {
    const { shared, take } = this.#options;
    // Frames that arrive as they were written begin where those before them ended.
    const known = shared.messageIn(bytes);
    if (known !== undefined) return take(known);
    const reader = this.#readers.get(stream) ?? new FrameReader();
    this.#readers.set(stream, reader);
    reader.push(bytes, (payload) => {
      const message = decodePeerMessage(payload, this.#sender, this.#originals);
      if (message === undefined) return;
      shared.noteRead(bytes, message);
      take(message);
    });
  }

  get #sender(): NodeId {
    return this.#options.connection.peerHost.name;
  }

  /** The edge judges whoever a beacon is from, and not only whoever hands it on. */
  #open(bytes: Uint8Array) {
    const datagram = decodeDatagram(bytes);
    if (datagram.kind !== "beacon") return undefined;
    const { connection, standings, indexOf } = this.#options;
    const seal = standings.credentials(indexOf(datagram.beacon.nodeId));
    const isRefused = standings.refuses(connection.host.index, seal) !== undefined;
    return isRefused ? undefined : datagram.beacon;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function streamOf(priorityClass: PriorityClass): number {
  return HANDSHAKE_STREAM + 1 + PRIORITY_CLASSES.indexOf(priorityClass);
}
