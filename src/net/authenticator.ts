import type { NodeId } from "../core/kernel/ids.ts";
import type { CloseCode } from "./close_code.ts";

/**
 * Makes the two sides of the handshake that opens every connection. The transport carries its
 * bytes and bounds its time; who is let in is decided behind this interface alone.
 */
export interface Authenticator {
  /** For the side that dials, with the node that it means to reach. */
  client(expected: NodeId): HandshakeMachine;
  /** For the side that was dialled, by it does not know whom. */
  server(): HandshakeMachine;
}

/** One side of one handshake. It owns no socket and no timer, and never throws on what arrives. */
export interface HandshakeMachine {
  /** What to send before anything was heard. */
  start(): readonly Uint8Array[];
  receive(bytes: Uint8Array): HandshakeStep;
}

export interface HandshakeStep {
  readonly send: readonly Uint8Array[];
  /** This side has proof of the other. What is in `send` still goes out. */
  readonly done?: Proof;
  /**
   * There will be none. The other side learns the code, and what is in `send`; the reason is for this
   * side alone.
   */
  readonly refused?: { readonly code: CloseCode; readonly reason: string };
}

/** Who the other side was proven to be. What else a handshake learnt may be in it besides. */
export interface Proof {
  readonly nodeId: NodeId;
}
