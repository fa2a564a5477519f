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
const ROUND_TRIP_LASTS_MS: Millis = 15_000;

/** While the round trip is measured anew, the window is this much smaller to drain the queue. */
const PROBE_DIVISOR = 2;
const PROBE_ROUNDS = 2;

/** A sender that fills less of its window than this has nothing more to send. */
const BUSY_SHARE = 0.75;

/** How many writes are timed at once, at most. */
const LONGEST_MARKS = 256;

/** A write that waits for its acknowledgement. */
interface Mark {
  readonly sentAt: Millis;
  /** All that was sent when it left, itself included, */
  readonly sentBytes: number;
  /** and all that was acknowledged then. */
  readonly acknowledgedBytes: number;
}

/**
 * How many bulk bytes may be on their way unacknowledged: a little more than the path holds at its
 * measured bandwidth and round trip. What is on its way delays all that is sent after it, whatever
 * its priority, so a slow link gets a small window.
 *
 * Each write is a measurement: how long until it was acknowledged, and how much else was
 * acknowledged meanwhile. A round is over when all that was on its way at its start is acknowledged.
 */
export class BulkWindow {
  #windowBytes = FIRST_BYTES;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #marks: Mark[] = [];
  #roundEndBytes = 0;
  /** In bytes a millisecond, the best of each of the last rounds; the current one is the last. */
  #bandwidths = [0];
  #roundTripMs: Millis = Infinity;
  #roundTripAt: Millis = -Infinity;
  /** Rounds left to drain the queue and to measure; only the last of them counts. */
  #probeRounds = 0;
  #probedMs: Millis = Infinity;

  get bytes(): number {
    return this.#probeRounds > 0
      ? Math.max(SMALLEST_BYTES, this.#windowBytes / PROBE_DIVISOR)
      : this.#windowBytes;
  }

  get availableBytes(): number {
    return Math.max(0, Math.floor(this.bytes) - this.#onTheirWay);
  }

  sent(now: Millis, bytes: number): void {
    this.#sentBytes += bytes;
    // Of writes with no acknowledgement between them the first tells the round trip, before they
    // stand in each other's way, and the last tells the bandwidth.
    if (this.#marks.at(-2)?.acknowledgedBytes === this.#acknowledgedBytes) this.#marks.pop();
    else if (this.#marks.length === LONGEST_MARKS) this.#marks.shift();
    const [sentBytes, acknowledgedBytes] = [this.#sentBytes, this.#acknowledgedBytes];
    this.#marks.push({ sentAt: now, sentBytes, acknowledgedBytes });
  }

  /** Takes the total that the other side read. It can neither shrink nor pass what was sent. */
  acknowledged(now: Millis, totalBytes: number): void {
    const wasBusy = this.#onTheirWay >= this.bytes * BUSY_SHARE;
    const known = Math.min(totalBytes, this.#sentBytes);
    this.#acknowledgedBytes = Math.max(this.#acknowledgedBytes, known);
    const mark = this.#takeMark();
    if (mark === undefined) return;
    const elapsedMs = Math.max(now - mark.sentAt, 0.01);
    const bandwidth = (this.#acknowledgedBytes - mark.acknowledgedBytes) / elapsedMs;
    const current = this.#bandwidths.length - 1;
    this.#bandwidths[current] = Math.max(this.#bandwidths[current]!, bandwidth);
    this.#noteRoundTrip(now, elapsedMs);
    if (this.#acknowledgedBytes >= this.#roundEndBytes) this.#endRound(now, wasBusy);
    const pathBytes = Math.max(...this.#bandwidths) * (this.#roundTripMs + SLACK_MS);
    this.#windowBytes = Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, GAIN * pathBytes));
  }

  get #onTheirWay(): number {
    return this.#sentBytes - this.#acknowledgedBytes;
  }

  /** The last write that was acknowledged; those before it say no more than it does. */
  #takeMark(): Mark | undefined {
    let count = 0;
    while (this.#acknowledgedBytes >= (this.#marks[count]?.sentBytes ?? Infinity)) count++;
    return this.#marks.splice(0, count).at(-1);
  }

  #noteRoundTrip(now: Millis, elapsedMs: Millis): void {
    if (this.#probeRounds > 0) this.#probedMs = Math.min(this.#probedMs, elapsedMs);
    if (elapsedMs > this.#roundTripMs) return;
    this.#roundTripMs = elapsedMs;
    this.#roundTripAt = now;
  }

  #endRound(now: Millis, wasBusy: boolean): void {
    this.#roundEndBytes = this.#sentBytes;
    if (this.#probeRounds > 0) this.#endProbeRound(now);
    else if (wasBusy) this.#startRound(now);
  }

  /** A round in which the window held nothing back goes on, since it says little. */
  #startRound(now: Millis): void {
    this.#bandwidths.push(0);
    if (this.#bandwidths.length > BANDWIDTH_ROUNDS) this.#bandwidths.shift();
    if (now - this.#roundTripAt > ROUND_TRIP_LASTS_MS) this.#probeRounds = PROBE_ROUNDS;
  }

  /** A path that became longer is noticed by forgetting, now and then, how short it was. */
  #endProbeRound(now: Millis): void {
    this.#probeRounds--;
    if (this.#probeRounds > 0) {
      this.#probedMs = Infinity;
      return;
    }
    this.#roundTripMs = this.#probedMs;
    this.#roundTripAt = now;
  }
}
