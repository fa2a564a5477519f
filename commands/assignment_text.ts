import type { AssignmentView } from "../src/control/assignment_contract.ts";

/** Why an assignment failed, or what it lacks yet, for people. */
export function reasonText(view: AssignmentView): string | undefined {
  const { state, reason } = view;
  if (reason === undefined) return state === "completed" ? undefined : lackOf(view);
  switch (reason) {
    case "timedOut":
      return ["the time was over", lackOf(view)].filter((part) => part !== undefined).join(
        ", and ",
      );
    case "superseded":
      return "it was assigned again";
    case "noCells":
      return "it only listens, or passes through, and is in no cell";
    case "movedOn":
      return "it went on to another cell";
  }
}

function lackOf({ member, missingPeers = [] }: AssignmentView): string | undefined {
  if (member !== true) return "it is no member yet";
  return missingPeers.length === 0
    ? undefined
    : `it is not connected with ${missingPeers.join(", ")}`;
}
