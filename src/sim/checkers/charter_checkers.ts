import { type Charter, compareCharters } from "../../core/cell/charter.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { companies } from "./leader_checkers.ts";
import type { World } from "../world.ts";

/**
 * C21: all members of one cell rank by one policy, and nobody goes back to one that gave way. One
 * that was agreed on is one that somebody wanted.
 */
export function onePolicy(world: World): Checker {
  const memory = new LifeMemory(() => ({
    cellId: undefined as string | undefined,
    charter: undefined as Charter | undefined,
  }));
  const { plan } = world;
  return {
    name: "one-policy",
    check({ host }) {
      const cell = host.node!.affiliation.cell;
      if (cell === undefined) return undefined;
      const life = memory.of(host);
      const before = life.cellId === cell.cellId ? life.charter : undefined;
      if (before === cell.charter) return undefined;
      life.cellId = cell.cellId;
      life.charter = cell.charter;
      const { policy } = cell.charter;
      if (plan.policies !== undefined && !plan.policies.includes(policy)) {
        return `${host.name} ranks by ${policy}, which nobody was started with`;
      }
      if (before === undefined || compareCharters(cell.charter, before) > 0) return undefined;
      return `${host.name} goes back from ${before.policy} of ${before.setBy} to ${policy}`;
    },
    pending(core) {
      if (!plan.cell || !plan.connections) return undefined;
      return companies(world, core).map(policyLack).find((lack) => lack !== undefined);
    },
  };
}

function policyLack(members: readonly Host[]): string | undefined {
  const [first, ...others] = members.map(({ name, node }) => ({
    name,
    charter: node?.affiliation.cell?.charter,
  }));
  const other = others.find(({ charter }) => charter?.policy !== first?.charter?.policy);
  if (first === undefined || other === undefined) return undefined;
  return `${other.name} ranks by ${other.charter?.policy}, ${first.name} by ${first.charter?.policy}`;
}
