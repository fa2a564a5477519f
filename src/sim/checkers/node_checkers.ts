import type { Millis } from "../../core/kernel/time.ts";
import type { Checker } from "../checker.ts";
import { LifeMemory } from "../life_memory.ts";

/** A node may have a few things due in one millisecond, but not this many. */
const WAKES_AT_ONCE = 100;

/** N1: time moves on between two wake-ups. */
export function noSpin(): Checker {
  const memory = new LifeMemory(() => ({ at: -Infinity as Millis, wakes: 0 }));
  return {
    name: "no-spin",
    sees: ["wake"],
    check({ host, at, input }) {
      if (input.kind !== "wake") return undefined;
      const life = memory.of(host);
      life.wakes = life.at === at ? life.wakes + 1 : 1;
      life.at = at;
      return life.wakes <= WAKES_AT_ONCE ? undefined : `${host.name} wakes without end`;
    },
  };
}

/** N2: nothing that a machine waits for is slept through. */
export function wakesInTime(): Checker {
  return {
    name: "wakes-in-time",
    check({ host }) {
      const node = host.node!;
      if (node.state !== "running") return undefined;
      // One by one and in no list: this is asked after every step.
      const wantedAt = Math.min(
        node.broadcaster.deadline(),
        node.observer.deadline(),
        node.confirmer.deadline(),
        node.prober.deadline(),
        node.keeper.deadline(),
        node.relay.deadline(),
        node.spreader.deadline(),
        node.affiliation.deadline(),
        node.abilities.deadline(),
      );
      const wakesAt = node.deadline();
      if (wakesAt <= wantedAt) return undefined;
      return `${host.name} wakes ${Math.round(wakesAt - wantedAt)} ms later than it should`;
    },
  };
}
