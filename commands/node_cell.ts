import { usageFailure } from "../src/cli/failure.ts";
import type { Settings } from "../src/cli/settings.ts";
import type { CellSettings } from "../src/core/cell/affiliation.ts";
import { OperatorSpecError, parseOperator } from "../src/core/cell/operator_spec.ts";

/** What was set about a node's part in its cell. */
export function cellSettings(
  { electionPolicy, operator, observer, challengeAfterMs }: Settings,
): CellSettings {
  return {
    policy: electionPolicy,
    ...(operator === undefined ? {} : { operator: readOperator(operator) }),
    ...(observer ? { isObserver: true } : {}),
    ...(challengeAfterMs === undefined ? {} : { challengeAfterMs }),
  };
}

function readOperator(spec: string) {
  try {
    return parseOperator(spec);
  } catch (error) {
    if (!(error instanceof OperatorSpecError)) throw error;
    throw usageFailure(error.message, "write it like rank=O3,authority=commander,load=0.2");
  }
}
