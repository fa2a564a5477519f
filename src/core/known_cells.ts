import { isPresent, type Observer } from "./beacon/observer.ts";
import type { Beacon } from "./beacon/beacon.ts";
import type { CapabilityBook } from "./capability/book.ts";
import type { CapabilityType } from "./capability/capability.ts";
import { type CellSummary, type MemberReport, summarizeCell } from "./capability/summary.ts";
import type { Cell } from "./cell/cell.ts";
import { powerOf } from "./cell/peer_view.ts";
import type { Relay } from "./discovery/relay.ts";
import type { NodeId } from "./kernel/ids.ts";

/** What a node knows of cells: its own from within, and others from what their members say. */
export interface CellKnowledge {
  readonly nodeId: NodeId;
  readonly book: CapabilityBook;
  /** What its own beacons say now. */
  readonly announcement: Pick<Beacon, "advertisement" | "resources">;
  readonly observer: Observer;
  readonly relay: Relay;
  readonly cell: Cell | undefined;
  /** The kinds by which readiness is judged. */
  readonly required: readonly CapabilityType[];
}

/**
 * What each cell comes to that the node knows of, in the order of their names. Of its own cell the
 * node knows everybody who belongs to it. Of another it knows those whom it heard or was told of:
 * who fell silent counts as lost for as long as it is remembered.
 */
export function knownCells(knowledge: CellKnowledge): CellSummary[] {
  const cells = new Map<string, MemberReport[]>();
  const add = (cellId: string | undefined, report: MemberReport) => {
    if (cellId === undefined) return;
    cells.set(cellId, [...cells.get(cellId) ?? [], report]);
  };
  const { cell, observer, relay, nodeId: self, announcement, required } = knowledge;
  for (const member of cell?.roster.members ?? []) {
    add(cell!.cellId, reportOf(knowledge, member, cell!.isPresent(member)));
  }
  if (cell === undefined) {
    const { cell: announced } = announcement.advertisement;
    add(announced, reportOf(knowledge, self, true));
  }
  const isElsewhere = ({ advertisement: { transient, cell: its } }: Beacon) =>
    transient !== true && its !== cell?.cellId;
  for (const { nodeId, beacon, state } of observer.peers()) {
    // A goodbye is a leave, and whoever is relayed is known better from others.
    const isCounted = state !== "left" && relay.peer(nodeId) === undefined && nodeId !== self;
    if (!isCounted || !isElsewhere(beacon)) continue;
    add(beacon.advertisement.cell, reportOf(knowledge, nodeId, isPresent(state)));
  }
  for (const { nodeId, beacon } of relay.peers()) {
    if (isElsewhere(beacon)) add(beacon.advertisement.cell, reportOf(knowledge, nodeId, true));
  }
  return [...cells].sort(([one], [other]) => one < other ? -1 : 1)
    .map(([cellId, members]) => summarizeCell(cellId, members, required));
}

function reportOf(
  { nodeId: self, announcement, book, observer, relay, cell }: CellKnowledge,
  nodeId: NodeId,
  isThere: boolean,
): MemberReport {
  const beacon = nodeId === self
    ? announcement
    : (relay.peer(nodeId) ?? observer.peer(nodeId))?.beacon;
  const entry = book.entry(nodeId);
  const profile = cell?.profileOf(nodeId);
  return {
    nodeId,
    isPresent: isThere,
    health: entry?.health,
    power: profile?.power ?? powerOf(beacon?.resources).power,
    position: beacon?.advertisement.position,
    authority: profile?.operator?.authority,
    capabilities: entry?.capabilities ?? profile?.capabilities ?? [],
  };
}
