import type { Transport } from "../../../src/net/transport.ts";
import type { EventLog } from "./event_log.ts";

/** A few transports that can reach each other, and the faults that may befall them. */
export interface Mesh {
  start(nodeId: string): Promise<Member>;
  /** Nobody hears anybody any more, */
  partition(): void;
  /** and everybody does again. */
  heal(): void;
  /** Ends a member that says nothing more. */
  kill(member: Member): Promise<void>;
  close(): Promise<void>;
}

export interface Member {
  readonly nodeId: string;
  /** Where the others dial it. */
  readonly address: string;
  readonly transport: Transport;
  readonly log: EventLog;
}

/** One implementation of the transport. */
export interface MeshKind {
  readonly name: string;
  /** An address that nobody has. */
  readonly nobody: string;
  open(): Mesh;
}

export async function connect(from: Member, to: Member): Promise<void> {
  from.transport.connect(to.nodeId, to.address);
  await from.log.next("connected");
  await to.log.next("connected");
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
