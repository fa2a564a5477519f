import type { NodeId } from "../../core/kernel/ids.ts";
import type { NodeOutput } from "../../core/node_io.ts";
import type { Checker } from "../checker.ts";
import type { Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";

interface Books {
  readonly told: Set<NodeId>;
  readonly connected: Set<NodeId>;
}

/** H1: a peer is lost only when every source has lost it, whatever one of them says. */
export function knownWhileSeen(): Checker {
  const memory = new LifeMemory<Books>(() => ({ told: new Set(), connected: new Set() }));
  return {
    name: "known-while-seen",
    sees: ["discovered", "connected", "disconnected", "notice", "disconnect"],
    check(step) {
      const { host, input, outputs } = step;
      const { told, connected } = memory.of(host);
      write(step, told, connected);
      for (const output of outputs) {
        if (output.kind !== "notice") continue;
        const { notice } = output;
        if (notice.type !== "peerLost" && notice.type !== "peerForgotten") continue;
        const { nodeId } = notice;
        if (told.has(nodeId)) return `${host.name} lost ${nodeId}, of which it is told`;
        if (connected.has(nodeId)) return `${host.name} lost ${nodeId}, which is connected`;
      }
      if (input.kind !== "discovered" || input.event.kind === "ended") return undefined;
      const { nodeId } = input.event;
      const isKnown = host.node!.hybrid.acquaintance(nodeId) !== "absent";
      const peer = host.node!.observer.peer(nodeId);
      const isPresent = peer?.state === "alive" || peer?.state === "suspect";
      if (isKnown || !(told.has(nodeId) || connected.has(nodeId) || isPresent)) return undefined;
      return `${host.name} does not know ${nodeId} although a source does`;
    },
  };
}

function write({ input, outputs }: Step, told: Set<NodeId>, connected: Set<NodeId>): void {
  if (input.kind === "discovered") {
    if (input.event.kind === "seen") told.add(input.event.nodeId);
    else if (input.event.kind === "lost") told.delete(input.event.nodeId);
    else told.clear();
  }
  if (input.kind === "connected") connected.add(input.peer);
  if (input.kind === "disconnected") connected.delete(input.peer);
  for (const output of outputs) if (output.kind === "disconnect") connected.delete(output.peer);
}

/** All that a node may want that says nothing to anybody. */
const IN_SILENCE: ReadonlySet<NodeOutput["kind"]> = new Set([
  "persist",
  "save",
  "written",
  "documentChanged",
  "capabilityChange",
  "asked",
  "notice",
  "doubt",
  "stopped",
  "save",
  "written",
  "documentChanged",
]);

/** S1: a node under emission control sends nothing, to nobody. */
export function emconSilence(): Checker {
  return {
    name: "emcon-silence",
    sees: ["outputs"],
    check({ host, outputs }) {
      if (!host.node!.emcon) return undefined;
      for (const { kind } of outputs) {
        if (!IN_SILENCE.has(kind)) return `${host.name} is to send nothing and wants a ${kind}`;
      }
      return undefined;
    },
  };
}
