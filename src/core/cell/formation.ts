import { isSameClaim } from "../election/claim.ts";
import type { Cell } from "./cell.ts";
import { type GateRules, type GateView, judgeFormation } from "./formation_gate.ts";

/** How far the cell is as this member knows it. Only members that are there bring anything. */
export function formationOf(cell: Cell, rules: GateRules): GateView {
  const members = cell.roster.members.filter((nodeId) => cell.isPresent(nodeId));
  const { leader } = cell.election;
  const isAssigned = leader !== undefined && isSameClaim(cell.duties.assignments?.claim, leader);
  return judgeFormation({
    members: members.map((nodeId) => {
      const { capabilities = [], operator } = cell.profileOf(nodeId) ?? {};
      return { capabilities, ...(operator === undefined ? {} : { authority: operator.authority }) };
    }),
    hasLeader: leader !== undefined,
    hasRoles: isAssigned && members.every((nodeId) => cell.duties.roleOf(nodeId) !== undefined),
    isApproved: cell.approval !== undefined,
  }, rules);
}
