import { formatDuration } from "../../src/cli/duration.ts";
import type { NodeStatus } from "../../src/control/contract.ts";
import { fail, type Finding, pass, warn } from "./check.ts";

/** How far a clock may be from the other members' before it is worth setting. */
const TELLING_ERROR_MS = 60_000;

/** Source code has no time of its own; this is when the first of it was written. */
const FIRST_SOURCE = "2026-01-01T00:00:00Z";

const SET_CLOCK = 'timedatectl set-ntp true, or date --set "YYYY-MM-DD hh:mm:ss"';

/** How long the clocks are watched. */
const WATCH_MS = 20;

/** The clocks may drift apart by this much while they are watched, as when one is being set. */
const DRIFT_MS = 1_000;

export interface Clocks {
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
}

export const REAL_CLOCKS: Clocks = {
  wallMs: Date.now,
  monotonicMs: () => performance.now(),
  pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
};

/** Timers need a clock that runs; what expires needs one that knows the date. */
export async function examineClock(
  builtAt: string = FIRST_SOURCE,
  { wallMs, monotonicMs, pause }: Clocks = REAL_CLOCKS,
  formationClock?: NodeStatus["clock"],
): Promise<Finding> {
  const [wallBefore, monotonicBefore] = [wallMs(), monotonicMs()];
  await pause(WATCH_MS);
  const [wall, wallRan, monotonicRan] = [
    wallMs(),
    wallMs() - wallBefore,
    monotonicMs() - monotonicBefore,
  ];
  if (monotonicRan <= 0) {
    return fail("the monotonic clock does not run, and no timer would", "reboot");
  }
  const now = new Date(wall).toISOString();
  if (wall < Date.parse(builtAt)) {
    return warn(
      `it is not ${now}: this peat was built at ${builtAt}; nodes still find each other, but ` +
        "times and expiry are wrong",
      SET_CLOCK,
    );
  }
  if (Math.abs(wallRan - monotonicRan) > DRIFT_MS) {
    return warn(
      `the clock was set while it was watched: it went on by ${Math.round(wallRan)} ms in ${
        Math.round(monotonicRan)
      } ms`,
      "timedatectl timesync-status",
    );
  }
  return formationClock !== undefined && Math.abs(formationClock.offsetMs) > TELLING_ERROR_MS
    ? disagrees(now, formationClock)
    : pass(`${now}, and the monotonic clock runs`);
}

/** The node copes: it goes by the formation's time. Whatever people read is still wrong. */
function disagrees(
  now: string,
  { offsetMs, basis, reporters }: NonNullable<NodeStatus["clock"]>,
): Finding {
  const error = `${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? "slow" : "fast"}`;
  const witness = basis === "members"
    ? `${reporters} other ${reporters === 1 ? "member" : "members"}`
    : "what the formation's authority signed";
  return warn(`${now} is ${error}, going by ${witness}`, SET_CLOCK);
}
