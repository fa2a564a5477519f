import type { CellsView, CellView, SummaryView } from "../control/cell_contract.ts";
import type { CellSummary, Summary } from "../core/capability/summary.ts";
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
  const rules = { ...DEFAULT_GATE, ...gate };
  const { required } = rules;
  const { state, readiness, missing, gaps } = formationOf(cell, rules);
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
    summary: summaryView(
      node.abilities.cells(required).cells.find(({ id }) => id === cell.cellId)!,
    ),
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

/** What every cell comes to that the node knows of, judged by what its own cell is asked for. */
export function cellsView(node: Node, { gate }: CellSettings): CellsView {
  const { required } = { ...DEFAULT_GATE, ...gate };
  const { heardFrom, ofNodes, cells, together } = node.abilities.cells(required);
  return {
    nodeId: node.nodeId,
    heardFrom,
    ofNodes,
    cells: cells.map(summaryView),
    together: summaryView(together),
  };
}

function summaryView(summary: CellSummary | Summary): SummaryView {
  const { id, members, operational, casualties, health, power, readiness, bounds } = summary;
  const { center, radiusMeters } = summary;
  return {
    ...(id === "" ? {} : { cell: id }),
    members,
    operational,
    casualties,
    health,
    ...(power === undefined ? {} : { powerPercent: Math.round(100 * power) }),
    ...(center === undefined ? {} : {
      center: { latitude: placed(center.latitude), longitude: placed(center.longitude) },
    }),
    ...(radiusMeters === undefined ? {} : { radiusMeters: Math.round(radiusMeters) }),
    ...(bounds === undefined ? {} : {
      bounds: {
        south: placed(bounds.south),
        north: placed(bounds.north),
        west: placed(bounds.west),
        east: placed(bounds.east),
      },
    }),
    readiness: hundredths(readiness),
    capabilities: summary.capabilities.map((one) => ({
      type: one.type,
      contributors: one.contributors,
      confidence: hundredths(one.confidence),
      ...("effective" in one
        ? {
          effective: hundredths(one.effective),
          requiresOversight: one.requiresOversight,
          missionReady: one.isMissionReady,
        }
        : {}),
    })),
  };
}

/** To a tenth of a metre. */
function placed(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
