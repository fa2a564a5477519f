import type { NodeId } from "../kernel/ids.ts";
import { type AuthorityLevel, bestAuthority } from "./authority.ts";
import { compose, type Ingredient } from "./composition/compose.ts";
import type { CompositionRule } from "./composition/rule.ts";
import type { Population, QueriedNode } from "./query/catalog.ts";

/** What a cell's members can do together, in the name of whoever speaks for it. */
export function composedCells(
  population: Population,
  rules: readonly CompositionRule[],
  authorityOf: (nodeId: NodeId) => AuthorityLevel | undefined,
): QueriedNode[] {
  const cells = new Map<string, QueriedNode[]>();
  for (const node of population.all()) {
    if (node.cell === undefined) continue;
    const members = cells.get(node.cell) ?? [];
    members.push(node);
    cells.set(node.cell, members);
  }
  return [...cells].map(([cell, members]) => {
    const { composed } = compose({
      scope: cell,
      ingredients: members.flatMap(ingredientsOf),
      authority: bestAuthority(members.map(({ nodeId }) => authorityOf(nodeId))),
      rules,
    });
    const { nodeId, level, version, position, rttMs } = speakerOf(members);
    return {
      nodeId,
      cell,
      level,
      version,
      position,
      rttMs,
      capabilities: composed,
      composed: true,
    };
  });
}

function ingredientsOf({ nodeId, position, capabilities }: QueriedNode): Ingredient[] {
  return capabilities.map((one) => ({ ...one, id: `${nodeId}/${one.id}`, place: position }));
}

/** Its leader, or while nobody leads, whoever comes first. */
function speakerOf(members: readonly QueriedNode[]): QueriedNode {
  const sorted = members.toSorted((one, other) => one.nodeId < other.nodeId ? -1 : 1);
  return sorted.find(({ role }) => role === "leader" || role === "standalone") ?? sorted[0]!;
}
