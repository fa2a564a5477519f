/** What a connection's end says. */
import type { CloseCode } from "../close_code.ts";
export interface Closing {
  readonly code: CloseCode;
  readonly reason: string;
}

/** The numbers on the wire. Add at the end, never in between. */
const WIRE_CODES: readonly CloseCode[] = [
  "stopped",
  "disconnected",
  "notAuthenticated",
  "wrongPeer",
  "handshakeTimedOut",
  "tooManyHandshakes",
  "tooManyConnections",
  "superseded",
  "replaced",
  "duplicateNode",
  "self",
  "earlyStream",
  "tooManyStreams",
  "badFrame",
  "oversizeFrame",
  "cutOff",
  "lost",
  "notPermitted",
];

/** Whoever is refused is not told what to do better. */
const SILENT_CODES: readonly CloseCode[] = ["notAuthenticated", "notPermitted"];

/** What a close frame carries of a reason; it must fit into one packet. */
const REASON_CHARACTERS = 200;

export function toCloseInfo({ code, reason }: Closing): Deno.QuicCloseInfo {
  // Zero is what a process that dies says, so no code is zero.
  const closeCode = WIRE_CODES.indexOf(code) + 1;
  return { closeCode, reason: SILENT_CODES.includes(code) ? "" : shorten(reason) };
}

export function fromCloseInfo({ closeCode, reason }: Deno.QuicCloseInfo): Closing {
  const code = WIRE_CODES[closeCode - 1];
  if (code === undefined) return { code: "lost", reason: `closed with the code ${closeCode}` };
  return { code, reason: shorten(reason) };
}

/** The runtime tells these apart by the text of the error alone. */
export function fromDialError(error: unknown): Closing {
  const reason = error instanceof Error ? error.message : String(error);
  const code = /certificate/i.test(reason)
    ? "untrusted"
    : /support any known protocol/i.test(reason)
    ? "incompatible"
    : /remote address|resolve/i.test(reason)
    ? "badAddress"
    : "unreachable";
  return { code, reason };
}

function shorten(reason: string): string {
  return reason.slice(0, REASON_CHARACTERS);
}
