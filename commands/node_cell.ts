import { usageFailure } from "../src/cli/failure.ts";
import type { Settings } from "../src/cli/settings.ts";
import type { CellSettings } from "../src/core/cell/affiliation.ts";
import { parseCellSize } from "../src/core/cell/rebalancing.ts";
import { OperatorSpecError, parseOperator } from "../src/core/cell/operator_spec.ts";

/** In place of a cell's name: whatever cell forms where the node is. */
export const AUTO = "auto";

/** What was set about a node's part in its cell. */
export function cellSettings(
  settings: Settings,
): CellSettings {
  const { electionPolicy, operator, observer, challengeAfterMs, cell, cellSize } = settings;
  const { cellNeeds, cellLeast } = settings;
  return {
    policy: electionPolicy,
    ...(operator === undefined ? {} : { operator: readOperator(operator) }),
    ...(observer ? { isObserver: true } : {}),
    ...(challengeAfterMs === undefined ? {} : { challengeAfterMs }),
    ...(cellSize === undefined ? {} : { size: readSize(cellSize) }),
    ...(cell === AUTO ? { gathers: true } : {}),
    gate: { required: cellNeeds, leastMembers: cellLeast },
  };
}

function readSize(text: string) {
  const size = parseCellSize(text);
  if (size !== undefined) return size;
  throw usageFailure(
    `Cannot use ${JSON.stringify(text)} as a cell's size: it is not two numbers of which the ` +
      "second is about twice the first or more, so that a cell can part in two",
    "write it like 3-10",
  );
}

function readOperator(spec: string) {
  try {
    return parseOperator(spec);
  } catch (error) {
    if (!(error instanceof OperatorSpecError)) throw error;
    throw usageFailure(error.message, "write it like rank=O3,authority=commander,load=0.2");
  }
}
