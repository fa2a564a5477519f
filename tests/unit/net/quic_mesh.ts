import type { HandshakeMachine } from "../../../src/net/authenticator.ts";
import type { QuicLimits } from "../../../src/net/quic/limits.ts";
import { QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import { CLIENT_TLS, SERVER_TLS } from "../../../scripts/bench/transport/certificate.ts";
import { nameAuthenticator } from "../../../scripts/bench/transport/name_authenticator.ts";
import { EventLog } from "./event_log.ts";
import type { Member, Mesh, MeshKind } from "./mesh.ts";
import { UdpRelay } from "./udp_relay.ts";

/** Short, so that losses are noticed while a test waits. */
export const TIMING = { maxIdleMs: 1_500, keepAliveMs: 300 };

export interface QuicMember extends Member {
  readonly transport: QuicTransport;
  readonly port: number;
  readonly relay: UdpRelay;
}

export interface QuicMemberOptions {
  readonly limits?: Partial<QuicLimits>;
  readonly server?: () => HandshakeMachine;
  readonly serverName?: string;
  readonly port?: number;
  readonly timing?: typeof TIMING;
}

/** Nodes over QUIC on loopback, each behind a relay that the others dial. */
export class QuicMesh implements Mesh {
  readonly #members = new Set<QuicMember>();

  async start(nodeId: string, options: QuicMemberOptions = {}): Promise<QuicMember> {
    const log = new EventLog();
    const authenticator = nameAuthenticator(nodeId);
    const transport = new QuicTransport({
      nodeId,
      serverTls: SERVER_TLS,
      clientTls: () => ({
        ...CLIENT_TLS,
        ...(options.serverName && { serverName: options.serverName }),
      }),
      authenticator: options.server === undefined
        ? authenticator
        : { ...authenticator, server: options.server },
      onEvent: log.receive,
      port: options.port ?? 0,
      hostname: "127.0.0.1",
      timing: options.timing ?? TIMING,
      limits: { dialMs: 1_000, probeMs: 500, preferOwnDialMs: 2_000, ...options.limits },
    });
    const port = Number((await transport.start()).split(":")[1]);
    const relay = new UdpRelay(port);
    const member = { nodeId, address: `127.0.0.1:${relay.port}`, transport, log, port, relay };
    this.#members.add(member);
    return member;
  }

  partition(): void {
    for (const { relay } of this.#members) relay.isPaused = true;
  }

  heal(): void {
    for (const { relay } of this.#members) relay.isPaused = false;
  }

  async kill(member: QuicMember): Promise<void> {
    this.#members.delete(member);
    for (const { relay } of this.#members) relay.block(member.port);
    await member.relay.close();
    await member.transport.stop();
  }

  async close(): Promise<void> {
    for (const { transport, relay } of this.#members) {
      await transport.stop();
      await relay.close();
    }
  }
}

export const quicMeshes: MeshKind = {
  name: "quic",
  nobody: "127.0.0.1:9",
  open: () => new QuicMesh(),
};
