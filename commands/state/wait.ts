import { timeoutFailure, usageFailure } from "../../src/cli/failure.ts";
import type { Kind } from "../../src/cli/kind.ts";
import { formatDuration } from "../../src/cli/duration.ts";
import type { WriteResult } from "../../src/control/state_contract.ts";

/** By how many peers a write is to be on the disk. */
export const peersCondition: Kind<number> = {
  placeholder: "CONDITION",
  parse(text) {
    const match = /^peers>=(\d{1,6})$/.exec(text.replaceAll(" ", ""));
    if (match !== null) return Number(match[1]);
    throw usageFailure(
      `Cannot wait for ${JSON.stringify(text)}: it is not a condition`,
      "write it like --wait='peers>=3'",
    );
  },
};

/** What was written stays written, whether or not enough peers have it by now. */
export function checkAcknowledged(
  { collection, id, acknowledgedBy }: WriteResult,
  peers: number,
  timeoutMs: number,
): void {
  if (acknowledgedBy.length >= peers) return;
  const who = acknowledgedBy.length === 0 ? "none" : `only ${acknowledgedBy.join(", ")}`;
  throw timeoutFailure(
    `Cannot wait longer for peers>=${peers}: ${who} of them had ${collection}/${id} after ` +
      `${formatDuration(timeoutMs)}, which is written here`,
    "it goes on to them when they can be reached; see who has it: peat state ls",
  );
}
