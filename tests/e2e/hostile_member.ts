import type { PeerMessage } from "../../src/core/peer_message.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../../src/core/priority.ts";
import type { Change, Seal } from "../../src/core/state/document.ts";
import type { StateMessage } from "../../src/core/state/state_message.ts";
import type { DocumentProofs } from "../../src/daemon/document_proofs.ts";
import type { Member } from "../../src/security/membership.ts";
import { encodeFrames, FrameReader } from "../../src/wire/framing.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  type Originals,
} from "../../src/wire/peer_message.ts";
import { hashOfChange, type Proofs } from "../../src/wire/state.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { PieceReader } from "../../src/net/quic/piece.ts";
import { pieceHeaderOf } from "../unit/net/pieces.ts";
import { RawPeer } from "../unit/net/raw_peer.ts";
import { ask, type Attacker, messageOf, soon, tell } from "./attacker.ts";
import { until } from "./until.ts";

/**
 * A member that proved who it is and then says what it likes: bytes of its own, or messages that are
 * well made and signed by it, and that no honest node would send.
 */
export class HostileMember implements AsyncDisposable {
  readonly peer: RawPeer;
  readonly #proofs: DocumentProofs;
  readonly #heard: StateMessage[] = [];
  #stream: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #position = 0;

  private constructor(peer: RawPeer, proofs: DocumentProofs) {
    this.peer = peer;
    this.#proofs = proofs;
    void this.#listen();
  }

  /** Dials the node as any member would: first to learn its certificate, then pinned to it. */
  static async connect(
    attacker: Attacker,
    port: number,
    proofs: DocumentProofs,
  ): Promise<HostileMember> {
    const server = await learn(attacker, port);
    const tls = attacker.credentials.clientTls(server, Date.now());
    const peer = await RawPeer.connect(port, { tls });
    const client = attacker.clientOf(server);
    const proof = messageOf(client.handle(performance.now(), await ask(peer, client.hello())));
    await peer.tell(
      { kind: "handshake", bytes: proof },
      { kind: "hello", instance: crypto.getRandomValues(new Uint8Array(8)).toHex() },
    );
    return new HostileMember(peer, proofs);
  }

  /** The code that the node closed the connection with. */
  get closed(): Promise<number> {
    return soon(this.peer.closed, "the connection closed");
  }

  /** Says bytes in place of frames, as far as the node takes them. */
  async say(bytes: Uint8Array, priorityClass: PriorityClass = "high"): Promise<void> {
    this.#stream ??= await this.peer.stream(
      Uint8Array.of(PRIORITY_CLASSES.indexOf(priorityClass)),
    );
    const header = pieceHeaderOf(this.#position, bytes.length);
    this.#position += bytes.length;
    await this.#stream.write(header).catch(() => {});
    await this.#stream.write(bytes).catch(() => {});
  }

  frame(...payloads: Uint8Array[]): Promise<void> {
    return this.say(encodeFrames(payloads));
  }

  /** Says a message that is as it should be, in form. */
  async state(message: StateMessage): Promise<void> {
    const post: PeerMessage = { kind: "state", message };
    await this.frame(encodePeerMessage(post, { proofs: this.#proofs } as unknown as Originals)!);
  }

  /** A change with this body, that this member signed. */
  sign(
    author: string,
    { key, generation, number, boot }: {
      readonly key: string;
      readonly generation: number;
      readonly number: number;
      readonly boot: number;
    },
    body: Uint8Array,
  ): Change {
    const hash = hashOfChange(body);
    const seal: Seal = this.#proofs.seal({ key, generation, changeHash: hash });
    return { author, mayCommand: true, boot, number, hash, body: body.toBase64(), seal };
  }

  /** Tells of a document, and waits until the node wants it. */
  async offer(key: string, generation: number, life: string, number: number): Promise<void> {
    const held = { key, generation, versions: { [life]: number }, quietMs: 0 };
    await this.state({ kind: "documentsHeld", documents: [held], isReminder: false });
    const isMeant = (wanted: { key: string; generation: number }) =>
      wanted.key === key && wanted.generation === generation;
    await until(
      `${key} wanted`,
      () => this.#heard,
      (heard) =>
        heard.some((message) =>
          message.kind === "documentsWanted" && message.documents.some(isMeant)
        ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer.close();
  }

  async #listen(): Promise<void> {
    try {
      for await (const stream of this.peer.connection.incomingUnidirectionalStreams) {
        void this.#read(stream);
      }
    } catch {
      // The connection is over, which `closed` tells.
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const pieces = new PieceReader();
    const frames = new FrameReader();
    let isFirst = true;
    try {
      for await (const chunk of stream) {
        const rest = isFirst ? chunk.subarray(1) : chunk;
        isFirst = false;
        pieces.push(rest, (_, bytes) => frames.push(bytes, (frame) => this.#hear(frame)));
      }
    } catch {
      // The connection is over, which `closed` tells.
    }
  }

  #hear(frame: Uint8Array): void {
    const proofs: Proofs = this.#proofs;
    try {
      const message = decodePeerMessage(frame, "", { proofs } as unknown as Originals);
      if (message?.kind === "state") this.#heard.push(message.message);
    } catch (error) {
      // What the node says of other things is nothing to whoever attacks its documents.
      if (!(error instanceof WireError) && !(error instanceof TypeError)) throw error;
    }
  }
}

/** Who is at the port. */
async function learn(attacker: Attacker, port: number): Promise<Member> {
  const peer = await attacker.dial(port);
  const client = attacker.client();
  await tell(peer, client.hello());
  const step = client.handle(performance.now(), await soon(peer.hear(), "an answer"));
  await peer.close();
  if (step.kind === "learnt") return step.member;
  throw new Error(`Cannot learn who is at port ${port}: ${step.kind}`);
}
