import type { Claim } from "../election/claim.ts";
import { compareScores } from "../election/ranking/leadership_score.ts";
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
  /** Messages to them had a way. */
  readonly reachable: ReadonlySet<NodeId>;
  readonly operators: ReadonlyMap<NodeId, Operator>;
  /** Who ordered that this one leads. */
  readonly orderedBy?: NodeId;
}

/** Remembers the last choice. A leader that is confirmed, or has a higher term, is the same one. */
export class Choices {
  #last: Choice | undefined;
  #order: CellOrder | undefined;
  #isLed = false;
  /** Of whom only a beacon was known when the leader was elected. */
  #unheard: readonly NodeId[] = [];

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

  /** What a member says about itself for the first time held before, too. */
  hear(cell: Cell): void {
    const heard = this.#unheard.filter((nodeId) => cell.isIntroduced(nodeId));
    if (heard.length === 0 || this.#last === undefined) return;
    this.#unheard = this.#unheard.filter((nodeId) => !heard.includes(nodeId));
    const { standings, operators } = viewOf(cell);
    const isHeard = ({ nodeId }: Standing) => heard.includes(nodeId);
    const merged = [
      ...this.#last.standings.filter((standing) => !isHeard(standing)),
      ...standings.filter(isHeard),
    ].sort((left, right) => compareScores(right, left));
    const theirs = [...operators].filter(([nodeId]) => heard.includes(nodeId));
    this.#last = {
      ...this.#last,
      standings: merged,
      operators: new Map([...this.#last.operators, ...theirs]),
    };
  }

  #take(cell: Cell, leader: Claim): Choice {
    const orderedBy = this.#order?.leader === leader.nodeId ? this.#order.issuer : undefined;
    this.#unheard = cell.roster.members.filter((nodeId) => !cell.isIntroduced(nodeId));
    return { leader, ...viewOf(cell), ...(orderedBy === undefined ? {} : { orderedBy }) };
  }
}

/** What is known of everybody now, in the same words. */
export function viewOf(cell: Cell): Omit<Choice, "leader"> {
  const { standings } = cell;
  const nodeIds = standings.map(({ nodeId }) => nodeId);
  const operators = standings.flatMap(({ nodeId }) => {
    const operator = cell.profileOf(nodeId)?.operator;
    return operator === undefined ? [] : [[nodeId, operator] as const];
  });
  return {
    standings,
    present: new Set(nodeIds.filter((nodeId) => cell.isPresent(nodeId))),
    reachable: new Set(nodeIds.filter((nodeId) => cell.isReachable(nodeId))),
    operators: new Map(operators),
  };
}
