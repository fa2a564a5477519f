import { BoundedQueue } from "../kernel/bounded_queue.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import type { NodeOutput } from "../node_io.ts";
import { Archive } from "./archive.ts";
import { type DocumentKey, partsOf } from "./collection.ts";
import { type Documents, type JsonObject, lifeOf, type StoredDocument } from "./document.ts";
import { Exchange } from "./exchange.ts";
import { Rights } from "./rights.ts";
import { Saves } from "./saves.ts";
import type { DocumentChanges, StateMessage } from "./state_message.ts";
import type { Relation } from "./ways.ts";
import { type Write, Writer, type WriteRefusal } from "./writer.ts";

export interface SharedStateOptions {
  readonly self: NodeId;
  readonly documents: Documents;
  readonly random: Random;
  /** The cell that a node is in, as far as is known. */
  readonly cellOf: (nodeId: NodeId) => string | undefined;
  readonly relationOf: (peer: NodeId) => Relation;
  /** The number of this start, once the disk keeps it. */
  readonly boot: () => number | undefined;
}

export type SharedStateInput =
  /** The disk was read, and documents can be had. */
  | {
    readonly kind: "ready";
    readonly stored: readonly StoredDocument[];
    /** How long this node did not run, as far as its clock can tell. */
    readonly awayMs: Millis;
  }
  | { readonly kind: "write"; readonly write: Write }
  | { readonly kind: "saved"; readonly ticket: number }
  | { readonly kind: "saveFailed"; readonly ticket: number; readonly reason: string }
  | { readonly kind: "connected"; readonly peer: NodeId }
  | { readonly kind: "disconnected"; readonly peer: NodeId }
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: StateMessage }
  /** Somebody else leads the cell, or the node is in another. */
  | { readonly kind: "related" }
  | { readonly kind: "due" };

export type SharedStateOutput = Extract<
  NodeOutput,
  { kind: "send" | "disconnect" | "save" | "written" | "documentChanged" }
>;

/** How much is kept of what peers say before this node is ready. Summaries make up for the rest. */
const EARLY_MESSAGES = 64;

/**
 * What a mesh knows together: documents that every node writes at once and that come to be the same
 * everywhere. SPEC.md has the rules and the invariants.
 */
export class SharedState implements Machine<SharedStateInput, SharedStateOutput> {
  readonly #options: SharedStateOptions;
  readonly #archive: Archive;
  readonly #exchange: Exchange;
  readonly #writer: Writer;
  readonly #saves: Saves;
  /** Who handed on what is not on the disk yet, and waits to hear that it is. */
  readonly #givers = new Map<DocumentKey, Set<NodeId>>();
  /** What peers said before this node was ready: they say it once. */
  readonly #early = new BoundedQueue<{ readonly peer: NodeId; readonly message: StateMessage }>(
    EARLY_MESSAGES,
    "drop-oldest",
  );
  readonly #outputs: SharedStateOutput[] = [];
  #isReady = false;

  constructor(options: SharedStateOptions) {
    this.#options = options;
    const { documents, random, cellOf, relationOf } = options;
    const rights = new Rights(cellOf);
    this.#archive = new Archive({ documents, rights });
    this.#exchange = new Exchange({ archive: this.#archive, random, relationOf });
    this.#saves = new Saves(this.#archive);
    this.#writer = new Writer({ ...options, archive: this.#archive, rights });
  }

  get archive(): Archive {
    return this.#archive;
  }

  get exchange(): Exchange {
    return this.#exchange;
  }

  get saveFailures(): number {
    return this.#saves.failures;
  }

  /** How much peers said too early to be kept. */
  get tooEarly(): number {
    return this.#early.dropped;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Undefined for a document that there is not, or that was deleted. */
  value(key: DocumentKey): JsonObject | undefined {
    return this.#archive.value(key);
  }

  /** Why a write would be refused, as far as that can be told before. */
  objection(write: Write): WriteRefusal | undefined {
    return this.#writer.objection(write);
  }

  /** The documents of a collection that there are, or of all. */
  keys(collectionName?: string): DocumentKey[] {
    return [...this.#archive.keys()].filter((key) =>
      (collectionName === undefined || partsOf(key).collectionName === collectionName) &&
      this.#archive.mark(key)!.generation % 2 === 0
    ).sort();
  }

  handle(now: Millis, input: SharedStateInput): void {
    switch (input.kind) {
      case "ready":
        this.#isReady = true;
        this.#archive.recall(now, input.stored, input.awayMs, this.#options.self);
        for (const key of this.#archive.keys()) this.#tellChange(key);
        this.#catchUp(now);
        break;
      case "write":
        this.#writer.add(input.write);
        break;
      case "saved":
        this.#finish(now, input.ticket);
        break;
      case "saveFailed":
        this.#giveUp(now, input.ticket, input.reason);
        break;
      case "connected":
        this.#exchange.connect(now, input.peer);
        break;
      case "disconnected":
        this.#exchange.disconnect(input.peer);
        break;
      case "message":
        this.#receive(now, input.peer, input.message);
        break;
      case "related":
        this.#exchange.relate(now);
        break;
      case "due":
        break;
    }
    this.#evaluate(now);
  }

  poll(): SharedStateOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    if (!this.#isReady) return Infinity;
    return Math.min(this.#exchange.deadline(), this.#archive.expiresAt, this.#saves.retryAt);
  }

  /** Connections, and what peers said over them, did not wait for this node to be ready. */
  #catchUp(now: Millis): void {
    this.#exchange.greetAll(now);
    for (let early = this.#early.shift(); early; early = this.#early.shift()) {
      this.#receive(now, early.peer, early.message);
    }
  }

  #receive(now: Millis, peer: NodeId, message: StateMessage): void {
    if (!this.#isReady) this.#early.push({ peer, message });
    else if (message.kind === "documentChanges") this.#take(now, peer, message);
    else this.#exchange.receive(now, peer, message);
  }

  #take(now: Millis, peer: NodeId, message: DocumentChanges): void {
    const { key, generation, isLast } = message;
    if (!this.#exchange.expects(peer, key)) return;
    if (this.#exchange.isEndless(message)) {
      this.#outputs.push({ kind: "disconnect", peer });
      return;
    }
    const own = this.#unfinished(key, generation);
    const { isNews, isHostile, hasGap = false } = this.#archive.take(now, message, peer);
    if (isNews) {
      this.#givers.set(key, (this.#givers.get(key) ?? new Set()).add(peer));
      this.#tellChange(key);
      // This node alone writes the document, and what it wrote since it started still holds (SD8).
      if (own !== undefined) this.#writer.add({ key, edits: [{ kind: "set", value: own }] });
    }
    this.#exchange.settle(now, peer, { key, isLast, hasGap });
    if (isHostile) this.#outputs.push({ kind: "disconnect", peer });
  }

  /** What this node wrote in this life, of a document of its own that others know to be further. */
  #unfinished(key: DocumentKey, generation: number): JsonObject | undefined {
    const mark = this.#archive.mark(key);
    const boot = this.#options.boot();
    if (mark === undefined || boot === undefined || generation <= mark.generation) return undefined;
    if (mark.versions[lifeOf({ author: this.#options.self, boot })] === undefined) return undefined;
    return this.#writer.isSoleWriter(key) ? this.#archive.value(key) : undefined;
  }

  #evaluate(now: Millis): void {
    if (!this.#isReady) return;
    for (const { written, changed } of this.#writer.evaluate(now)) {
      if (changed !== undefined) this.#tellChange(changed);
      if (written !== undefined) this.#saves.acknowledge(written);
    }
    for (const key of this.#archive.expire(now)) {
      this.#exchange.forget(key);
      this.#tellChange(key);
    }
    this.#exchange.evaluate(now);
    for (let output = this.#exchange.poll(); output; output = this.#exchange.poll()) {
      const { peer, priorityClass, message } = output;
      const post = { kind: "state", message } as const;
      this.#outputs.push({ kind: "send", peer, priorityClass, message: post });
    }
    const save = this.#saves.begin(now);
    if (save !== undefined) this.#outputs.push({ kind: "save", ...save });
    for (const written of this.#saves.acknowledged()) {
      this.#outputs.push({ kind: "written", ...written });
    }
  }

  #finish(now: Millis, ticket: number): void {
    for (const key of this.#saves.finish(ticket)) {
      this.#exchange.tell(now, key);
      for (const giver of this.#givers.get(key) ?? []) this.#exchange.tell(now, key, giver);
      if (!this.#archive.isUnsaved(key)) this.#givers.delete(key);
    }
  }

  #giveUp(now: Millis, ticket: number, reason: string): void {
    for (const key of this.#saves.fail(now, ticket, reason)) {
      this.#givers.delete(key);
      this.#tellChange(key);
    }
  }

  #tellChange(key: DocumentKey): void {
    this.#outputs.push({ kind: "documentChanged", key });
  }
}
