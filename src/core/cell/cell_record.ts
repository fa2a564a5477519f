import type { StoredBallot } from "../election/ballot.ts";
import type { JsonValue } from "../node_io.ts";
import type { CellOrder } from "./message.ts";
import type { RosterRecord } from "./roster.ts";

/** What a cell keeps on the disk beside its vote. */
export interface StoredCell {
  readonly roster: RosterRecord;
  readonly order?: CellOrder | undefined;
}

export function storedCell({ roster, order }: StoredCell): JsonValue {
  const { joined, removed } = roster;
  const kept = { joined: { ...joined }, removed: { ...removed } };
  return order === undefined ? { roster: kept } : { roster: kept, order: { ...order } };
}

/** What this node wrote itself; anything else on the disk counts as nothing. */
export function readStoredCell(stored: unknown): StoredCell | undefined {
  if (!isRecord(stored) || !isRecord(stored["roster"])) return undefined;
  const { joined, removed } = stored["roster"];
  if (!isCounts(joined) || !isCounts(removed)) return undefined;
  const order = stored["order"];
  return { roster: { joined, removed }, ...(isOrder(order) ? { order } : {}) };
}

export function readStoredBallot(stored: unknown): StoredBallot | undefined {
  if (!isRecord(stored) || !Number.isSafeInteger(stored["term"])) return undefined;
  const { term, votedFor, followed } = stored;
  return {
    term: term as number,
    ...(typeof votedFor === "string" ? { votedFor } : {}),
    ...(typeof followed === "string" ? { followed } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCounts(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every((count) => Number.isSafeInteger(count));
}

function isOrder(value: unknown): value is CellOrder {
  return isRecord(value) && value["kind"] === "order" && Number.isSafeInteger(value["number"]) &&
    typeof value["issuer"] === "string" && typeof value["proof"] === "string";
}
