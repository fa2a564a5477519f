import { areApart } from "../plan.ts";
import type { Checker } from "../checker.ts";
import { LifeMemory } from "../life_memory.ts";
import type { World } from "../world.ts";

/** K1: in a healed network every pair of the core is connected, and both ends know it. */
export function allConnected(world: World): Checker {
  return {
    name: "all-connected",
    pending(core) {
      if (!world.plan.connections) return undefined;
      for (const host of core) {
        for (const other of core) {
          if (host === other || host.node === undefined) continue;
          if (host.node.emcon || other.node?.emcon) continue;
          if (areApart(world.plan, host.index, other.index)) continue;
          const isHeld = world.transport.isConnected(host, other);
          const isKnown = host.node.keeper.state(other.name) === "connected";
          if (isHeld && isKnown) continue;
          const state = host.node.keeper.state(other.name) ?? "absent";
          const held = isHeld ? "has" : "has no";
          return `${host.name} ${held} connection with ${other.name} and takes it for ${state}`;
        }
      }
      return undefined;
    },
  };
}

/** K2: a peer that is being dialled, or is connected, is not dialled again. */
export function oneDial(): Checker {
  const memory = new LifeMemory(() => new Map<string, "dialling" | "connected">());
  return {
    name: "one-dial",
    sees: ["connected", "connectFailed", "disconnected", "connect", "disconnect"],
    check({ host, input, outputs }) {
      const peers = memory.of(host);
      if (input.kind === "connected") peers.set(input.peer, "connected");
      if (input.kind === "connectFailed" || input.kind === "disconnected") peers.delete(input.peer);
      for (const output of outputs) {
        if (output.kind === "disconnect") peers.delete(output.peer);
        if (output.kind !== "connect") continue;
        const state = peers.get(output.peer);
        if (state !== undefined) return `${host.name} dials ${output.peer}, which is ${state}`;
        peers.set(output.peer, "dialling");
      }
      return undefined;
    },
  };
}
