import type { Millis } from "../../core/kernel/time.ts";

const SMALLEST_BYTES = 16 << 10;
const LARGEST_BYTES = 4 << 20;
const FIRST_BYTES = 64 << 10;

/** How much more than the path holds may be on its way, so that the path never runs dry. */
const GAIN = 1.5;

/** How much larger a round may make the room for what is held up, in what the path holds. */
const EXTRA_STEP = 0.5;

/** How much smaller a queue makes it. */
const EXTRA_DIVISOR = 2;

/** In a link that is full, only so many rounds count for its bandwidth. */
const FULL_ROUNDS = 2;

/** At first the window becomes this much larger in a round, until a queue is met */
const START_GAIN = 2;

/** or until this many rounds have gone by without the bandwidth growing by the share. */
const START_ROUNDS = 3;
const START_GROWTH = 1.25;

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
 * Each write is a measurement of how long until it was acknowledged, and each round of how much was
 * acknowledged in it. A round is over when all that was on its way at its start is acknowledged.
 *
 * A packet that is lost holds up what came after it on its stream until it is sent again, so on a
 * path with losses a write is acknowledged long after the path took it, with no queue to blame.
 * Small messages that go ahead of all bulk measure the path itself. As long as they meet no queue,
 * room is added for what is held up, since it is in nobody's way; where they do, it is taken back.
 */
export class BulkWindow {
  #windowBytes = FIRST_BYTES;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #marks: Mark[] = [];
  #roundEndBytes = 0;
  /** In bytes a millisecond, one of each of the last rounds; the current one is the last. */
  #bandwidths = [0];
  #roundTripMs: Millis = Infinity;
  #roundTripAt: Millis = -Infinity;
  /** Room for what losses hold up. */
  #extraBytes = 0;
  /** Rounds left in which the bandwidth may stay as it is before the start is over. */
  #startRounds = START_ROUNDS;
  #startBandwidth = 0;
  /** Begins with a write, so that no time counts in which there was nothing to send. */
  #round: Round | undefined;
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

  /** Whether what is on its way fills it, more or less. */
  get isBusy(): boolean {
    return this.#onTheirWay >= this.bytes * BUSY_SHARE;
  }

  /** Whether the path is so short that what a stream may have on its way never holds it back. */
  get isShort(): boolean {
    return this.#roundTripMs < SLACK_MS;
  }

  sent(now: Millis, bytes: number): void {
    this.#sentBytes += bytes;
    this.#round ??= new Round(now, this.#acknowledgedBytes);
    // Of writes with no acknowledgement between them the first tells the round trip, before they
    // stand in each other's way, and the last how long they do. When there are many, new ones give
    // way: the old ones are about to be acknowledged, and without them no round would ever end.
    const isFollowed = this.#marks.at(-2)?.acknowledgedBytes === this.#acknowledgedBytes;
    if (isFollowed || this.#marks.length === LONGEST_MARKS) this.#marks.pop();
    const [sentBytes, acknowledgedBytes] = [this.#sentBytes, this.#acknowledgedBytes];
    this.#marks.push({ sentAt: now, sentBytes, acknowledgedBytes });
  }

  /** Takes the total that the other side read. It can neither shrink nor pass what was sent. */
  acknowledged(now: Millis, totalBytes: number): void {
    const wasBusy = this.isBusy;
    const known = Math.min(totalBytes, this.#sentBytes);
    this.#acknowledgedBytes = Math.max(this.#acknowledgedBytes, known);
    const mark = this.#takeMark();
    if (mark === undefined) return;
    const elapsedMs = Math.max(now - mark.sentAt, 0.01);
    this.#round?.writeTook(elapsedMs);
    this.#noteRoundTrip(now, elapsedMs);
    if (this.#acknowledgedBytes >= this.#roundEndBytes) this.#endRound(now, wasBusy);
    const windowBytes = GAIN * this.#pathBytes + this.#extraBytes;
    this.#windowBytes = Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, windowBytes));
  }

  /** Takes how long something small took there and back that went ahead of all bulk. */
  measured(now: Millis, elapsedMs: Millis): void {
    this.#round?.pathTook(elapsedMs);
    this.#noteRoundTrip(now, Math.max(elapsedMs, 0.01));
  }

  get #onTheirWay(): number {
    return this.#sentBytes - this.#acknowledgedBytes;
  }

  get #pathBytes(): number {
    return Math.max(...this.#bandwidths) * (this.#roundTripMs + SLACK_MS);
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
    if (this.#round !== undefined) this.#learn(now, this.#round);
    this.#round = wasBusy ? new Round(now, this.#acknowledgedBytes) : undefined;
    if (this.#probeRounds > 0) this.#endProbeRound(now);
    else if (wasBusy) this.#startRound(now);
  }

  /**
   * The bandwidth of a whole round, because what losses held up arrives all at once, and then looks
   * like far more than the path takes.
   */
  #learn(now: Millis, round: Round): void {
    const current = this.#bandwidths.length - 1;
    const roundBytes = round.bytes(this.#acknowledgedBytes);
    // What was held up may come within a moment, but was on its way for a round trip at least.
    const bandwidth = roundBytes / Math.max(round.elapsedMs(now), this.#roundTripMs);
    this.#bandwidths[current] = Math.max(this.#bandwidths[current]!, bandwidth);
    const { pathMs, heldUpMs } = round;
    if (pathMs === undefined || heldUpMs === undefined) return;
    // The gain is meant to make a queue of this length, and no longer one.
    const queueMs = (GAIN - 1) * (this.#roundTripMs + SLACK_MS);
    if (pathMs - this.#roundTripMs > queueMs + SLACK_MS) {
      this.#startRounds = 0;
      this.#extraBytes /= EXTRA_DIVISOR;
      // The link was full, so what it took lately is what it takes.
      this.#bandwidths = this.#bandwidths.slice(-FULL_ROUNDS);
      return;
    }
    const wanted = Math.max(...this.#bandwidths) * Math.max(0, heldUpMs - queueMs);
    const step = EXTRA_STEP * this.#pathBytes;
    const before = this.#extraBytes;
    this.#extraBytes = Math.min(wanted, before + step);
    if (this.#startRounds === 0) return;
    this.#noteGrowth(bandwidth);
    const startBytes = START_GAIN * roundBytes - GAIN * this.#pathBytes;
    this.#extraBytes = Math.max(before, this.#extraBytes, startBytes);
  }

  /** Counts the rounds in which the bandwidth did not grow: the start is over after some. */
  #noteGrowth(bandwidth: number): void {
    if (bandwidth >= START_GROWTH * this.#startBandwidth) {
      this.#startBandwidth = bandwidth;
      this.#startRounds = START_ROUNDS;
    } else this.#startRounds--;
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

/** What one round tells of the path. */
class Round {
  readonly #startedAt: Millis;
  readonly #startBytes: number;
  #writesMs: Millis = 0;
  #writes = 0;
  #pathMs: Millis = Infinity;

  constructor(startedAt: Millis, acknowledgedBytes: number) {
    this.#startedAt = startedAt;
    this.#startBytes = acknowledgedBytes;
  }

  writeTook(elapsedMs: Millis): void {
    this.#writesMs += elapsedMs;
    this.#writes++;
  }

  /** The quickest counts, since what measures the path may be lost and sent again too. */
  pathTook(elapsedMs: Millis): void {
    this.#pathMs = Math.min(this.#pathMs, elapsedMs);
  }

  bytes(acknowledgedBytes: number): number {
    return acknowledgedBytes - this.#startBytes;
  }

  elapsedMs(now: Millis): Millis {
    return now - this.#startedAt;
  }

  /** Undefined when nothing measured it. */
  get pathMs(): Millis | undefined {
    return this.#pathMs === Infinity ? undefined : this.#pathMs;
  }

  /** How much longer than the path writes took on average; undefined when none was measured. */
  get heldUpMs(): Millis | undefined {
    if (this.#pathMs === Infinity || this.#writes === 0) return undefined;
    return Math.max(0, this.#writesMs / this.#writes - this.#pathMs);
  }
}
