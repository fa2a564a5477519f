import type { StateService } from "../control/state_routes.ts";
import type {
  DocumentSummary,
  DocumentView,
  WriteAnswer,
  WriteRequest,
} from "../control/state_contract.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed, notPermitted } from "../core/kernel/refusals.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Node } from "../core/node.ts";
import {
  collectionOf,
  type DocumentKey,
  isCollectionName,
  isDocumentKey,
  partsOf,
} from "../core/state/collection.ts";
import type { Edit } from "../core/state/document.ts";
import { objectionTo } from "../core/state/fields.ts";
import type { WriteOutcome } from "../core/state/writer.ts";
import { mayCommand } from "../security/role.ts";
import type { DocumentDesk } from "./document_desk.ts";
import type { Membership } from "./membership.ts";

/** How often it is looked who has a document by now. */
const LOOK_MS: Millis = 10;

export interface DocumentServiceOptions {
  readonly node: Node;
  readonly desk: DocumentDesk;
  readonly membership: Membership;
  readonly now: () => Millis;
}

/** What commands want of the node's documents. */
export class DocumentService implements StateService {
  readonly #options: DocumentServiceOptions;

  constructor(options: DocumentServiceOptions) {
    this.#options = options;
  }

  async documents(collection: string | undefined): Promise<DocumentSummary[]> {
    if (collection !== undefined && !isCollectionName(collection)) throw badName(collection);
    await this.#ready();
    return this.#shared.keys(collection).map((key) => this.#summary(key));
  }

  async document(key: string): Promise<DocumentView> {
    if (!isDocumentKey(key)) throw badName(key);
    await this.#ready();
    const value = this.#shared.value(key);
    if (value !== undefined) return { ...this.#summary(key), value };
    throw notFound(`Cannot read ${key}`);
  }

  async write(
    { writes, dryRun = false, peers = 0, withinMs = 0 }: WriteRequest,
  ): Promise<WriteAnswer> {
    await this.#ready();
    const answers = await Promise.all(writes.map(async ({ key, edits }) => {
      try {
        return await this.#writeOne(key, edits as readonly Edit[], dryRun);
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        const { message, code, hint, exitCode } = error;
        return {
          error: {
            message,
            code,
            ...(hint === undefined ? {} : { hint }),
            ...(exitCode === undefined ? {} : { exitCode }),
          },
        };
      }
    }));
    const keys = answers.flatMap((its) => "error" in its ? [] : [`${its.collection}/${its.id}`]);
    if (!dryRun) await this.#awaitHolders(keys, peers, withinMs);
    return answers.map((its) =>
      "error" in its
        ? its
        : { ...its, acknowledgedBy: this.#shared.exchange.holders(`${its.collection}/${its.id}`) }
    );
  }

  async #writeOne(key: string, edits: readonly Edit[], isDryRun: boolean) {
    if (!isDocumentKey(key)) throw badName(key);
    refuseBadEdits(key, edits);
    const write = { key, edits, mayCommand: this.#mayCommand };
    const { collectionName: collection, id } = partsOf(key);
    if (isDryRun) {
      const reason = this.#shared.objection(write);
      if (reason !== undefined) throw this.#refusal({ kind: "refused", key, reason });
      return { collection, id, changed: false, acknowledgedBy: [], dryRun: true as const };
    }
    const outcome = await this.#options.desk.write(write);
    if (outcome.kind === "refused") throw this.#refusal(outcome);
    const { generation, isChange: changed } = outcome;
    return { collection, id, changed, generation, acknowledgedBy: [] };
  }

  /** Until so many connected peers said that they have all of it on their disks. */
  async #awaitHolders(
    keys: readonly DocumentKey[],
    peers: number,
    withinMs: Millis,
  ): Promise<void> {
    const { now } = this.#options;
    const until = now() + withinMs;
    const isMissing = () =>
      keys.some((key) => this.#shared.exchange.holders(key).length < peers) && now() < until;
    while (isMissing()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  #summary(key: DocumentKey): DocumentSummary {
    const { archive, exchange } = this.#shared;
    const { generation, bytes, changeCount, writtenAt, versions } = archive.mark(key)!;
    const { collectionName: collection, id } = partsOf(key);
    const quietMs = this.#options.now() - writtenAt;
    const writers = new Set(Object.keys(versions).map((life) => life.split(" ")[0]!));
    return {
      collection,
      id,
      generation,
      changes: changeCount,
      sizeBytes: bytes,
      writtenAt: new Date(Date.now() - quietMs).toISOString(),
      writers: [...writers].sort(),
      heldBy: exchange.holders(key).sort(),
    };
  }

  #refusal({ key, reason, detail }: Extract<WriteOutcome, { kind: "refused" }>): OperatingError {
    const cannot = `Cannot write ${key}`;
    switch (reason) {
      case "notPermitted":
        return notPermitted(`${cannot}: ${RIGHTS[collectionOf(key).writers]}`, {
          code: "not-permitted",
          hint: "see who may write what: peat help state",
        });
      case "notFound":
        return notFound(cannot);
      case "tooLarge":
        return new OperatingError(`${cannot}: it would have more bytes than a document may have`, {
          code: "document-too-large",
          hint: "put a part of it into a document of its own, or delete it and begin anew",
        });
      case "wornOut":
        return new OperatingError(`${cannot}: it was deleted more often than can be counted`, {
          code: "document-worn-out",
          hint: "give it another id",
        });
      case "full":
        return new OperatingError(`${cannot}: there are as many documents as a node can have`, {
          code: "documents-full",
          hint: "see what there is: peat state ls",
        });
      case "notReady":
        return new OperatingError(`${cannot}: too many writes are waiting`, {
          code: "busy",
          hint: "try again in a moment",
        });
      case "disk":
        return new OperatingError(`${cannot}: the disk refused it (${detail})`, {
          code: "disk",
          hint: "free space; nothing of it was kept, and nobody was told",
        });
    }
  }

  /** Without a formation nobody could check it, and nobody hears of it. */
  get #mayCommand(): boolean {
    const { credentials, time } = this.#options.membership;
    if (credentials === undefined || time === undefined) return true;
    return mayCommand(credentials.member(time.nowMs()).role);
  }

  async #ready(): Promise<void> {
    const { node, desk } = this.#options;
    if (node.shared !== undefined) return await desk.ready();
    throw new OperatingError(`Cannot use documents: ${node.nodeId} only passes through`, {
      code: "no-documents",
      hint: "ask a node that stays: peat node run",
    });
  }

  get #shared() {
    return this.#options.node.shared!;
  }
}

const RIGHTS = {
  owner: "only the node that its id names writes it",
  cell: "only members of the cell that its id names write it",
  commander: "it takes the role operator or admin",
  member: "only members write it",
} as const;

function refuseBadEdits(key: DocumentKey, edits: readonly Edit[]): void {
  for (const edit of edits) {
    if (edit.kind !== "put" && edit.kind !== "set") continue;
    const objection = objectionTo(edit.value);
    if (objection === undefined) continue;
    throw malformed(`Cannot write ${key}: ${objection}`, {
      code: "bad-value",
      hint: "put what is deep or long into a text of its own",
    });
  }
}

function badName(name: string): OperatingError {
  return malformed(`Cannot find document ${JSON.stringify(name)}: that is no document's name`, {
    code: "bad-document-name",
    hint: "write it like notes/plan-1",
  });
}

function notFound(cannot: string): OperatingError {
  return new OperatingError(`${cannot}: there is no such document`, {
    code: "no-such-document",
    hint: "see what there is: peat state ls",
  });
}
