import type { Socket } from "node:dgram";
import { OperatingError } from "../core/kernel/operating_error.ts";
import type { Family } from "./socket_address.ts";

/** `reuseAddr` lets it have a port that others on this machine have as well. */
export async function createUdpSocket(family: Family, reuseAddr = false): Promise<Socket> {
  const { createSocket } = await import("node:dgram");
  return family === "IPv4"
    ? createSocket({ type: "udp4", reuseAddr })
    : createSocket({ type: "udp6", ipv6Only: true, reuseAddr });
}

export async function bind(socket: Socket, address: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address, port }, () => {
        socket.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    await closeSocket(socket);
    throw explainUnavailable(error, address, port);
  }
}

/**
 * Closes a socket, also one that is closed already. The runtime does not always tell that a socket
 * is closed, least of all one that was never bound, so this waits for a turn and not for the news.
 */
export async function closeSocket(socket: Socket): Promise<void> {
  try {
    socket.close();
  } catch {
    return; // It was closed before.
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Says in words why a port cannot be had. */
export function explainUnavailable(error: unknown, address: string, port: number): OperatingError {
  const code = (error as { code?: string }).code;
  const state = code === "EADDRINUSE" || error instanceof Deno.errors.AddrInUse
    ? "another program has it to itself"
    : code === "EACCES" || error instanceof Deno.errors.PermissionDenied
    ? "this user may not use it"
    : error instanceof Error
    ? error.message
    : String(error);
  return new OperatingError(`Cannot listen on UDP port ${port} of ${address}: ${state}`, {
    code: "port-unavailable",
    hint: "choose another with --beacon-port",
    cause: error,
  });
}
