import type { NodeId } from "../../core/kernel/ids.ts";
import type { JsonValue } from "../../core/kernel/json_value.ts";
import { PEERS_KEY } from "../../core/neighbourhood.ts";
import type { Checker } from "../checker.ts";
import type { World } from "../world.ts";

/** H9: who starts again tells of those that were safe on its disk, of nobody else, and lists none. */
export function memory(world: World): Checker {
  const heard = world.hosts.map(() => new Set<NodeId>());
  const written = world.hosts.map((): JsonValue => []);
  const safe = world.hosts.map((): JsonValue => []);
  const wipes = world.hosts.map(() => 0);
  return {
    name: "memory",
    sees: ["start", "persisted", "beacon", "persist"],
    check({ host, input, outputs }) {
      const { index, name } = host;
      if (wipes[index] !== host.disk.wipes) {
        wipes[index] = host.disk.wipes;
        safe[index] = [];
      }
      if (input.kind === "datagram" && input.message.kind === "beacon") {
        heard[index]!.add(input.message.beacon.nodeId);
      }
      if (input.kind === "persisted" && input.key === PEERS_KEY) safe[index] = written[index]!;
      for (const output of outputs) {
        if (output.kind === "persist" && output.key === PEERS_KEY) written[index] = output.value;
      }
      if (input.kind !== "start") return undefined;
      const { hybrid, observer } = host.node!;
      if (observer.present > 0) return `${name} lists peers that it has not heard since its start`;
      for (const nodeId of hybrid.nodeIds()) {
        if (!heard[index]!.has(nodeId)) return `${name} remembers ${nodeId} and never heard it`;
      }
      // A crash may keep a later write as well, which then has these peers and perhaps more, but for
      // those that were put out meanwhile.
      for (const { nodeId } of safe[index] as unknown as { nodeId: NodeId }[]) {
        if (world.standings.knowsRevoked(index, world.indexOf(nodeId))) continue;
        if (hybrid.acquaintance(nodeId) === "absent") return `${name} forgot ${nodeId}`;
      }
      return undefined;
    },
  };
}
