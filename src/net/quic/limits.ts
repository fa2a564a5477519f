import { type Millis, SECOND } from "../../core/kernel/time.ts";

/** The bounds of a QUIC transport. Each has its own close code or count when it is reached. */
export interface QuicLimits {
  readonly connections: number;
  /** Handshakes of those who came in; one more evicts the oldest of the busiest address. */
  readonly handshakes: number;
  readonly handshakeMs: Millis;
  /** All that a side may say before it is authenticated. */
  readonly handshakeBytes: number;
  readonly dialMs: Millis;
  readonly frameBytes: number;
  /** What waits to be sent, for each peer and class. */
  readonly queueBytes: number;
  /** Requests that wait for their replies, for each peer. */
  readonly requests: number;
  /** How long the other side's request may take to arrive and be replied to. */
  readonly replyMs: Millis;
  /** How long a connection that may be dead has to answer when another one wants its place. */
  readonly probeMs: Millis;
  /** How long the lower node id waits for its own dial when the other's has come in. */
  readonly preferOwnDialMs: Millis;
}

export const QUIC_LIMITS: QuicLimits = {
  connections: 256,
  handshakes: 64,
  handshakeMs: 5 * SECOND,
  handshakeBytes: 64 << 10,
  dialMs: 5 * SECOND,
  frameBytes: 1 << 20,
  queueBytes: 4 << 20,
  requests: 64,
  replyMs: 30 * SECOND,
  probeMs: 2 * SECOND,
  preferOwnDialMs: 1 * SECOND,
};
