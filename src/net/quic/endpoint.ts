import { OperatingError } from "../../core/kernel/operating_error.ts";

/** The one UDP socket of a node, for dialling and for listening. */
export function openEndpoint(hostname: string | undefined, port: number): Deno.QuicEndpoint {
  if (hostname !== undefined) return open(hostname, port);
  try {
    return new Deno.QuicEndpoint({ hostname: "::", port });
  } catch (error) {
    // A taken port is taken for IPv4 too. Anything else may be a kernel without IPv6.
    if (error instanceof Deno.errors.AddrInUse) throw explain(error, "::", port);
    return open("0.0.0.0", port);
  }
}

function open(hostname: string, port: number): Deno.QuicEndpoint {
  try {
    return new Deno.QuicEndpoint({ hostname, port });
  } catch (error) {
    throw explain(error, hostname, port);
  }
}

function explain(error: unknown, hostname: string, port: number): OperatingError {
  const state = error instanceof Deno.errors.AddrInUse
    ? "another program has it"
    : error instanceof Deno.errors.PermissionDenied
    ? "this user may not use it"
    : error instanceof Error
    ? error.message
    : String(error);
  return new OperatingError(`Cannot listen on UDP port ${port} of ${hostname}: ${state}`, {
    code: "port-unavailable",
    hint: "choose another with --port",
    cause: error,
  });
}
