import { usageFailure } from "../src/cli/failure.ts";
import { option } from "../src/cli/flags.ts";
import { choice, integer, type Kind } from "../src/cli/kind.ts";
import { didYouMean } from "../src/cli/nearest.ts";
import { PROFILE_NAMES } from "../src/core/profile.ts";
import { FAULT_WORDS, FaultWishError, parseFaultWishes } from "../src/sim/fault_wishes.ts";
import { NODE_LIMIT } from "../src/sim/plan.ts";
import { FOCUSES, type PlanWishes } from "../src/sim/plan_wishes.ts";

const faultWishes: Kind<Pick<PlanWishes, "kinds" | "network">> = {
  placeholder: "FAULTS",
  values: FAULT_WORDS,
  parse(value) {
    try {
      return parseFaultWishes(value);
    } catch (error) {
      if (!(error instanceof FaultWishError)) throw error;
      const hint = error.known.length === 0
        ? undefined
        : didYouMean(error.word, error.known, `use ${error.known.join(", ")}`);
      throw usageFailure(error.message, hint);
    }
  },
};

/** What a plan is drawn by. */
export const PLAN_FLAGS = {
  seed: option(integer(), "what every random choice comes from; drawn when left out"),
  nodes: option(integer({ least: 1, most: NODE_LIMIT }), "how many nodes; drawn when left out"),
  profile: option(choice(...PROFILE_NAMES), "how often nodes speak"),
  faults: option(
    faultWishes,
    "none, swarm, or a list like crash,partition,loss=0.2,delay=50ms",
  ),
  focus: option(choice(...FOCUSES), "all there is, trouble around who leads, or documents"),
};

export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
