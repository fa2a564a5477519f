import type { Claim } from "../election/claim.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Cell } from "./cell.ts";
import type { CellOrder } from "./message.ts";
import type { Operator } from "./operator.ts";
import type { Standing } from "./standings.ts";

/** What was known here of everybody when somebody came to lead: it is why that one does. */
export interface Choice {
  readonly leader: Claim;
  readonly standings: readonly Standing[];
  readonly present: ReadonlySet<NodeId>;
  readonly operators: ReadonlyMap<NodeId, Operator>;
  /** Who ordered that this one leads. */
  readonly orderedBy?: NodeId;
}

/** Remembers the last choice. A leader that is confirmed, or has a higher term, is the same one. */
export class Choices {
  #last: Choice | undefined;
  #order: CellOrder | undefined;
  #isLed = false;

  get last(): Choice | undefined {
    return this.#last;
  }

  /** Undefined once it was carried out, or dropped. */
  noteOrder(order: CellOrder | undefined): void {
    this.#order = order;
  }

  noteLeader(cell: Cell, leader: Claim | undefined): void {
    const isNew = leader !== undefined &&
      !(this.#isLed && leader.nodeId === this.#last?.leader.nodeId);
    this.#isLed = leader !== undefined;
    if (leader === undefined) return;
    this.#last = isNew ? this.#take(cell, leader) : { ...this.#last!, leader };
  }

  #take(cell: Cell, leader: Claim): Choice {
    const orderedBy = this.#order?.leader === leader.nodeId ? this.#order.issuer : undefined;
    return { leader, ...viewOf(cell), ...(orderedBy === undefined ? {} : { orderedBy }) };
  }
}

/** What is known of everybody now, in the same words. */
export function viewOf(cell: Cell): Omit<Choice, "leader"> {
  const { standings } = cell;
  const operators = standings.flatMap(({ nodeId }) => {
    const operator = cell.profileOf(nodeId)?.operator;
    return operator === undefined ? [] : [[nodeId, operator] as const];
  });
  return {
    standings,
    present: new Set(standings.map(({ nodeId }) => nodeId).filter((id) => cell.isPresent(id))),
    operators: new Map(operators),
  };
}
