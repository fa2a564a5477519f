import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { PriorityClass } from "../core/priority.ts";
import type { Proof } from "./authenticator.ts";
import type { CloseCode } from "./close_code.ts";

/**
 * Messages and requests between nodes that proved who they are. Within one class messages arrive
 * in the order in which they were sent, each once, until the connection is lost; what was on its
 * way then is lost too, and whoever needs more than that keeps custody and asks for receipts.
 *
 * Whatever happens is told by an event, never from within the call that caused it.
 */
export interface Transport {
  /** Listens, and answers where. Throws an `OperatingError` when the port cannot be had. */
  start(): Promise<Address>;
  /** Closes every connection at once. Resolves when nothing is left of them, and tells no more. */
  stop(): Promise<void>;
  /**
   * Makes for a connection. It ends in one `connected` or `connectFailed`; a call for a peer that
   * is connected, or is being dialled, adds nothing.
   */
  connect(peer: NodeId, address: Address): void;
  /** Closes the connection at once, together with what is queued on it, or calls off the dial. */
  disconnect(peer: NodeId, reason: string): void;
  /**
   * Queues a message, and keeps the bytes: do not write to them any more. Answers whether there
   * was room. When there was not, `writable` says later that there is again.
   */
  send(peer: NodeId, priorityClass: PriorityClass, bytes: Uint8Array): boolean;
  /** Asks and waits for the reply. Rejects with a `RequestError` and nothing else. */
  request(peer: NodeId, bytes: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  connections(): ConnectionStatus[];
  readonly counts: Readonly<TransportCounts>;
}

export interface RequestOptions {
  /** How long the reply may take to arrive. */
  readonly deadlineMs: Millis;
}

export type TransportEvent =
  | {
    readonly kind: "connected";
    readonly peer: NodeId;
    readonly address: Address;
    /** What the handshake ended with. */
    readonly proof: Proof;
  }
  | {
    readonly kind: "connectFailed";
    readonly peer: NodeId;
    readonly address: Address;
    readonly code: CloseCode;
    readonly reason: string;
  }
  | {
    readonly kind: "disconnected";
    readonly peer: NodeId;
    readonly code: CloseCode;
    readonly reason: string;
  }
  | MessageReceived
  | RequestReceived
  /** There is room again in a queue that refused a message. */
  | { readonly kind: "writable"; readonly peer: NodeId; readonly priorityClass: PriorityClass }
  /** Somebody came in and was turned away before anything of theirs was heard. */
  | {
    readonly kind: "refused";
    readonly address: Address;
    readonly code: CloseCode;
    readonly reason: string;
  }
  /** Two running nodes use one id. The id may be our own. */
  | { readonly kind: "duplicateNode"; readonly nodeId: NodeId; readonly address: Address };

export interface MessageReceived {
  readonly kind: "message";
  readonly peer: NodeId;
  readonly priorityClass: PriorityClass;
  /** A view into a larger piece of memory: whoever keeps a few bytes for long copies them. */
  readonly bytes: Uint8Array;
}

export interface RequestReceived {
  readonly kind: "request";
  readonly peer: NodeId;
  readonly bytes: Uint8Array;
  /** Replies once. Answers false when it is too late: asked twice, out of time or disconnected. */
  readonly reply: (bytes: Uint8Array) => boolean;
}

export interface ConnectionStatus {
  readonly peer: NodeId;
  readonly state: "dialling" | "connected";
  readonly address: Address;
  /** On this process's monotonic clock; absent until it is connected. */
  readonly connectedAt?: Millis;
  /**
   * What the streams of messages carried, with the headers of streams and frames. Requests, the
   * handshake and all that QUIC and UDP add are not in it, since the runtime does not tell of them.
   */
  readonly bytesIn: ClassCounts;
  readonly bytesOut: ClassCounts;
  /** What waits in the queues of this side. */
  readonly bytesQueued: ClassCounts;
}

export type ClassCounts = Record<PriorityClass, number>;

export interface TransportCounts {
  connected: number;
  connectFailed: number;
  disconnected: number;
  /** Messages that found their queue full. */
  messagesRefused: number;
  /** Requests that could not be taken apart or had no reply in time. */
  requestsDropped: number;
  duplicateNodes: number;
  /** Those that came in and were turned away, by the reason. */
  readonly refused: Partial<Record<CloseCode, number>>;
  /** Connections that this side ended because of what came over them, by the reason. */
  readonly offences: Partial<Record<CloseCode, number>>;
}

export type RequestErrorCode =
  | "notConnected"
  /** As many requests as there may be are waiting for their replies. */
  | "busy"
  | "deadline"
  | "disconnected"
  /** The other side closed the request without a reply. */
  | "noReply";

export class RequestError extends Error {
  override readonly name = "RequestError";

  constructor(readonly code: RequestErrorCode, peer: NodeId) {
    super(`Cannot get a reply from ${peer}: ${REQUEST_STATES[code]}`);
  }
}

const REQUEST_STATES: Readonly<Record<RequestErrorCode, string>> = {
  notConnected: "it is not connected",
  busy: "too many requests wait for it",
  deadline: "it did not reply in time",
  disconnected: "the connection was lost",
  noReply: "it closed the request without one",
};

export function noClassCounts(): ClassCounts {
  return { critical: 0, high: 0, normal: 0, low: 0 };
}

export function noTransportCounts(): TransportCounts {
  return {
    connected: 0,
    connectFailed: 0,
    disconnected: 0,
    messagesRefused: 0,
    requestsDropped: 0,
    duplicateNodes: 0,
    refused: {},
    offences: {},
  };
}
