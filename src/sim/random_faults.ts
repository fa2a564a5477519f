import type { Random } from "../core/kernel/random.ts";
import { type Millis, MINUTE, SECOND } from "../core/kernel/time.ts";
import type { Fault, FaultKind } from "./faults.ts";

/** Whoever lost its disk numbers its starts by its clock, so that one must not be set back. */
export function onward(faults: Fault[]): Fault[] {
  if (!faults.some(({ kind }) => kind === "wipe")) return faults;
  return faults.map((fault) =>
    fault.kind === "clockStep" ? { ...fault, byMs: Math.abs(fault.byMs) } : fault
  );
}

/** A fault of that kind, at any time and for any while; plans for one thing choose those anew. */
export function drawFault(
  random: Random,
  kind: Exclude<FaultKind, "assign">,
  nodes: number,
  durationMs: Millis,
): Fault {
  const atMs = random.below(durationMs);
  const forMs = Math.min(durationMs - atMs, Math.ceil(random.exponential(8 * SECOND)));
  const node = random.below(nodes);
  switch (kind) {
    case "wipe":
      return { kind, atMs, forMs: Math.max(2 * SECOND, forMs), node };
    case "crash":
    case "restart":
    case "pause":
    case "starve":
    case "diskFull":
    case "expire":
    case "stranger":
      return { kind, atMs, forMs, node };
    case "partition":
      return { kind, atMs, forMs, groups: drawGroups(random, nodes) };
    case "cut":
      return { kind, atMs, forMs, from: node, to: drawOther(random, node, nodes) };
    case "impersonate":
      return { kind, atMs, forMs, node, victim: drawOther(random, node, nodes) };
    case "misdirect":
      return { kind, atMs, forMs, node, to: drawOther(random, node, nodes) };
    case "isolate":
      return { kind, atMs, forMs, node, direction: random.pick(["in", "out", "both"] as const) };
    case "storm":
      return { kind, atMs, forMs, loss: random.pick([0.2, 0.5, 1]) };
    case "clockStep":
      return { kind, atMs, node, byMs: random.pick([-1, 1]) * random.below(60 * MINUTE) };
    case "drift":
      return { kind, atMs, node, partsPerMillion: random.between(-1_000, 1_000) };
    case "corruptRead":
      return { kind, atMs, node };
    case "revoke":
      return { kind, atMs, node, toldTo: drawOther(random, node, nodes) };
    case "replay":
    case "forge":
      return { kind, atMs, pick: random.uint32() };
  }
}

/** Another node, where there is one. */
function drawOther(random: Random, node: number, nodes: number): number {
  return (node + 1 + random.below(Math.max(1, nodes - 1))) % nodes;
}

function drawGroups(random: Random, nodes: number): number[][] {
  const groups: number[][] = Array.from({ length: random.between(2, 3) }, () => []);
  for (let node = 0; node < nodes; node++) random.pick(groups).push(node);
  return groups.filter((group) => group.length > 0);
}
