import type { NodeId } from "../../kernel/ids.ts";
import type { Population, QueriedNode } from "./catalog.ts";
import type { Expression } from "./query.ts";

/** By what a query is narrowed down before anybody is looked at. */
export type Plan =
  | { readonly by: "type" | "name" | "node"; readonly value: string }
  | { readonly by: "all" };

/** Everybody of whom the expression may hold, by the shortest list that there is for it. */
export function candidatesOf(where: Expression, population: Population): Iterable<QueriedNode> {
  const plan = planOf(where, population);
  if (plan.by === "all") return population.all();
  return listed(membersOf(plan, population), population);
}

export function planOf(where: Expression, population: Population): Plan {
  const narrowing = narrowingsOf(where);
  let best: Plan = { by: "all" };
  let fewest = population.size;
  for (const plan of narrowing) {
    const size = membersOf(plan, population).size;
    if (size >= fewest) continue;
    fewest = size;
    best = plan;
  }
  return best;
}

/** What has to hold in any case, and that there is a list for. */
function narrowingsOf(expression: Expression): Exclude<Plan, { by: "all" }>[] {
  switch (expression.kind) {
    case "and":
      return expression.terms.flatMap(narrowingsOf);
    case "has":
      return narrowingsOf(expression.term);
    case "equal": {
      const { field, value } = expression;
      const isListed = field === "type" || field === "name" || field === "node";
      return isListed && typeof value === "string" ? [{ by: field, value }] : [];
    }
    default:
      return [];
  }
}

function membersOf(
  { by, value }: Exclude<Plan, { by: "all" }>,
  population: Population,
): ReadonlySet<NodeId> {
  if (by === "type") return population.withType(value);
  if (by === "name") return population.withName(value);
  return new Set([value]);
}

function* listed(nodeIds: Iterable<NodeId>, population: Population): Generator<QueriedNode> {
  for (const nodeId of nodeIds) {
    const node = population.node(nodeId);
    if (node !== undefined) yield node;
  }
}
