import type { JsonObject } from "../../core/state/document.ts";
import type { SharedState } from "../../core/state/shared_state.ts";
import {
  collectionOf,
  type Direction,
  type DocumentKey,
  ownerOf,
  partsOf,
} from "../../core/state/collection.ts";
import { hasMore } from "../../core/state/versions.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { fieldOf, plantersOf, TEXT_FIELD } from "../work.ts";
import type { World } from "../world.ts";

/** SD1: in a healed mesh everybody has the same documents, to the last field. */
export function documentsAgree(world: World): Checker {
  return {
    name: "documents-agree",
    pending(core) {
      if (world.plan.work === undefined) return undefined;
      const [first, ...others] = core.filter(isSharing);
      if (first === undefined) return undefined;
      const digest = first.node!.shared!.archive.digest;
      const other = others.find(({ node }) => node!.shared!.archive.digest !== digest);
      if (other !== undefined) return `${other.name} and ${first.name} have other documents`;
      const values = allValues(first);
      const differing = others.find((host) => allValues(host) !== values);
      return differing && `${differing.name} and ${first.name} read one document otherwise`;
    },
  };
}

interface Acknowledged {
  readonly index: number;
  readonly key: DocumentKey;
  readonly generation: number;
  readonly host: number;
  /** Of the host's disk, when it was acknowledged. */
  readonly wipes: number;
}

/**
 * SD2 and SD3: what was acknowledged is there, unless somebody deleted the document or the disk was
 * lost; and nothing that was deleted is ever back.
 */
export function documentsKept(world: World): Checker {
  const writes: Acknowledged[] = [];
  const deletions: Acknowledged[] = [];
  /** The last deletion of each document that was ever begun. */
  const begun = new Map<DocumentKey, number>();
  return {
    name: "documents-kept",
    sees: ["save", "documentChanged", "written"],
    check({ host, outputs }) {
      if (world.plan.work === undefined || world.standings.isStranger(host.index)) return undefined;
      for (const output of outputs) {
        if (output.kind === "save") {
          for (const { key, generation } of output.documents) note(begun, key, generation);
        }
        // A write that follows at once goes to the disk in the place of the deletion.
        if (output.kind === "documentChanged") {
          const mark = host.node!.shared!.archive.mark(output.key);
          if (mark !== undefined) note(begun, output.key, mark.generation);
        }
        if (output.kind !== "written" || output.outcome.kind !== "written") continue;
        const { requestId: index, outcome: { key, generation, isChange } } = output;
        const { kind } = world.plan.work[index]!;
        const field = kind === "write" ? fieldOf(index) : undefined;
        if (isChange && !world.documents.isKept(host, key, generation, field)) {
          return `${host.name} acknowledged ${kind} ${index} of ${key} that is not on its disk`;
        }
        const { index: at, disk: { wipes } } = host;
        const acknowledged = { index, key, generation, host: at, wipes };
        if (kind === "write") writes.push(acknowledged);
        else if (kind === "delete") deletions.push(acknowledged);
      }
      return undefined;
    },
    pending(core) {
      const sharing = core.filter(isSharing);
      // Who is switched off, or lost its disk, may never have told anybody.
      const isThere = ({ host, wipes }: Acknowledged) =>
        sharing.some(({ index }) => index === host) && world.hosts[host]!.disk.wipes === wipes;
      for (const host of sharing) {
        for (const write of writes) {
          const found = valueAt(host, write.key)?.[fieldOf(write.index)];
          const name = `what ${world.hosts[write.host]!.name} wrote as ${fieldOf(write.index)}`;
          const isDeleted = deletions.some((deletion) =>
            deletion.key === write.key && deletion.generation > write.generation &&
            isThere(deletion)
          );
          if (isDeleted && found !== undefined && isEverywhere(write.key)) {
            return `${name} is back at ${host.name}`;
          }
          if (!isEverywhere(write.key)) continue; // Its way is held by a checker of its own.
          const mayBeGone = (begun.get(write.key) ?? 0) > write.generation ||
            !isThere(write);
          if (!mayBeGone && found === undefined) return `${name} is not at ${host.name}`;
        }
      }
      return undefined;
    },
  };
}

/** SD10: what goes up, down or beside comes to everybody that stands so to whoever has it. */
export function documentsDirected(world: World): Checker {
  return {
    name: "documents-directed",
    pending(core) {
      if (world.plan.work === undefined) return undefined;
      const sharing = core.filter(isSharing);
      for (const host of sharing) {
        const { archive } = host.node!.shared!;
        const directed = [...archive.keys()].filter((key) => !isEverywhere(key));
        for (const other of directed.length === 0 ? [] : sharing) {
          const way = other === host ? undefined : wayBetween(host, other);
          const lacked = directed.find((key) =>
            collectionOf(key).direction === way &&
            hasMore(archive.held(0, key)!, other.node!.shared!.archive.held(0, key))
          );
          if (lacked !== undefined) return `${other.name} lacks some of ${lacked} of ${host.name}`;
        }
      }
      return undefined;
    },
  };
}

/** Where the other stands to the first, if both see it so. */
function wayBetween(host: Host, other: Host): Direction | undefined {
  const [own, theirs] = [leaderOf(host), leaderOf(other)];
  if (own === other.name) return theirs === other.name ? "up" : undefined;
  if (theirs === host.name) return own === host.name ? "down" : undefined;
  return "lateral";
}

function leaderOf({ node }: Host): string | undefined {
  return node!.affiliation.cell?.election.leader?.nodeId;
}

/** SD4: nobody ever has something in another's own document that this one did not write. */
export function documentsAuthorised(world: World): Checker {
  const planters = plantersOf(world.plan.work);
  return {
    name: "documents-authorised",
    sees: ["documentChanged"],
    check({ host, outputs }) {
      if (planters.includes(host.index)) return undefined;
      for (const output of outputs) {
        if (output.kind !== "documentChanged") continue;
        const { key } = output;
        // What stands in those is held by a checker of its own.
        if (partsOf(key).collectionName === "capabilities") continue;
        if (collectionOf(key).writers !== "owner") continue;
        const owner = ownerOf(key);
        const value = valueAt(host, key) ?? {};
        const forged = Object.entries(value).find(([field, author]) =>
          field !== TEXT_FIELD && author !== owner
        );
        if (forged !== undefined) return `${host.name} has ${forged[0]} of ${forged[1]} in ${key}`;
      }
      return undefined;
    },
  };
}

/** Remembers the latest deletion. Even generations are no deletions. */
function note(map: Map<DocumentKey, number>, key: DocumentKey, generation: number): void {
  if (generation % 2 === 1) map.set(key, Math.max(map.get(key) ?? 0, generation));
}

/** Whoever only listens has no connections, and so nothing of anybody. */
function isSharing({ node }: Host): boolean {
  return node?.shared?.isReady === true && !node.emcon;
}

function isEverywhere(key: DocumentKey): boolean {
  return collectionOf(key).direction === "everywhere";
}

function allValues(host: Host): string {
  const keys = host.node!.shared!.keys()
    .filter(isEverywhere);
  return JSON.stringify(keys.map((key) => [key, valueAt(host, key)]), sorted);
}

/** What was read of each node's documents, with the mark that it had then. */
const READ = new WeakMap<SharedState, Map<DocumentKey, { mark: unknown; value: JsonObject }>>();

/** A document's value, which is read again only when it may be another. */
function valueAt({ node }: Host, key: DocumentKey): JsonObject | undefined {
  const shared = node!.shared!;
  const mark = shared.archive.mark(key);
  const read = READ.get(shared) ?? new Map();
  READ.set(shared, read);
  const known = read.get(key);
  if (mark !== undefined && known?.mark === mark) return known.value;
  const value = shared.value(key);
  if (value !== undefined) read.set(key, { mark, value });
  return value;
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1));
}
