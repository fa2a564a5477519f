import type { StoredBallot } from "../election/ballot.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { StoredRoster } from "./roster.ts";

export function storedRoster({ joined, removed, forgotten }: StoredRoster): JsonValue {
  return { joined: { ...joined }, removed: { ...removed }, forgotten: { ...forgotten } };
}

/** What this node wrote itself; anything else on the disk counts as nothing. */
export function readStoredRoster(stored: unknown): StoredRoster | undefined {
  if (!isRecord(stored)) return undefined;
  const { joined, removed, forgotten = {} } = stored;
  if (!isCounts(joined) || !isCounts(removed) || !isCounts(forgotten)) return undefined;
  return { joined, removed, forgotten };
}

export function readStoredBallot(stored: unknown): StoredBallot | undefined {
  if (!isRecord(stored) || !Number.isSafeInteger(stored["term"])) return undefined;
  const { term, votedFor, followed, promisedMs } = stored;
  return {
    term: term as number,
    ...(typeof votedFor === "string" ? { votedFor } : {}),
    ...(typeof followed === "string" ? { followed } : {}),
    ...(typeof promisedMs === "number" && promisedMs > 0 ? { promisedMs } : {}),
  };
}

/** Where a node is, since its operator said where it begins. */
export interface Whereabouts {
  /** What the configuration said then, null for no cell; another word of it holds again. */
  readonly configured: string | null;
  readonly current: string;
  /** Cells that it was in and remembers, the latest last. */
  readonly visited: readonly string[];
  /** For which place it is there, if the node found its cell by itself. */
  readonly home?: string;
  /** An operator put it there, or where it was moved from since. */
  readonly isOrdered?: true;
}

export function storedWhereabouts({ visited, ...rest }: Whereabouts): JsonValue {
  return { ...rest, visited: [...visited] };
}

export function readWhereabouts(stored: unknown): Whereabouts | undefined {
  if (!isRecord(stored)) return undefined;
  const { configured, current, visited, home, isOrdered } = stored;
  if (configured !== null && typeof configured !== "string") return undefined;
  if (typeof current !== "string" || !Array.isArray(visited)) return undefined;
  return {
    configured,
    current,
    visited: visited.filter((one) => typeof one === "string"),
    ...(typeof home === "string" ? { home } : {}),
    ...(isOrdered === true ? { isOrdered } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCounts(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every((count) => Number.isSafeInteger(count));
}
