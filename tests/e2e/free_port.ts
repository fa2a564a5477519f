/**
 * Ports of this run, so that two tests, or two runs on one machine, never hear each other. They end
 * below those that kernels hand out to whoever asks for any.
 */
const LOWEST = 20_000;
const COUNT = 12_000;

let next = Math.floor(Math.random() * COUNT);

/** A UDP port that nobody on this machine listens at, and that no other test of this run was given. */
export function freePort(): number {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = LOWEST + next++ % COUNT;
    if (isFree(port)) return port;
  }
  throw new Error("Cannot find a port for a test: all are taken");
}

/** Nodes share the port of their group with each other, but not with who wants it alone. */
function isFree(port: number): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
