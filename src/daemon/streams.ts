import { OperatingError } from "../core/kernel/operating_error.ts";
import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { ProfileName } from "../core/profile.ts";
import { DEFAULT_PORT, QUIC_TIMING, QuicTransport } from "../net/quic/quic_transport.ts";
import type { ConnectionStatus, TransportEvent } from "../net/transport.ts";
import type { CertificateStore } from "../security/certificate_store.ts";
import type { Credentials } from "../security/credentials.ts";
import { FormationAuthenticator } from "./formation_authenticator.ts";
import type { Log } from "./log.ts";

export interface StreamsOptions {
  readonly nodeId: NodeId;
  readonly credentials: Credentials;
  readonly certificates: () => CertificateStore | undefined;
  readonly profile: ProfileName;
  readonly port: number;
  /** Absent: every address of this machine. */
  readonly hostname: string | undefined;
  readonly now: () => number;
  readonly formationTimeMs: () => number;
  readonly hand: (input: NodeInput) => void;
  readonly log: Log;
}

/** The node's connections: what the core wants of them, and what it is told of them. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #transport: QuicTransport;
  readonly port: number;

  private constructor(options: StreamsOptions, transport: QuicTransport, port: number) {
    this.#options = options;
    this.#transport = transport;
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
    const transport: QuicTransport = new QuicTransport({
      nodeId,
      serverTls: credentials.serverTls(formationTimeMs()),
      clientTls: (peer) =>
        credentials.clientTls(
          certificates()?.findNode(peer) ?? { nodeId: peer },
          formationTimeMs(),
        ),
      authenticator: new FormationAuthenticator(options),
      onEvent: (event) => tell(options, event),
      port: options.port,
      ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      timing: QUIC_TIMING[options.profile],
    });
    const address = await transport.start();
    return new Streams(options, transport, Number(address.slice(address.lastIndexOf(":") + 1)));
  }

  /** Makes for the peer at the host that it was heard from. */
  connect(peer: NodeId, from: Address, port: number): void {
    const host = from.slice(0, from.lastIndexOf(":"));
    this.#options.log.debug("dialling", { peer, address: `${host}:${port}` });
    this.#transport.connect(peer, `${host}:${port}`);
  }

  disconnect(peer: NodeId): void {
    this.#transport.disconnect(peer, "it is gone");
  }

  connections(): ConnectionStatus[] {
    return this.#transport.connections();
  }

  /** Who came in and was turned away, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#transport.counts.refused as Record<string, number>;
  }

  async close(): Promise<void> {
    await this.#transport.stop();
  }
}

function tell({ hand, log }: StreamsOptions, event: TransportEvent): void {
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
    case "message":
    case "request":
    case "writable":
      return; // Nothing in the core sends over connections yet.
  }
}
