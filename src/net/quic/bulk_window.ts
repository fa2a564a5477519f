import type { Millis } from "../../core/kernel/time.ts";

const SMALLEST_BYTES = 16 << 10;
const LARGEST_BYTES = 4 << 20;
const FIRST_BYTES = 64 << 10;

/** How much more than the path holds may be on its way, so that the path never runs dry. */
const GAIN = 1.5;

/** Added to the round trip. On a fast path the two processes' own delays are longer than it. */
const SLACK_MS: Millis = 5;

/** Bandwidth is the best of this many rounds, */
const BANDWIDTH_ROUNDS = 8;

/** and the round trip is the best since this long ago. */
const ROUND_TRIP_LASTS_MS: Millis = 10_000;

/** While the round trip is measured anew, the window is this much smaller to drain the queue. */
const PROBE_DIVISOR = 4;

interface Round {
  readonly startedAt: Millis;
  readonly startAcknowledged: number;
  /** The round ends when this much was acknowledged. */
  readonly endSent: number;
}

/**
 * How many bulk bytes may be on their way unacknowledged: a little more than the path holds at its
 * measured bandwidth and round trip. What is on its way delays all that is sent after it, whatever
 * its priority, so a slow link gets a small window. It measures once a round, which starts when
 * bytes leave and ends when they were all acknowledged.
 */
export class BulkWindow {
  #windowBytes = FIRST_BYTES;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #round: Round | undefined;
  #bandwidths: number[] = [];
  #roundTripMs: Millis = Infinity;
  #roundTripAt: Millis = -Infinity;
  /** Rounds left to drain the queue and measure; the last of them counts. */
  #probeRounds = 0;

  get bytes(): number {
    return this.#probeRounds > 0
      ? Math.max(SMALLEST_BYTES, this.#windowBytes / PROBE_DIVISOR)
      : this.#windowBytes;
  }

  get availableBytes(): number {
    return Math.max(0, Math.floor(this.bytes) - (this.#sentBytes - this.#acknowledgedBytes));
  }

  sent(now: Millis, bytes: number): void {
    this.#sentBytes += bytes;
    this.#round ??= {
      startedAt: now,
      startAcknowledged: this.#acknowledgedBytes,
      endSent: this.#sentBytes,
    };
  }

  /** Takes the total that the other side read. It can neither shrink nor pass what was sent. */
  acknowledged(now: Millis, totalBytes: number): void {
    const known = Math.min(totalBytes, this.#sentBytes);
    this.#acknowledgedBytes = Math.max(this.#acknowledgedBytes, known);
    const round = this.#round;
    if (round === undefined || this.#acknowledgedBytes < round.endSent) return;
    this.#round = undefined;
    const elapsedMs = Math.max(now - round.startedAt, 0.01);
    this.#noteRoundTrip(now, elapsedMs);
    this.#noteBandwidth((this.#acknowledgedBytes - round.startAcknowledged) / elapsedMs);
    const pathBytes = Math.max(...this.#bandwidths) * (this.#roundTripMs + SLACK_MS);
    this.#windowBytes = Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, GAIN * pathBytes));
  }

  /** A path that became longer is noticed by forgetting, now and then, how short it was. */
  #noteRoundTrip(now: Millis, elapsedMs: Millis): void {
    if (this.#probeRounds > 0) {
      this.#probeRounds--;
      if (this.#probeRounds === 0) [this.#roundTripMs, this.#roundTripAt] = [elapsedMs, now];
    } else if (elapsedMs <= this.#roundTripMs) {
      [this.#roundTripMs, this.#roundTripAt] = [elapsedMs, now];
    } else if (now - this.#roundTripAt > ROUND_TRIP_LASTS_MS) {
      this.#probeRounds = 2;
    }
  }

  /** A round in which the window held nothing back says little, and lowers nothing. */
  #noteBandwidth(bytesPerMs: number): void {
    const isLimited = this.#probeRounds === 0 && this.availableBytes === 0;
    if (!isLimited && bytesPerMs < Math.max(0, ...this.#bandwidths)) return;
    this.#bandwidths.push(bytesPerMs);
    if (this.#bandwidths.length > BANDWIDTH_ROUNDS) this.#bandwidths.shift();
  }
}
