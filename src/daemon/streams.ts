import { OperatingError } from "../core/kernel/operating_error.ts";
import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import type { PriorityClass } from "../core/priority.ts";
import type { ProfileName } from "../core/profile.ts";
import type { CloseCode } from "../net/close_code.ts";
import { DEFAULT_PORT, QUIC_TIMING, QuicTransport } from "../net/quic/quic_transport.ts";
import { parseSocketAddress, withPort } from "../net/socket_address.ts";
import { type ConnectionStatus, type TransportEvent } from "../net/transport.ts";
import type { CertificateStore } from "../security/certificate_store.ts";
import type { Credentials } from "../security/credentials.ts";
import type { Originals } from "../wire/peer_message.ts";
import { FormationAuthenticator } from "./formation_authenticator.ts";
import type { Log } from "./log.ts";
import { type PeerMessageCounts, PeerMessages } from "./peer_messages.ts";
import { sumCounts } from "./sum_counts.ts";

/** How a dial ends that reaches somebody who is not the node that it was for. */
const DISTRUST: readonly CloseCode[] = ["untrusted", "wrongPeer"];

export interface StreamsOptions {
  readonly nodeId: NodeId;
  readonly credentials: Credentials;
  readonly originals: Originals;
  readonly certificates: () => CertificateStore | undefined;
  readonly profile: ProfileName;
  readonly port: number;
  /** Absent: every address of this machine. */
  readonly hostname: string | undefined;
  readonly now: () => number;
  readonly formationTimeMs: () => number;
  readonly onRevocation: (entry: Uint8Array) => void;
  readonly hand: (input: NodeInput) => void;
  readonly log: Log;
}

/** The node's connections: what the core wants of them, and what it is told of them. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #parts: Parts;
  readonly port: number;

  private constructor(options: StreamsOptions, parts: Parts, port: number) {
    this.#options = options;
    this.#parts = parts;
    this.port = port;
  }

  /** Opens the port; another one when nobody asked for this one and it is taken. */
  static async open(options: StreamsOptions): Promise<Streams> {
    try {
      return await Streams.#open(options);
    } catch (error) {
      if (!(error instanceof OperatingError) || options.port !== DEFAULT_PORT) throw error;
      options.log.warn("the port for streams is taken, using another", { port: options.port });
      return await Streams.#open({ ...options, port: 0 });
    }
  }

  static async #open(options: StreamsOptions): Promise<Streams> {
    const { nodeId, credentials, certificates, formationTimeMs } = options;
    const authenticator = new FormationAuthenticator(options);
    const distrusted: Record<string, number> = {};
    const messages = new PeerMessages(options.originals);
    const transport: QuicTransport = new QuicTransport({
      nodeId,
      serverTls: credentials.serverTls(formationTimeMs()),
      clientTls: (peer) =>
        credentials.clientTls(
          certificates()?.findNode(peer) ?? { nodeId: peer },
          formationTimeMs(),
        ),
      authenticator,
      onEvent: (event) => {
        if (event.kind === "connectFailed" && DISTRUST.includes(event.code)) {
          distrusted[event.code] = (distrusted[event.code] ?? 0) + 1;
        }
        if (event.kind !== "message") return tell(options, event);
        const { peer } = event;
        const take = (message: PeerMessage) => options.hand({ kind: "message", peer, message });
        if (messages.receive(peer, event.bytes, take)) return;
        options.log.warn("closed a connection on which something malformed came", { peer });
        transport.disconnect(peer, "it sent what is no message");
      },
      port: options.port,
      ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      timing: QUIC_TIMING[options.profile],
    });
    const address = await transport.start();
    const parts = { transport, authenticator, distrusted, messages };
    return new Streams(options, parts, parseSocketAddress(address)!.port);
  }

  /** Makes for the peer at the host that it was heard from. */
  connect(peer: NodeId, from: Address, port: number): void {
    // What is no address fails like any other that cannot be reached.
    const address = withPort(from, port) ?? from;
    this.#options.log.debug("dialling", { peer, address });
    this.#parts.transport.connect(peer, address);
  }

  disconnect(peer: NodeId): void {
    this.#parts.transport.disconnect(peer, "it is gone");
  }

  /** Shows the node's certificate of now to those who dial. */
  renewCertificate(): void {
    const { credentials, formationTimeMs } = this.#options;
    this.#parts.transport.renewTls(credentials.serverTls(formationTimeMs()));
  }

  send(peer: NodeId, priorityClass: PriorityClass, message: PeerMessage): void {
    const { transport, messages } = this.#parts;
    messages.send(message, (bytes) => transport.send(peer, priorityClass, bytes));
  }

  get messageCounts(): Readonly<PeerMessageCounts> {
    return this.#parts.messages.counts;
  }

  connections(): ConnectionStatus[] {
    return this.#parts.transport.connections();
  }

  /** Who was turned away, whichever side had dialled, and whose connection was ended, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    const { transport, authenticator, distrusted, messages } = this.#parts;
    // The reasons of the handshake say more than the two codes that it closes connections with.
    const { refused, offences } = transport.counts;
    const { notAuthenticated: _, notPermitted: __, ...others } = refused;
    return sumCounts(others, offences, authenticator.refused, distrusted, messages.rejected());
  }

  async close(): Promise<void> {
    await this.#parts.transport.stop();
  }
}

interface Parts {
  readonly transport: QuicTransport;
  readonly authenticator: FormationAuthenticator;
  readonly messages: PeerMessages;
  /** Dials that reached somebody else than they were for, by the code. */
  readonly distrusted: Readonly<Record<string, number>>;
}

function tell(
  { hand, log }: StreamsOptions,
  event: Exclude<TransportEvent, { kind: "message" }>,
): void {
  switch (event.kind) {
    case "connected":
      return hand({ kind: "connected", peer: event.peer });
    case "connectFailed":
      log.debug("cannot connect", { peer: event.peer, reason: event.reason });
      return hand({ kind: "connectFailed", peer: event.peer, reason: event.code });
    case "disconnected":
      return hand({ kind: "disconnected", peer: event.peer, reason: event.code });
    case "refused":
      return log.debug("refused a connection", { from: event.address, reason: event.reason });
    case "duplicateNode":
      return log.error("another node runs under an id that is taken", {
        nodeId: event.nodeId,
        address: event.address,
      });
    case "request":
      return log.debug("nothing here answers requests", { peer: event.peer });
    case "writable":
      return; // The core says again what found no room.
  }
}
