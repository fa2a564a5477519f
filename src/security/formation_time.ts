import {
  FormationClock,
  type FormationTime as Reading,
} from "../core/formation_time/formation_clock.ts";
import type { Millis, WallMillis } from "../core/kernel/time.ts";
import type { Credentials } from "./credentials.ts";
import type { Member } from "./membership.ts";

/** The clocks of this machine. */
export interface OwnClocks {
  readonly monotonicMs: () => Millis;
  readonly wallMs: () => WallMillis;
}

/** How a node shows what it takes for the formation's time. */
export interface ClockView extends Omit<Reading, "timeMs"> {
  /** How far the formation's time is ahead of this node's own clock. */
  readonly offsetMs: number;
}

/** The time by which this node judges who is a member and which keys are good. */
export class FormationTime {
  readonly #clock: FormationClock;
  readonly #clocks: OwnClocks;
  readonly #isEnrolled: boolean;

  constructor(credentials: Credentials, clocks: OwnClocks) {
    const { formation, revocations } = credentials;
    const { startedAtMs } = formation.keys.newest;
    const { issuedAtMs, expiresAtMs } = credentials.member(startedAtMs);
    this.#clock = new FormationClock({ expiresAtMs });
    this.#clocks = clocks;
    this.#isEnrolled = formation.kind === "enrolled";
    this.#prove(Math.max(startedAtMs, issuedAtMs, revocations.newestMs));
  }

  nowMs(): WallMillis {
    return this.#read().timeMs;
  }

  /** What this machine's own clock shows, right or wrong. */
  wallMs(): WallMillis {
    return this.#clocks.wallMs();
  }

  /** A member has said what its clock shows. */
  hear({ deviceId, issuedAtMs, expiresAtMs }: Member, wallMs: WallMillis): void {
    // In a shared formation every member can sign that, so there only the file proves a time.
    if (this.#isEnrolled) this.#prove(issuedAtMs);
    this.#clock.handle(this.#clocks.monotonicMs(), {
      kind: "report",
      deviceId,
      wallMs,
      expiresAtMs,
    });
  }

  /** The formation has put the device out, so its word is worth nothing. */
  revoked(deviceId: string, revokedAtMs: WallMillis): void {
    this.#prove(revokedAtMs);
    this.#clock.handle(this.#clocks.monotonicMs(), { kind: "revoked", deviceId });
  }

  /** The formation changed its keys, which it did no earlier than it says. */
  rotated(startedAtMs: WallMillis): void {
    this.#prove(startedAtMs);
  }

  view(): ClockView {
    const { timeMs, ...rest } = this.#read();
    return { offsetMs: timeMs - Math.round(this.#clocks.wallMs()), ...rest };
  }

  #prove(wallMs: WallMillis): void {
    this.#clock.handle(this.#clocks.monotonicMs(), { kind: "proven", wallMs });
  }

  #read(): Reading {
    const now = this.#clocks.monotonicMs();
    this.#clock.handle(now, { kind: "ownClock", wallMs: this.#clocks.wallMs() });
    return this.#clock.read(now);
  }
}
