import type { QuicTransportOptions } from "../../../src/net/quic/quic_transport.ts";
import { CLIENT_TLS, SERVER_TLS } from "./certificate.ts";
import { nameAuthenticator } from "./name_authenticator.ts";

export const LOOPBACK = "127.0.0.1";

/** A node of the bench, but for what it does with events. */
export function benchOptions(nodeId: string): Omit<QuicTransportOptions, "onEvent"> {
  return {
    nodeId,
    serverTls: SERVER_TLS,
    clientTls: () => CLIENT_TLS,
    authenticator: nameAuthenticator(nodeId),
    port: 0,
    hostname: LOOPBACK,
  };
}
