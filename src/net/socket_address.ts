import type { Address } from "../core/kernel/ids.ts";

export type Family = "IPv4" | "IPv6";

/** A host by its number and a port there. */
export interface SocketAddress {
  /** An IPv6 address that is good on one link only ends in that link's name: `fe80::1%eth0`. */
  readonly hostname: string;
  readonly port: number;
}

/** What the kernel takes as the name of an interface, or its number. */
const SCOPE = String.raw`%[^\s/:%\[\]]{1,15}`;
const IPV6 = String.raw`[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*(?:${SCOPE})?`;
const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;

const ADDRESS = new RegExp(String.raw`^(?:\[(${IPV6})\]|(${IPV4})):(\d{1,5})$`);
const HOST = new RegExp(String.raw`^(?:(${IPV6})|(${IPV4}))$`);

/**
 * Reads `192.0.2.1:11204`, `[2001:db8::1]:11204` or `[fe80::1%eth0]:11204`; undefined for anything
 * else. Names are not taken, because the runtime would look them up while everything else stands
 * still.
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

/** The same host at another port; undefined when the address is none. */
export function withPort(address: Address, port: number): Address | undefined {
  const parsed = parseSocketAddress(address);
  return parsed && printSocketAddress({ ...parsed, port });
}

/** Which kind of number a host is written with; undefined when it is a name. */
export function familyOf(hostname: string): Family | undefined {
  const match = HOST.exec(hostname);
  if (match === null) return undefined;
  return match[1] === undefined ? "IPv4" : "IPv6";
}

/** The link that the address is good on, where it says so. */
export function scopeOf(hostname: string): string | undefined {
  const percent = hostname.indexOf("%");
  return percent < 0 ? undefined : hostname.slice(percent + 1);
}

export function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "::1";
}

/** Whether the address means nothing without the name of a link. */
export function isLinkLocal(hostname: string): boolean {
  return /^fe[89ab]/i.test(hostname) && hostname.includes(":");
}

/** The eight groups of an IPv6 address in any of its forms without a dotted part. */
export function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16));
}
