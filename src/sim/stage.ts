import type { Address } from "../core/kernel/ids.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { Host } from "./host.ts";
import type { PacketNetwork } from "./network.ts";
import type { Plan } from "./plan.ts";
import type { Standings } from "./standings.ts";

/** Something that happens to the world itself. One that is kept happens as often as is wished. */
export interface Act {
  readonly kind: "act";
  act(at: Millis): void;
}

/**
 * What the parts of a world share: its time, its machines, the links between them, and who is a
 * member. The world itself is made of the parts, so they know this much of it and no more.
 */
export interface Stage {
  readonly plan: Plan;
  /** True time since the world began. */
  readonly now: Millis;
  readonly hosts: readonly Host[];
  readonly network: PacketNetwork;
  readonly standings: Standings;

  /** The number of the host that is known by this name. */
  indexOf(name: Address): number;

  /** Lets something happen to the world itself, in order with everything else. */
  schedule(at: Millis, act: (at: Millis) => void): void;
  put(at: Millis, act: Act): void;

  /** Later in the same millisecond: a node is never told from within what it asked for. */
  tell(host: Host, input: NodeInput): void;
  startSoon(host: Host, delayMs: Millis): void;
}
