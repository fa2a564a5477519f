import type { NodeId } from "../core/kernel/ids.ts";
import type { OperatingError } from "../core/kernel/operating_error.ts";
import { notPermitted } from "../core/kernel/refusals.ts";
import type { Rival } from "../core/notice.ts";

/** Why a node ended that found another to have its id by right. */
export function yielded(nodeId: NodeId, rival: Rival): OperatingError {
  const { address, deviceId, isCopy } = rival;
  return isCopy
    ? notPermitted(
      `Cannot go on as ${nodeId}: a copy of its data directory runs at ${address} as the same ` +
        `device ${deviceId}, and stays`,
      { code: "copied", hint: `run this one with another --id and a new --data-dir` },
    )
    : notPermitted(
      `Cannot go on as ${nodeId}: device ${deviceId} at ${address} has that id by an older claim, ` +
        "and stays",
      { code: "id-taken", hint: `run this one with another --id and a new --data-dir` },
    );
}
