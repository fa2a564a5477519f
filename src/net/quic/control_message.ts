import { WireError } from "../../wire/wire_error.ts";

/** What the two ends of a connection tell each other on its first stream. */
export type ControlMessage =
  | { readonly kind: "handshake"; readonly bytes: Uint8Array }
  /** Follows the handshake. The instance is drawn anew whenever a node starts. */
  | { readonly kind: "hello"; readonly instance: string }
  /** The lower node id says that this connection is the one between the two. */
  | { readonly kind: "adopt" }
  /** Asks whether this connection is alive, */
  | { readonly kind: "ping" }
  /** and says that it is. */
  | { readonly kind: "pong" }
  /** How many bytes of the streams of bulk were read since they opened. */
  | { readonly kind: "bulkReceived"; readonly bytes: number }
  /** Asks for the number back at once, which shows how long the path is, */
  | { readonly kind: "echo"; readonly number: number }
  /** and gives it back. */
  | { readonly kind: "echoed"; readonly number: number };

const KINDS = [
  "handshake",
  "hello",
  "adopt",
  "ping",
  "pong",
  "bulkReceived",
  "echo",
  "echoed",
] as const;
const INSTANCE_BYTES = 8;
const COUNT_BYTES = 8;

export function encodeControl(message: ControlMessage): Uint8Array {
  const body = encodeBody(message);
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = KINDS.indexOf(message.kind);
  bytes.set(body, 1);
  return bytes;
}

export function decodeControl(bytes: Uint8Array): ControlMessage {
  const kind = KINDS[bytes[0] ?? KINDS.length];
  if (kind === undefined) {
    throw new WireError("unknownType", `Cannot read control message: its kind is ${bytes[0]}`);
  }
  const body = bytes.subarray(1);
  switch (kind) {
    case "handshake":
      return { kind, bytes: body };
    case "hello":
      expectLength(kind, body, INSTANCE_BYTES);
      return { kind, instance: body.toHex() };
    case "adopt":
    case "ping":
    case "pong":
      expectLength(kind, body, 0);
      return { kind };
    case "bulkReceived":
      expectLength(kind, body, COUNT_BYTES);
      return { kind, bytes: readCount(body) };
    case "echo":
    case "echoed":
      expectLength(kind, body, COUNT_BYTES);
      return { kind, number: readCount(body) };
  }
}

/** Names one run of one node, so that a node that restarted is told from one that dialled twice. */
export function drawInstance(): string {
  return crypto.getRandomValues(new Uint8Array(INSTANCE_BYTES)).toHex();
}

function encodeBody(message: ControlMessage): Uint8Array {
  switch (message.kind) {
    case "handshake":
      return message.bytes;
    case "hello":
      return Uint8Array.fromHex(message.instance);
    case "bulkReceived":
      return writeCount(message.bytes);
    case "echo":
    case "echoed":
      return writeCount(message.number);
    default:
      return new Uint8Array(0);
  }
}

function writeCount(count: number): Uint8Array {
  const body = new Uint8Array(COUNT_BYTES);
  new DataView(body.buffer).setBigUint64(0, BigInt(count));
  return body;
}

function readCount(body: Uint8Array): number {
  const count = new DataView(body.buffer, body.byteOffset).getBigUint64(0);
  if (count <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(count);
  throw new WireError("badValue", `Cannot read control message: it counts ${count}`);
}

function expectLength(kind: string, body: Uint8Array, length: number): void {
  if (body.length === length) return;
  throw new WireError(
    "badValue",
    `Cannot read control message: ${kind} has ${body.length} bytes, not ${length}`,
  );
}
