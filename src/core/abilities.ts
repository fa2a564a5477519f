import type { Affiliation } from "./cell/affiliation.ts";
import { type Announced, CapabilityBook } from "./capability/book.ts";
import type { Capability, CapabilityType } from "./capability/capability.ts";
import { type CapabilityChange, changed, type ChangeOutcome } from "./capability/change.ts";
import { type Declaration, writeDeclaration } from "./capability/declaration.ts";
import { composedCells } from "./capability/composed_cells.ts";
import type { CompositionRule } from "./capability/composition/rule.ts";
import {
  type Answered,
  type CapabilityMessage,
  Inquirer,
  type Subject,
} from "./capability/inquirer.ts";
import { AskedNodes, hearing, type Knowledge, PresentNodes } from "./capability/population.ts";
import { type QueryResult, runQuery } from "./capability/query/evaluate.ts";
import type { Query } from "./capability/query/query.ts";
import { type CellSummary, summarizeAbove, type Summary } from "./capability/summary.ts";
import type { NodeId } from "./kernel/ids.ts";
import type { Stored } from "./kernel/json_value.ts";
import { knownCells } from "./known_cells.ts";
import type { Random } from "./kernel/random.ts";
import type { Millis } from "./kernel/time.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { NodeOutput } from "./node_io.ts";
import { type DocumentKey, partsOf } from "./state/collection.ts";
import type { JsonObject } from "./state/document.ts";
import type { Write } from "./state/writer.ts";
import type { Voice } from "./voice.ts";

export interface QueryAnswer extends QueryResult {
  /** Of how many nodes it is known what they can do, of how many that there are. */
  readonly heardFrom: number;
  readonly ofNodes: number;
}

/** Under which key the disk keeps what this node can do. */
export const CAPABILITIES_KEY = "capabilities";

/** Where each node says what it can do, under its own name. */
const COLLECTION = "capabilities";

/** What cells come to, and from how many nodes it is known what they can do. */
export interface CellsAnswer {
  readonly heardFrom: number;
  readonly ofNodes: number;
  readonly cells: readonly CellSummary[];
  readonly together: Summary;
}

interface Pending {
  readonly requestId: number;
  readonly declaration: Declaration;
}

/** Changes that wait for the disk. */
const PENDING_LIMIT = 64;

/** The parts of a node that know who is there. */
interface Parts {
  readonly nodeId: NodeId;
  readonly voice: Voice;
  readonly neighbourhood: Neighbourhood;
  readonly affiliation: Affiliation;
  readonly random: Random;
  /** Shares a document with everybody, where documents are shared. */
  readonly write: (now: Millis, write: Write) => void;
}

/** What this node and all others can do, as far as it knows, and how it finds out. */
export class Abilities {
  readonly book: CapabilityBook;
  readonly inquirer: Inquirer;
  readonly #parts: Parts;
  readonly #pending: Pending[] = [];
  readonly #outputs: NodeOutput[] = [];

  constructor(parts: Parts) {
    const { nodeId, voice: { broadcaster }, random } = parts;
    this.#parts = parts;
    this.book = new CapabilityBook(nodeId, broadcaster.advertisement.capabilities);
    this.inquirer = new Inquirer(random.split("inquirer"), {
      own: () => this.book.own,
      digestOf: (peer) => this.book.entry(peer)?.digest,
    });
  }

  /** Answers from what is known of everybody, or from what those said who were asked just now. */
  answer(query: Query, rules: readonly CompositionRule[], answered?: Answered): QueryAnswer {
    const { affiliation: { cell }, voice: { broadcaster } } = this.#parts;
    const present = new PresentNodes(this.#knowledge);
    const population = answered === undefined
      ? present
      : new AskedNodes(present, this.#told(answered));
    const cells = query.composed === true
      ? composedCells(population, rules, (nodeId) => cell?.profileOf(nodeId)?.operator?.authority)
      : [];
    const origin = broadcaster.advertisement.position;
    const { heardFrom, ofNodes } = hearing(this.#knowledge);
    return {
      ...runQuery(query, { population, cells, origin }),
      heardFrom: answered === undefined ? heardFrom : [...population.all()].length,
      ofNodes,
    };
  }

  /** What each cell comes to, and all together, as far as is known. */
  cells(required: readonly CapabilityType[]): CellsAnswer {
    const { affiliation: { cell }, voice: { broadcaster } } = this.#parts;
    const { announcement } = broadcaster;
    const cells = knownCells({ ...this.#knowledge, announcement, cell, required });
    return { ...hearing(this.#knowledge), cells, together: summarizeAbove("", cells) };
  }

  /** This node needs nobody to ask. */
  #told(answered: Answered): ReadonlyMap<NodeId, readonly Capability[]> {
    return new Map([
      [this.#parts.nodeId, this.book.own] as const,
      ...answered.map(({ nodeId, capabilities = [] }) => [nodeId, capabilities] as const),
    ]);
  }

  /** Connected peers that are there to stay. */
  askable(): NodeId[] {
    const population = new PresentNodes(this.#knowledge);
    const { keeper } = this.#parts.neighbourhood;
    return [...population.all()].map(({ nodeId }) => nodeId)
      .filter((nodeId) => keeper.state(nodeId) === "connected");
  }

  /** Something about the peer is not what it was. */
  notePeer(nodeId: NodeId): void {
    const { observer, relay } = this.#parts.neighbourhood;
    const beacon = (relay.peer(nodeId) ?? observer.peer(nodeId))?.beacon;
    if (beacon === undefined) return this.book.forget(nodeId);
    const { advertisement: { capabilities }, capabilityDigest: digest } = beacon;
    const announced: Announced = { capabilities, digest };
    this.book.retain((peer) => observer.peer(peer) !== undefined || relay.peer(peer) !== undefined);
    this.book.hear(nodeId, announced);
  }

  /** Before anything is said: what was changed before the last stop holds on. */
  recall(now: Millis, stored: Stored): void {
    this.book.recall(stored[CAPABILITIES_KEY]);
    this.#announce(now);
  }

  /** Nothing is changed, or said to be, before the disk keeps it (KA1). */
  change(requestId: number, change: CapabilityChange): void {
    const latest = this.#pending.at(-1)?.declaration ?? this.book.declaration;
    const declaration = this.#pending.length < PENDING_LIMIT ? changed(latest, change) : "full";
    if (typeof declaration === "string") {
      return this.#tell({ requestId, refused: declaration });
    }
    this.#pending.push({ requestId, declaration });
    const value = writeDeclaration(declaration);
    this.#outputs.push({ kind: "persist", key: CAPABILITIES_KEY, value });
  }

  /** Answers whether this was about what the node can do. */
  persisted(now: Millis, key: string): boolean {
    if (key !== CAPABILITIES_KEY) return false;
    const pending = this.#pending.shift();
    if (pending === undefined) return true;
    this.book.adopt(pending.declaration);
    this.#announce(now);
    this.#tell({ requestId: pending.requestId });
    return true;
  }

  /** What was planned upon the change that failed fails with it. */
  persistFailed(key: string, detail: string): boolean {
    if (key !== CAPABILITIES_KEY) return false;
    for (const { requestId } of this.#pending.splice(0)) {
      this.#tell({ requestId, refused: "disk", detail });
    }
    return true;
  }

  /** What this node can do is said to everybody, and its cell ranks it by that. */
  #announce(now: Millis): void {
    const { voice, affiliation } = this.#parts;
    const capabilities: readonly Capability[] = this.book.own;
    voice.advertise(now, { capabilities });
    affiliation.handle(now, { kind: "capabilities", capabilities });
    this.#publish(now);
  }

  /** What is in the document already is written only once. */
  #publish(now: Millis): void {
    const { nodeId, write } = this.#parts;
    const value = writeDeclaration(this.book.declaration);
    if (value.capabilities.length === 0 && value.formerly.length === 0) return;
    write(now, { key: `${COLLECTION}/${nodeId}`, edits: [{ kind: "put", value }] });
  }

  /** A document has another value, undefined where it is gone. */
  readDocument(now: Millis, key: DocumentKey, value: JsonObject | undefined): void {
    const { collectionName, id } = partsOf(key);
    if (collectionName !== COLLECTION) return;
    // What others handed on of a life before may be newer than what the disk remembered.
    if (id === this.#parts.nodeId) this.#publish(now);
    else this.book.read(id, value);
  }

  #tell(outcome: ChangeOutcome): void {
    this.#outputs.push({ kind: "capabilityChange", outcome });
  }

  receive(now: Millis, peer: NodeId, message: CapabilityMessage): void {
    this.inquirer.handle(now, { kind: "message", peer, message });
  }

  /** Asks everybody who is connected, and tells who answered once they have or the time is over. */
  ask(now: Millis, requestId: number, about: Subject, withinMs: Millis): void {
    this.inquirer.handle(now, { kind: "ask", requestId, about, peers: this.askable(), withinMs });
  }

  disconnected(now: Millis, peer: NodeId): void {
    this.inquirer.handle(now, { kind: "disconnected", peer });
  }

  deadline(): Millis {
    return this.inquirer.deadline();
  }

  /** Answers what is to be said and told now. */
  follow(now: Millis): NodeOutput[] {
    if (this.inquirer.deadline() <= now) this.inquirer.handle(now, { kind: "due" });
    const outputs = this.#outputs.splice(0);
    for (let output = this.inquirer.poll(); output; output = this.inquirer.poll()) {
      if (output.kind === "told") this.book.tell(output.peer, output.capabilities);
      else if (output.kind === "asked") outputs.push(output);
      else {
        const { peer, message } = output;
        const post = { kind: "capability", message } as const;
        outputs.push({ kind: "send", peer, priorityClass: "high", message: post });
      }
    }
    return outputs;
  }

  get #knowledge(): Knowledge {
    const { nodeId, voice: { broadcaster }, neighbourhood } = this.#parts;
    const { observer, relay, prober } = neighbourhood;
    const { announcement } = broadcaster;
    return { nodeId, book: this.book, announcement, observer, relay, prober };
  }
}
