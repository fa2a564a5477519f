import { assert } from "../kernel/assert.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import { HOUR, type Millis, MINUTE, SECOND, type WallMillis } from "../kernel/time.ts";

/** How many members' clocks are kept. More would not make the middle one any better. */
export const REPORTER_LIMIT = 128;

/** A report counts for so long. Clocks drift, and a machine that slept does not know for how long. */
export const REPORT_LIFE_MS: Millis = 1 * HOUR;

/** How far ahead of everyone else's clock an authority's may have been when it signed something. */
export const AUTHORITY_SLACK_MS: Millis = 1 * HOUR;

/** Clocks that are further from the formation's time than this are worth a word. */
export const TELLING_ERROR_MS: Millis = 1 * MINUTE;

/** What was worked out is good for so long, unless somebody says something new. */
const ANSWER_LIFE_MS: Millis = 1 * SECOND;

/** A report that changes less than this changes nothing; packets take their time. */
const JITTER_MS: Millis = 250;

/** What a proven member's clock shows. */
export interface ClockReport {
  /** One device has one word, whatever it calls itself. */
  readonly deviceId: string;
  readonly wallMs: WallMillis;
  /** When its certificate ends, 0 if never. */
  readonly expiresAtMs: WallMillis;
}

export type FormationClockInput =
  | { readonly kind: "ownClock"; readonly wallMs: WallMillis }
  | ({ readonly kind: "report" } & ClockReport)
  /** The authority signed something at this time, so it is at least so late. */
  | { readonly kind: "proven"; readonly wallMs: WallMillis }
  /** The device was put out. */
  | { readonly kind: "revoked"; readonly deviceId: string };

/**
 * What the formation's time rests on: the node's own clock alone, the middle one of several
 * members' clocks, or no clock that can be right but only what the authority has signed.
 */
export type ClockBasis = "own" | "members" | "proven";

export interface FormationTime {
  readonly timeMs: WallMillis;
  readonly basis: ClockBasis;
  /** How many other members' clocks were asked. */
  readonly reporters: number;
  /** How many of them, and of this node's own, are further off than `TELLING_ERROR_MS`. */
  readonly wrong: number;
}

interface Report {
  /** What the clock shows ahead of this node's monotonic clock. */
  offsetMs: number;
  expiresAtMs: WallMillis;
  heardAt: Millis;
}

/**
 * What time it is in the formation, as nearly as its members' clocks tell. `SPEC.md` has the rules.
 * Every clock is kept as its distance from the monotonic one, which never jumps.
 */
export class FormationClock {
  /** In the order in which they were last heard. */
  readonly #reports = new BoundedMap<string, Report>(REPORTER_LIMIT, "evict-oldest");
  readonly #ownExpiresAtMs: WallMillis;
  #ownOffsetMs: number | undefined;
  /** What is proven, ageing with the monotonic clock. */
  #floorOffsetMs = -Infinity;
  #answer: Answer = NO_ANSWER;

  /** `expiresAtMs` is the end of this node's own certificate, 0 if there is none. */
  constructor({ expiresAtMs = 0 } = {}) {
    this.#ownExpiresAtMs = expiresAtMs;
  }

  handle(now: Millis, input: FormationClockInput): void {
    switch (input.kind) {
      case "ownClock":
        return this.#setOwn(input.wallMs - now);
      case "report":
        return this.#note(now, input);
      case "proven":
        return this.#prove(input.wallMs - now);
      case "revoked":
        if (this.#reports.delete(input.deviceId)) this.#answer = NO_ANSWER;
    }
  }

  /** The formation's time now. */
  read(now: Millis): FormationTime {
    assert(this.#ownOffsetMs !== undefined, "Cannot tell the formation's time: there is no clock");
    if (!(now - this.#answer.at < ANSWER_LIFE_MS)) this.#answer = this.#workOut(now);
    const { offsetMs, basis, reporters, wrong } = this.#answer;
    return { timeMs: Math.round(offsetMs + now), basis, reporters, wrong };
  }

  /** How many members' reports were given up for others at the bound. */
  get evicted(): number {
    return this.#reports.overflowed;
  }

  #setOwn(offsetMs: number): void {
    const isNews = this.#ownOffsetMs === undefined ||
      Math.abs(offsetMs - this.#ownOffsetMs) >= JITTER_MS;
    if (!isNews) return;
    this.#ownOffsetMs = offsetMs;
    this.#answer = NO_ANSWER;
  }

  #note(now: Millis, { deviceId, wallMs, expiresAtMs }: ClockReport): void {
    const offsetMs = wallMs - now;
    const known = this.#reports.get(deviceId);
    const isNews = known === undefined || known.expiresAtMs !== expiresAtMs ||
      Math.abs(known.offsetMs - offsetMs) >= JITTER_MS;
    if (isNews) {
      this.#reports.set(deviceId, { offsetMs, expiresAtMs, heardAt: now });
      this.#answer = NO_ANSWER;
    } else {
      known.heardAt = now;
    }
    this.#reports.touch(deviceId);
  }

  #prove(offsetMs: number): void {
    if (offsetMs <= this.#floorOffsetMs) return;
    this.#floorOffsetMs = offsetMs;
    this.#answer = NO_ANSWER;
  }

  #workOut(now: Millis): Answer {
    this.#forgetStale(now);
    const own = { offsetMs: this.#ownOffsetMs!, expiresAtMs: this.#ownExpiresAtMs };
    const others = [...this.#reports.values()];
    const telling = others.filter((report) => this.#canBeRight(now, report));
    const reporters = telling.length;
    const candidates = this.#canBeRight(now, own) ? [...telling, own] : telling;
    const middleMs = laterMiddle(candidates.map(({ offsetMs }) => offsetMs));
    const offsetMs = Math.max(middleMs ?? -Infinity, this.#floorOffsetMs);
    return {
      at: now,
      offsetMs,
      basis: middleMs === undefined ? "proven" : reporters === 0 ? "own" : "members",
      reporters,
      wrong: [...others, own].filter((its) => Math.abs(its.offsetMs - offsetMs) > TELLING_ERROR_MS)
        .length,
    };
  }

  /** A clock before what is proven is wrong; one after its owner's certificate makes it no member. */
  #canBeRight(now: Millis, { offsetMs, expiresAtMs }: Omit<Report, "heardAt">): boolean {
    return offsetMs >= this.#floorOffsetMs - AUTHORITY_SLACK_MS &&
      (expiresAtMs === 0 || offsetMs + now < expiresAtMs);
  }

  #forgetStale(now: Millis): void {
    for (const [deviceId, { heardAt }] of this.#reports) {
      if (now - heardAt < REPORT_LIFE_MS) return;
      this.#reports.delete(deviceId);
    }
  }
}

interface Answer extends Omit<FormationTime, "timeMs"> {
  readonly at: Millis;
  readonly offsetMs: number;
}

const NO_ANSWER: Answer = {
  at: -Infinity,
  offsetMs: 0,
  basis: "proven",
  reporters: 0,
  wrong: 0,
};

/** The middle of an odd number, the later of the two in the middle of an even one. */
function laterMiddle(offsets: readonly number[]): number | undefined {
  return [...offsets].sort((left, right) => left - right)[Math.floor(offsets.length / 2)];
}
