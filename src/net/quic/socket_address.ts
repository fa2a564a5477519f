import type { Address } from "../../core/kernel/ids.ts";

export interface SocketAddress {
  readonly hostname: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d{1,5})$/;

/**
 * Reads `192.0.2.1:11204` or `[2001:db8::1]:11204`; undefined for anything else. Names are not
 * taken, because the runtime would look them up while everything else stands still.
 */
export function parseSocketAddress(text: Address): SocketAddress | undefined {
  const match = ADDRESS.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (hostname === undefined || port < 1 || port > 65_535) return undefined;
  return { hostname, port };
}

export function printSocketAddress({ hostname, port }: SocketAddress): Address {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
