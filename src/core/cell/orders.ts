import type { NodeId } from "../kernel/ids.ts";
import { HOUR, type Millis, MINUTE, NEVER } from "../kernel/time.ts";
import type { CellApproval, CellOrder, OperatorOrder } from "./message.ts";

/** An order that could not be carried out for so long is none any more. */
const ORDER_HOLDS_MS: Millis = 1 * MINUTE;

/** What a person agreed to is asked again after a day. */
const APPROVAL_HOLDS_MS: Millis = 24 * HOUR;

interface Held<T> {
  readonly what: T;
  readonly until: Millis;
}

/** What operators ordered of a cell: who is to lead, and whether it may do what it can. */
export class Orders {
  readonly #cellId: string;
  #order: Held<CellOrder> | undefined;
  #approval: Held<CellApproval> | undefined;
  #lastOrder = 0;
  #lastApproval = 0;
  #lastPolicy = 0;

  constructor(cellId: string) {
    this.#cellId = cellId;
  }

  get order(): CellOrder | undefined {
    return this.#order?.what;
  }

  get approval(): CellApproval | undefined {
    return this.#approval?.what;
  }

  get deadline(): Millis {
    return Math.min(this.#order?.until ?? NEVER, this.#approval?.until ?? NEVER);
  }

  /** For whoever did not hear of them. */
  get held(): OperatorOrder[] {
    return [this.order, this.approval].filter((one) => one !== undefined);
  }

  /** Answers whether it is news: for this cell, and later than what was ordered before. */
  accept(now: Millis, order: OperatorOrder): boolean {
    if (order.cellId !== this.#cellId) return false;
    if (order.kind === "policy") {
      // The charter holds it from here on, and whoever comes later is told that.
      if (order.number <= this.#lastPolicy) return false;
      this.#lastPolicy = order.number;
    } else if (order.kind === "approval") {
      if (order.number <= this.#lastApproval) return false;
      this.#lastApproval = order.number;
      this.#approval = { what: order, until: now + APPROVAL_HOLDS_MS };
    } else {
      if (order.number <= this.#lastOrder) return false;
      this.#lastOrder = order.number;
      this.#order = { what: order, until: now + ORDER_HOLDS_MS };
    }
    return true;
  }

  /** The order is carried out once that node leads. */
  noteLeader(leader: NodeId | undefined): void {
    if (leader === this.order?.leader) this.#order = undefined;
  }

  /** Answers whether anything does not hold any more. */
  expire(now: Millis): boolean {
    if (now < this.deadline) return false;
    if (this.#order !== undefined && now >= this.#order.until) this.#order = undefined;
    if (this.#approval !== undefined && now >= this.#approval.until) this.#approval = undefined;
    return true;
  }
}
