import type { CellView } from "../control/cell_contract.ts";
import type { CellSettings } from "../core/cell/affiliation.ts";
import { formationOf } from "../core/cell/formation.ts";
import { DEFAULT_GATE } from "../core/cell/formation_gate.ts";
import { isSameClaim } from "../core/election/claim.ts";
import type { Node } from "../core/node.ts";
import { cellOf } from "./election_views.ts";

/** How far the node's cell is, and who is in it. */
export function cellView(node: Node, { gate, size }: CellSettings): CellView {
  const cell = cellOf(node);
  const { roster, duties, charter, election: { leader } } = cell;
  const { state, readiness, missing, gaps } = formationOf(cell, { ...DEFAULT_GATE, ...gate });
  const isAssigned = leader !== undefined && isSameClaim(duties.assignments?.claim, leader);
  const deputy = isAssigned ? duties.deputy : undefined;
  return {
    cell: cell.cellId,
    nodeId: node.nodeId,
    state,
    readiness: hundredths(readiness),
    missing: [...missing],
    gaps: [...gaps],
    ...(leader === undefined ? {} : { leaderId: leader.nodeId }),
    ...(deputy === undefined ? {} : { deputy }),
    size: roster.members.length,
    ...size,
    policy: charter.policy,
    policySetBy: charter.setBy,
    policyAgreed: charter.version > 0,
    ...(cell.approval === undefined ? {} : { approvedBy: cell.approval.issuer }),
    members: roster.members.map((nodeId) => {
      const assigned = isAssigned ? duties.assignmentOf(nodeId) : undefined;
      const reliability = isAssigned ? duties.reliabilityOf(nodeId) : undefined;
      const startedWith = cell.profileOf(nodeId)?.policy ?? charter.policy;
      return {
        nodeId,
        present: cell.isPresent(nodeId),
        ...(assigned === undefined
          ? {}
          : { role: assigned.role, fitness: hundredths(assigned.fitness) }),
        ...(reliability === undefined ? {} : { reliability }),
        ...(startedWith === charter.policy ? {} : { startedWith }),
      };
    }),
  };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
