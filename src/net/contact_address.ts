import type { Address } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { listInterfaces } from "./interfaces.ts";
import { familyOf, isLoopback, printSocketAddress } from "./socket_address.ts";

/** A host in brackets, a bare IPv6 address, or anything without a colon; then perhaps a port. */
const CONTACT = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]*:[^[\]]*:[^[\]]*)|([^:[\]]+))(?::(\d+))?$/;

/**
 * Reads `HOST` or `HOST:PORT` and looks a name up, once. An IPv6 address stands in brackets where a
 * port follows, and names its link where it is good on one only: `[fe80::1%eth0]:11205`.
 */
export async function resolveContact(text: string, defaultPort: number): Promise<Address> {
  const [, bracketed, bare, name, digits] = CONTACT.exec(text) ?? [];
  const host = bracketed ?? bare ?? name;
  const port = Number(digits ?? defaultPort);
  const isNumber = host !== undefined && familyOf(host) !== undefined;
  if (host === undefined || (!isNumber && host !== name) || port < 1 || port > 65_535) {
    throw malformed(`Cannot use ${JSON.stringify(text)} as a peer: it is not HOST:PORT`, {
      code: "usage",
      hint: "write it like 10.0.0.7, relay.example:11205 or [fe80::1%eth0]:11205",
    });
  }
  return printSocketAddress({ hostname: isNumber ? host : await lookUp(host), port });
}

/** By IPv4 where the host and this machine both have it, since most networks carry that. */
async function lookUp(host: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(host, { all: true });
    const hasIpv4 = listInterfaces().some(({ family, address }) =>
      family === "IPv4" && !isLoopback(address)
    );
    const preferred = found.find(({ family }) => (family === 4) === hasIpv4) ?? found[0];
    if (preferred === undefined) throw new Error("it has no address");
    return preferred.address;
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw new OperatingError(`Cannot find peer ${host}: ${state}`, {
      code: "peer-not-found",
      hint: "give its address instead",
      cause: error,
    });
  }
}
