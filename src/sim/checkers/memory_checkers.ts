import type { NodeId } from "../../core/kernel/ids.ts";
import { PEERS_KEY } from "../../core/neighbourhood.ts";
import type { Checker } from "../checker.ts";
import type { World } from "../world.ts";

/** H9: who starts again tells of those that its disk kept, of nobody else, and lists none. */
export function memory(world: World): Checker {
  const heard = world.hosts.map(() => new Set<NodeId>());
  return {
    name: "memory",
    sees: ["start", "beacon"],
    check({ host, input }) {
      const { index, name, disk } = host;
      if (input.kind === "datagram" && input.message.kind === "beacon") {
        heard[index]!.add(input.message.beacon.nodeId);
      }
      if (input.kind !== "start") return undefined;
      const { hybrid, observer } = host.node!;
      if (observer.present > 0) return `${name} lists peers that it has not heard since its start`;
      for (const nodeId of hybrid.nodeIds()) {
        if (!heard[index]!.has(nodeId)) return `${name} remembers ${nodeId} and never heard it`;
      }
      // Which of several writes a crash kept, the disk alone can say: where there is no room for all
      // peers, a later one lacks some of whom an earlier one had.
      for (const { nodeId } of (disk.kept(PEERS_KEY) ?? []) as unknown as { nodeId: NodeId }[]) {
        if (world.standings.knowsRevoked(index, world.indexOf(nodeId))) continue;
        if (hybrid.acquaintance(nodeId) === "absent") return `${name} forgot ${nodeId}`;
      }
      return undefined;
    },
  };
}
