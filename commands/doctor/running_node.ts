import { formatDuration } from "../../src/cli/duration.ts";
import type { NodeStatus, NodeView } from "../../src/control/contract.ts";
import { type Finding, pass, skip, warn } from "./check.ts";
import { peersAmong } from "../peers_among.ts";

export interface RunningNode {
  readonly status: NodeStatus;
  readonly nodes: readonly NodeView[];
}

/** What a refusal says about the neighbourhood, by the reasons that are worth a look. */
const SUSPICIOUS: Readonly<Record<string, string>> = {
  cloned: "another machine uses this node's key: remove its identity.json and let it join again",
  malformed: "peat nodes --columns node,version",
  badSignature: "peat node status --json | jq .rejected",
  wrongDevice: "peat node status --json | jq .rejected",
  wrongSender: "peat node status --json | jq .rejected",
  unknownEpoch: "peat formation show, here and on its peers, and compare the epochs",
  expired: "peat formation join --request, on the node that expired",
  revoked: "peat formation show FORMATION_FILE",
  queueFull: "top -H -p $(peat node status --json | jq .pid)",
};

/** A stray refusal is no news on a bad network; this many of one kind are. */
const MANY = 10;

/** More failed sends than this share are not a link that comes and goes. */
const FAILED_SHARE = 0.1;

export const NOT_RUNNING = skip("none runs here", "peat node run");

export function judgeNode({ status }: RunningNode): Finding {
  const { nodeId, uptimeMs, rejected, counts } = status;
  const present = `${nodeId} is up for ${formatDuration(uptimeMs)}`;
  const suspicion = Object.entries(SUSPICIOUS).find(([reason]) => isMany(reason, rejected));
  if (suspicion !== undefined) {
    const [reason, remedy] = suspicion;
    return warn(`${present}; it refused ${rejected[reason]} datagrams as ${reason}`, remedy);
  }
  if (counts.sendErrors > MANY && counts.sendErrors > FAILED_SHARE * counts.sent) {
    return warn(`${present}; ${counts.sendErrors} datagrams could not be sent`, "ip -brief link");
  }
  return pass(present);
}

/** Whether anybody is there, and can be reached by more than datagrams. */
export function judgePeers({ status, nodes }: RunningNode): Finding {
  const { rejected, connections } = status;
  const peers = peersAmong(nodes);
  if (peers.length === 0) {
    return warn(
      `none is there${neighboursOf(rejected)}`,
      "peat nodes --wait='peers>=1' --timeout 30s",
    );
  }
  const there = `${peers.length} ${
    peers.length === 1 ? "is" : "are"
  } there, ${connections} connected`;
  if (status.formation !== undefined && connections === 0) {
    return warn(`${there}: beacons arrive, streams do not`, "peat nodes");
  }
  return pass(there);
}

/** Whether everyone in reach runs what we run. */
export function judgeVersions({ status, nodes }: RunningNode, ours: string): Finding {
  if (status.version !== ours) {
    return warn(
      `the node runs ${status.version} and this is ${ours}`,
      "peat node stop, and start it again with this peat",
    );
  }
  const others = nodes.filter(({ self, state, version }) =>
    self !== true && state === "alive" && version !== ours
  );
  if (others.length === 0) return pass(`everyone in reach runs ${ours}`);
  const list = others.map(({ nodeId, version }) => `${nodeId} ${version}`).join(", ");
  return warn(`${list}, and ${ours} here`, "peat nodes --columns node,version");
}

/** One clone is one too many; of the rest it takes some. */
function isMany(reason: string, rejected: Readonly<Record<string, number>>): boolean {
  return (rejected[reason] ?? 0) >= (reason === "cloned" ? 1 : MANY);
}

/** Who hears others and knows nobody is in another formation than they. */
export function neighboursOf(
  { badSeal = 0, notSealed = 0 }: Readonly<Record<string, number>>,
): string {
  const strangers = badSeal + notSealed;
  return strangers === 0 ? "" : `; ${strangers} datagrams were of no member of its formation`;
}
