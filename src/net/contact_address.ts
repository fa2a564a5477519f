import type { Address } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Reads `HOST` or `HOST:PORT` and looks a name up, once. */
export async function resolveContact(text: string, defaultPort: number): Promise<Address> {
  const [host = "", port = String(defaultPort), ...rest] = text.split(":");
  const isPort = /^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (host === "" || rest.length > 0 || !isPort) {
    throw malformed(`Cannot use ${JSON.stringify(text)} as a peer: it is not HOST:PORT`, {
      code: "usage",
      hint: "write it like 10.0.0.7 or relay.example:11205",
    });
  }
  return `${IPV4.test(host) ? host : await lookUp(host)}:${port}`;
}

async function lookUp(host: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw new OperatingError(`Cannot find peer ${host}: ${state}`, {
      code: "peer-not-found",
      hint: "give its IPv4 address instead",
      cause: error,
    });
  }
}
