import { OperatingError } from "../core/kernel/operating_error.ts";
import { type Millis, MINUTE, SECOND } from "../core/kernel/time.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import type { DocumentKey } from "../core/state/collection.ts";
import type { Change, Documents, Edit, Versions } from "../core/state/document.ts";
import type { Write, WriteOutcome } from "../core/state/writer.ts";
import type { AutomergeDocuments } from "../store/automerge_documents.ts";
import type { DocumentStore } from "../store/document_store.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/**
 * A start leaves documents for later: a mesh that starts at once has to meet first, and Automerge
 * costs half of what all before it did.
 */
const OPEN_AFTER_MS: Millis = 1.5 * SECOND;

/** How often the disk is told that the node is there. It only has to be less than any horizon. */
const SEEN_MS: Millis = 10 * MINUTE;

/** Writes of commands that were not answered yet. */
const WRITES_AT_ONCE = 4_096;

export interface DocumentDeskOptions {
  readonly dataDir: string;
  /** What a formation shares stays in it, so each has a file of its own. Absent: in none. */
  readonly formationId: string | undefined;
  readonly clock: Clock;
  /** A recording holds what the disk held, so that it replays where there is no such disk. */
  readonly isRecorded: boolean;
  readonly hand: (input: NodeInput) => void;
  readonly log: Log;
}

interface Opened {
  readonly documents: AutomergeDocuments;
  readonly store: DocumentStore;
}

/**
 * The node's documents on this machine. Automerge and the file are opened a while after all that
 * makes a node present, or when somebody wants something of documents, who waits until then.
 */
export class DocumentDesk implements Documents {
  readonly #options: DocumentDeskOptions;
  readonly #ready = Promise.withResolvers<void>();
  readonly #writes = new Map<number, (outcome: WriteOutcome) => void>();
  #opened: Opened | undefined;
  #failure: unknown;
  #requestId = 0;
  #cancelSeen: () => void = () => {};
  /** Opens them, once; absent while they are not to be opened. */
  #open: (() => void) | undefined;
  #cancelOpening: () => void = () => {};
  #isFailing = false;
  #isClosed = false;

  constructor(options: DocumentDeskOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => {}); // Told to whoever waits, which may be nobody.
  }

  /** Opens them soon. */
  openSoon(): void {
    this.#open = () => {
      this.#open = undefined;
      this.#cancelOpening();
      void this.#openNow();
    };
    this.#cancelOpening = this.#options.clock.schedule(OPEN_AFTER_MS, this.#open);
  }

  /** A node whose documents cannot be read goes on without, and says so. */
  async #openNow(): Promise<void> {
    const { isRecorded, hand, log } = this.#options;
    try {
      const { loadAutomerge } = await import("../store/automerge.ts");
      const { AutomergeDocuments } = await import("../store/automerge_documents.ts");
      const { DocumentStore } = await import("../store/document_store.ts");
      const automerge = await loadAutomerge();
      const store = await DocumentStore.open(this.#path);
      if (this.#isClosed) return store.close();
      this.#opened = { documents: new AutomergeDocuments(automerge, store), store };
      const { stored, awayMs } = store.load(Date.now());
      const told = !isRecorded ? stored : stored.map((document) => ({
        ...document,
        changes: [...store.changes(document.key, document.generation, {})],
      }));
      this.#markSeen();
      hand({ kind: "documentsReady", stored: told, awayMs });
      this.#ready.resolve();
    } catch (error) {
      this.#failure = error;
      log.error("cannot share documents", { reason: reasonOf(error) });
      this.#ready.reject(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#open = undefined;
    this.#cancelOpening();
    this.#cancelSeen();
    const opened = this.#opened;
    this.#ready.reject(stopped());
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.documents.close();
    try {
      opened.store.markSeen(Date.now());
    } catch (error) {
      this.#options.log.warn("cannot write to documents", { reason: reasonOf(error) });
    }
    opened.store.close();
  }

  /** Resolves when documents can be had, which is as soon as they are asked for. Rejects when never. */
  ready(): Promise<void> {
    this.#open?.();
    return this.#ready.promise;
  }

  /** What became of a write, once it is on the disk or refused. */
  async write(write: Omit<Write, "requestId">): Promise<WriteOutcome> {
    await this.ready();
    const { key } = write;
    if (this.#writes.size >= WRITES_AT_ONCE) return { kind: "refused", key, reason: "notReady" };
    const requestId = ++this.#requestId;
    const { promise, resolve } = Promise.withResolvers<WriteOutcome>();
    this.#writes.set(requestId, resolve);
    this.#options.hand({ kind: "write", write: { ...write, requestId } });
    return await promise;
  }

  written({ requestId, outcome }: Extract<NodeOutput, { kind: "written" }>): void {
    this.#writes.get(requestId)?.(outcome);
    this.#writes.delete(requestId);
  }

  save({ ticket, documents: saves }: Extract<NodeOutput, { kind: "save" }>): void {
    const { documents, store } = this.#use();
    const { hand, log } = this.#options;
    try {
      store.save(documents.take(saves), Date.now());
    } catch (error) {
      const reason = reasonOf(error);
      if (!this.#isFailing) log.warn("cannot keep documents", { reason });
      this.#isFailing = true;
      return hand({ kind: "saveFailed", ticket, reason });
    }
    this.#isFailing = false;
    documents.settle();
    hand({ kind: "saved", ticket });
  }

  value(key: DocumentKey, generation: number) {
    return this.#use().documents.value(key, generation);
  }

  edit(
    key: DocumentKey,
    generation: number,
    edits: readonly Edit[],
    by: Pick<Change, "author" | "boot" | "number" | "mayCommand">,
  ) {
    return this.#use().documents.edit(key, generation, edits, by);
  }

  merge(key: DocumentKey, generation: number, changes: readonly Change[]) {
    return this.#use().documents.merge(key, generation, changes);
  }

  since(key: DocumentKey, generation: number, versions: Versions) {
    return this.#use().documents.since(key, generation, versions);
  }

  revert(key: DocumentKey): void {
    this.#use().documents.revert(key);
  }

  get #path(): string {
    const { dataDir, formationId } = this.#options;
    return `${dataDir}/documents${formationId === undefined ? "" : `-${formationId}`}.db`;
  }

  #use(): Opened {
    if (this.#opened === undefined) throw this.#failure ?? stopped();
    return this.#opened;
  }

  #markSeen(): void {
    this.#cancelSeen = this.#options.clock.schedule(SEEN_MS, () => {
      try {
        this.#opened?.store.markSeen(Date.now());
      } catch (error) {
        this.#options.log.warn("cannot write to documents", { reason: reasonOf(error) });
      }
      this.#markSeen();
    });
  }
}

function stopped(): OperatingError {
  return new OperatingError("Cannot use documents: the node has stopped", {
    code: "node-stopped",
    hint: "start it again with: peat node run",
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
