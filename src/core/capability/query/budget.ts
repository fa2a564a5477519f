import { type Expression, QUERY_LIMITS } from "./query.ts";

export const TOO_DEEP = `it is nested more than ${QUERY_LIMITS.depth} deep`;

/** Counts what a query is made of while it is read. Each answers what is wrong, if anything is. */
export class Budget {
  #depth = 0;
  #comparisons = 0;

  enter(): string | undefined {
    const { depth } = QUERY_LIMITS;
    return ++this.#depth > depth ? TOO_DEEP : undefined;
  }

  leave(): void {
    this.#depth--;
  }

  compare(): string | undefined {
    const { comparisons } = QUERY_LIMITS;
    return ++this.#comparisons > comparisons
      ? `it has more than ${comparisons} comparisons`
      : undefined;
  }
}

/** How many expressions stand within each other, which is the same for either form of a query. */
export function depthOf(expression: Expression): number {
  switch (expression.kind) {
    case "and":
    case "or":
      return 1 + Math.max(...expression.terms.map(depthOf));
    case "not":
    case "has":
      return 1 + depthOf(expression.term);
    default:
      return 1;
  }
}
