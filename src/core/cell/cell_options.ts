import type { Pace } from "../election/pace.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import type { CellPhase } from "./policy.ts";
import type { CellSize, OtherCell } from "./rebalancing.ts";
import type { MemberProfile } from "./standings.ts";

export interface CellOptions {
  readonly cellId: string;
  readonly self: NodeId;
  readonly boot: number;
  readonly profile: MemberProfile;
  readonly phase: CellPhase;
  readonly pace: Pace;
  readonly random: Random;
  /** What the disk held under this cell's keys. */
  readonly stored: { readonly roster: unknown; readonly ballot: unknown };
  readonly now: Millis;
  /** A member that is better by a tenth for so long takes over; absent, a live leader stays. */
  readonly challengeAfterMs?: Millis;
  /** Above and below which size members are moved; absent, nobody is. */
  readonly size?: CellSize;
  /** The cells that beacons tell of. */
  readonly others?: () => readonly OtherCell[];
}
