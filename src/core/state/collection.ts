import { isNodeId, type NodeId } from "../kernel/ids.ts";
import { type Millis, MINUTE } from "../kernel/time.ts";
import type { PriorityClass } from "../priority.ts";

const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/**
 * Who may write a document: the node that its id names, the members of the cell that its id names,
 * those whose orders others follow, or any member of the formation.
 */
export type Writers = "owner" | "cell" | "commander" | "member";

/** How a document of one writer sheds its history: never, every few changes, or after a time. */
export type History = "full" | "latest" | { readonly windowMs: Millis };

/** To whom documents go: to all, to the leader, to those who are led, or to those beside. */
export type Direction = "everywhere" | "up" | "down" | "lateral";

/** What holds for every document of one collection. */
export interface Collection {
  readonly writers: Writers;
  /** History is only shed by the one writer there is: what others wrote meanwhile would be lost. */
  readonly history: History;
  readonly direction: Direction;
  readonly priorityClass: PriorityClass;
  /** A document that nobody wrote for so long is gone everywhere. Absent: it stays. */
  readonly ttlMs?: Millis;
  /** How long a deletion is remembered. Whoever was away for longer comes back with nothing. */
  readonly horizonMs: Millis;
}

const SHARED: Collection = {
  writers: "member",
  history: "full",
  direction: "everywhere",
  priorityClass: "normal",
  horizonMs: 7 * DAY,
};

/** The collections that peat itself knows. Any other name is one for its users, and `SHARED`. */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
  nodes: { ...SHARED, writers: "owner", history: "latest" },
  capabilities: { ...SHARED, writers: "owner", history: "latest", priorityClass: "high" },
  capability_history: { ...SHARED, writers: "owner", history: { windowMs: 5 * MINUTE } },
  cells: { ...SHARED, writers: "cell", priorityClass: "high" },
  rollouts: { ...SHARED, writers: "commander", priorityClass: "high" },
  outcomes: { ...SHARED, writers: "owner", history: "latest" },
  commands: { ...SHARED, writers: "commander", direction: "down", priorityClass: "critical" },
  tracks: {
    ...SHARED,
    writers: "owner",
    history: "latest",
    priorityClass: "low",
    ttlMs: HOUR,
    horizonMs: 2 * HOUR,
  },
  alerts: { ...SHARED, priorityClass: "critical" },
  contact_reports: { ...SHARED, direction: "up", priorityClass: "high" },
  notices: { ...SHARED, direction: "lateral" },
};

/** A document's name: its collection and its id in it. */
export type DocumentKey = string;

const COLLECTION_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const DOCUMENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

export function isCollectionName(text: string): boolean {
  return COLLECTION_NAME.test(text);
}

export function isDocumentKey(text: string): text is DocumentKey {
  const { collectionName, id } = partsOf(text);
  return COLLECTION_NAME.test(collectionName) && DOCUMENT_ID.test(id);
}

export function partsOf(key: DocumentKey): { collectionName: string; id: string } {
  const slash = key.indexOf("/");
  return { collectionName: key.slice(0, Math.max(0, slash)), id: key.slice(slash + 1) };
}

export function collectionOf(key: DocumentKey): Collection {
  const { collectionName } = partsOf(key);
  return Object.hasOwn(COLLECTIONS, collectionName) ? COLLECTIONS[collectionName]! : SHARED;
}

/** The node whose document it is: what its id says before a colon. */
export function ownerOf(key: DocumentKey): NodeId | undefined {
  const [owner = ""] = partsOf(key).id.split(":", 1);
  return isNodeId(owner) ? owner : undefined;
}
