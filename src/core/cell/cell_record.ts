import type { StoredBallot } from "../election/ballot.ts";
import type { JsonValue } from "../node_io.ts";
import type { RosterRecord } from "./roster.ts";

export function storedRoster({ joined, removed }: RosterRecord): JsonValue {
  return { joined: { ...joined }, removed: { ...removed } };
}

/** What this node wrote itself; anything else on the disk counts as nothing. */
export function readStoredRoster(stored: unknown): RosterRecord | undefined {
  if (!isRecord(stored)) return undefined;
  const { joined, removed } = stored;
  return isCounts(joined) && isCounts(removed) ? { joined, removed } : undefined;
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
