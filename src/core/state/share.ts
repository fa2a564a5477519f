import { viewPeer } from "../cell/peer_view.ts";
import type { Affiliation } from "../cell/affiliation.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { NodeOptions } from "../node_options.ts";
import type { Voice } from "../voice.ts";
import { SharedState } from "./shared_state.ts";
import type { Relation } from "./ways.ts";

/** The parts of a node that know what sharing depends on. */
interface Parts {
  readonly voice: Voice;
  readonly neighbourhood: Neighbourhood;
  readonly affiliation: Affiliation;
}

/** What a node shares, if it was given documents. */
export function shareDocuments(
  { nodeId: self, documents, random }: NodeOptions,
  { voice: { broadcaster }, neighbourhood, affiliation }: Parts,
): SharedState | undefined {
  return documents && new SharedState({
    self,
    documents,
    random: random.split("documents"),
    cellOf: (nodeId) =>
      nodeId === self
        ? affiliation.cell?.cellId
        : viewPeer(neighbourhood, nodeId).cellId ?? undefined,
    relationOf: (peer) => relationTo(peer, self, affiliation),
    boot: () => broadcaster.state === "speaking" ? broadcaster.boot : undefined,
  });
}

/** Where a peer stands to this node: documents that go up go to whoever leads. */
function relationTo(peer: NodeId, self: NodeId, { cell }: Affiliation): Relation {
  const leader = cell?.election.leader?.nodeId;
  if (leader === undefined || cell === undefined) return "lateral";
  if (leader === peer) return "up";
  return leader === self && cell.roster.has(peer) ? "down" : "lateral";
}
