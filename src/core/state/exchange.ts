import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import type { PriorityClass } from "../priority.ts";
import type { Archive } from "./archive.ts";
import { collectionOf, type Direction, type DocumentKey } from "./collection.ts";
import { type Change, DOCUMENT_LIMITS, type Held } from "./document.ts";
import { type DocumentChanges, STATE_LIMITS, type StateMessage } from "./state_message.ts";
import { bytesOfPart, classOf, LONGEST_ANSWER_BYTES, pagesOf } from "./exchange_messages.ts";
import { ANSWER_MS, LONGEST_ANSWER_MS, newPeer, type Peer } from "./exchange_peer.ts";
import { bytesOf, goesEverywhere } from "./mark.ts";
import { hasMore } from "./versions.ts";

/** What changed within this time is told of together. */
export const BATCH_MS: Millis = 50;

/** How often some peer is told what number all documents come to, in case a word was lost. */
export const SUMMARY_MS: Millis = 15 * SECOND;

/** Of how many documents a peer is asked before it has answered. */
const ASKED_AT_ONCE = 32;

/** Two summaries that stay different are not acted upon again before this. */
const STUBBORN_MS: Millis = 60 * SECOND;

/** Where a peer stands: it leads this node, is led by it, or neither. */
export type Relation = Exclude<Direction, "everywhere">;

export interface ExchangeOptions {
  readonly archive: Archive;
  readonly random: Random;
  readonly relationOf: (peer: NodeId) => Relation;
}

export interface ExchangeOutput {
  readonly kind: "send";
  readonly peer: NodeId;
  readonly priorityClass: PriorityClass;
  readonly message: StateMessage;
}

interface Question {
  readonly peer: NodeId;
  readonly held: Held;
  /** When it is put again. */
  at: Millis;
  answeredBytes: number;
}

/** Brings peers to have the same documents. SPEC.md has the messages and the invariants. */
export class Exchange {
  readonly counts = { overflowed: 0, unasked: 0, unanswered: 0, endless: 0 };
  readonly #archive: Archive;
  readonly #random: Random;
  readonly #relationOf: ExchangeOptions["relationOf"];
  readonly #peers = new BoundedMap<NodeId, Peer>(CONNECTION_LIMIT, "refuse-new");
  readonly #asked = new Map<DocumentKey, Question>();
  readonly #outputs: ExchangeOutput[] = [];
  #batchAt: Millis = NEVER;
  #summaryAt: Millis = NEVER;
  #answerAt: Millis = NEVER;

  constructor({ archive, random, relationOf }: ExchangeOptions) {
    this.#archive = archive;
    this.#random = random;
    this.#relationOf = relationOf;
  }

  poll(): ExchangeOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    let againAt = NEVER;
    for (const { at } of this.#asked.values()) againAt = Math.min(againAt, at);
    return Math.min(this.#batchAt, this.#summaryAt, this.#answerAt, againAt);
  }

  /** How many connected peers have the document as it is here. */
  holders(key: DocumentKey): NodeId[] {
    const hash = this.#archive.savedHash(key);
    return [...this.#peers.values()].filter(({ has }) =>
      hash !== undefined && has.get(key) === hash
    )
      .map(({ nodeId }) => nodeId);
  }

  connect(now: Millis, nodeId: NodeId): void {
    const peer = newPeer(nodeId);
    this.disconnect(nodeId);
    if (!this.#peers.set(nodeId, peer)) return;
    if (this.#archive.size > 0) this.#summarize(peer);
    this.relate(now);
  }

  /** What there is was not known yet when these connected. */
  greetAll(now: Millis): void {
    if (this.#archive.size === 0) return;
    for (const peer of this.#peers.values()) this.#summarize(peer);
    this.relate(now);
  }

  disconnect(nodeId: NodeId): void {
    this.#peers.delete(nodeId);
    for (const [key, { peer }] of this.#asked) if (peer === nodeId) this.#asked.delete(key);
  }

  /** Others lead now, or others are led: what goes up and down goes to others. */
  relate(now: Millis): void {
    for (const key of this.#archive.keys()) {
      if (!goesEverywhere(key)) this.tell(now, key);
    }
  }

  /** The document is on the disk as it is now; whoever does not have it so is told. */
  tell(now: Millis, key: DocumentKey, receiptTo?: NodeId): void {
    for (const peer of this.#peers.values()) {
      if (peer.nodeId === receiptTo) peer.owedReceipt.add(key);
      this.#noteGiver(peer, key);
      this.#tellPeer(now, peer, key);
    }
  }

  /** Nothing is left of the document. */
  forget(key: DocumentKey): void {
    for (const peer of this.#peers.values()) {
      const { untold, told, has, wanted, given, owed, owedReceipt } = peer;
      for (const about of [untold, told, has, wanted, given, owed, owedReceipt]) about.delete(key);
    }
    this.#asked.delete(key);
  }

  receive(now: Millis, nodeId: NodeId, message: StateMessage): void {
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return;
    switch (message.kind) {
      case "documentsSummary":
        return this.#compare(now, peer, message.digest);
      case "documentsHeld":
        return message.documents.forEach((held) => this.#hear(now, peer, held));
      case "documentsWanted":
        return message.documents.forEach((held) => {
          this.#hear(now, peer, held);
          this.#put(peer.owed, held.key, held);
        });
      case "documentChanges":
        return; // The archive takes it, and `settle` follows.
    }
  }

  /** Whether this peer was asked for the document. What nobody asked for is not even looked at. */
  expects(nodeId: NodeId, key: DocumentKey): boolean {
    if (this.#asked.get(key)?.peer === nodeId) return true;
    this.counts.unasked++;
    return false;
  }

  /** Whether the answer goes on for longer than any document, which no honest node's does. */
  isEndless({ key, changes }: DocumentChanges): boolean {
    const asked = this.#asked.get(key);
    if (asked === undefined) return false;
    asked.answeredBytes += bytesOfPart(changes);
    if (asked.answeredBytes <= LONGEST_ANSWER_BYTES) return false;
    this.counts.endless++;
    return true;
  }

  /** The peer answered, whole or in part. */
  settle(now: Millis, nodeId: NodeId, key: DocumentKey, isLast: boolean): void {
    const asked = this.#asked.get(key);
    const peer = this.#peers.get(nodeId);
    if (asked === undefined || peer === undefined) return;
    if (!isLast) {
      asked.at = now + peer.patienceMs;
      return;
    }
    peer.patienceMs = ANSWER_MS;
    this.#asked.delete(key);
    this.#put(peer.given, key, asked.held);
    // What is still lacking was refused. To ask again there has to be something else to hear.
    if (peer.wanted.get(key) === asked.held) peer.wanted.delete(key);
    const mark = this.#archive.mark(key);
    for (const { wanted } of this.#peers.values()) {
      const held = wanted.get(key);
      if (held !== undefined && !hasMore(held, mark)) wanted.delete(key);
    }
  }

  /** Says what is due, asks for what is lacking, and answers as fast as may be. */
  evaluate(now: Millis): void {
    this.#giveUpAsking(now);
    if (this.#batchAt <= now) this.#announce(now);
    if (this.#summaryAt <= now) this.#tellSomebody();
    this.#answerAt = NEVER;
    for (const peer of this.#peers.values()) {
      this.#ask(now, peer);
      this.#answer(now, peer);
    }
    const isIdle = this.#peers.size === 0 || this.#archive.size === 0;
    if (isIdle) this.#summaryAt = NEVER;
    else if (this.#summaryAt === NEVER) {
      this.#summaryAt = now + SUMMARY_MS * (0.5 + this.#random.unit());
    }
  }

  #tellPeer(now: Millis, { nodeId, untold }: Peer, key: DocumentKey): void {
    if (!this.#goesTo(nodeId, key)) return;
    untold.add(key);
    this.#batchAt = Math.min(this.#batchAt, now + BATCH_MS);
  }

  /** What came from the peer and is on the disk by now, the peer has as well. */
  #noteGiver({ given, has }: Peer, key: DocumentKey): void {
    const held = given.get(key);
    const mark = this.#archive.mark(key);
    const hash = this.#archive.savedHash(key);
    if (held === undefined || mark === undefined || hash === undefined) return;
    if (this.#archive.isUnsaved(key)) return;
    given.delete(key);
    if (!hasMore(mark, held)) this.#put(has, key, hash);
  }

  #goesTo(peer: NodeId, key: DocumentKey): boolean {
    const { direction } = collectionOf(key);
    return direction === "everywhere" || direction === this.#relationOf(peer);
  }

  #comesFrom(peer: NodeId, key: DocumentKey): boolean {
    const { direction } = collectionOf(key);
    if (direction === "everywhere") return true;
    const relation = this.#relationOf(peer);
    return direction === "lateral" ? relation === "lateral" : relation === OPPOSITE[direction];
  }

  /** Who sees another number than this node has other documents. */
  #compare(now: Millis, peer: Peer, theirs: number): void {
    const own = this.#archive.digest;
    if (theirs === own) {
      for (const key of this.#archive.keys()) {
        const hash = this.#archive.savedHash(key);
        if (hash !== undefined && goesEverywhere(key)) this.#put(peer.has, key, hash);
      }
      return;
    }
    const { differed } = peer;
    const isStubborn = differed?.own === own && differed.theirs === theirs;
    if (isStubborn && now - differed.at < STUBBORN_MS) return;
    peer.differed = { own, theirs, at: now };
    this.#summarize(peer);
    peer.told.clear();
    for (const key of this.#archive.keys()) {
      if (!goesEverywhere(key)) continue;
      peer.owedReceipt.add(key);
      this.#tellPeer(now, peer, key);
    }
  }

  #hear(now: Millis, peer: Peer, held: Held): void {
    const { key } = held;
    const isOver = held.quietMs > (collectionOf(key).ttlMs ?? Infinity);
    if (isOver || !this.#comesFrom(peer.nodeId, key) && !this.#goesTo(peer.nodeId, key)) return;
    const mark = this.#archive.mark(key);
    const lacks = hasMore(held, mark);
    if (lacks && this.#comesFrom(peer.nodeId, key)) this.#put(peer.wanted, key, held);
    const saved = this.#archive.held(now, key);
    if (saved === undefined) return;
    if (hasMore(saved, held)) this.#tellPeer(now, peer, key);
    else this.#put(peer.has, key, this.#archive.savedHash(key)!);
  }

  #announce(now: Millis): void {
    this.#batchAt = NEVER;
    for (const peer of this.#peers.values()) {
      const news = [...peer.untold].filter((key) => this.#isNews(peer, key));
      peer.untold.clear();
      const documents = news.flatMap((key) => this.#archive.held(now, key) ?? []);
      for (const { key } of documents) {
        peer.told.set(key, this.#archive.savedHash(key)!);
        peer.owedReceipt.delete(key);
      }
      for (const page of pagesOf(documents)) {
        this.#send(peer, { kind: "documentsHeld", documents: page });
      }
    }
  }

  #isNews({ told, has, owedReceipt }: Peer, key: DocumentKey): boolean {
    const hash = this.#archive.savedHash(key);
    if (hash === undefined || told.get(key) === hash) return false;
    return owedReceipt.has(key) || has.get(key) !== hash;
  }

  #ask(now: Millis, peer: Peer): void {
    const documents: Held[] = [];
    for (const [key, held] of peer.wanted) {
      if (this.#asked.size >= ASKED_AT_ONCE) break;
      if (this.#asked.has(key)) continue;
      const mark = this.#archive.mark(key);
      if (!hasMore(held, mark)) {
        peer.wanted.delete(key);
        continue;
      }
      this.#asked.set(key, {
        peer: peer.nodeId,
        held,
        at: now + peer.patienceMs,
        answeredBytes: 0,
      });
      const isSame = mark?.generation === held.generation;
      const versions = isSame ? mark.versions : {};
      documents.push({ key, generation: held.generation, versions, quietMs: held.quietMs });
    }
    for (const page of pagesOf(documents)) {
      this.#send(peer, { kind: "documentsWanted", documents: page });
    }
  }

  /** A question that was lost is put again, to another if another knows. */
  #giveUpAsking(now: Millis): void {
    for (const [key, question] of this.#asked) {
      if (now < question.at) continue;
      this.#asked.delete(key);
      this.counts.unanswered++;
      const peer = this.#peers.get(question.peer);
      if (peer === undefined) continue;
      peer.patienceMs = Math.min(2 * peer.patienceMs, LONGEST_ANSWER_MS);
      // Whoever else has it is asked first from now on.
      this.#peers.touch(question.peer);
    }
  }

  #answer(now: Millis, peer: Peer): void {
    for (const [key, held] of peer.owed) {
      if (this.#archive.isUnsaved(key)) continue; // Nothing leaves that a crash could take back.
      if (!peer.bucket.take(now, 1)) break;
      peer.owed.delete(key);
      this.#answerOne(now, peer, held);
    }
    if (peer.owed.size === 0) return;
    const isWaiting = [...peer.owed.keys()].every((key) => this.#archive.isUnsaved(key));
    if (!isWaiting) this.#answerAt = Math.min(this.#answerAt, peer.bucket.readyAt(now));
  }

  /** Says as much as may be said now; the rest stays owed, from where it was left. */
  #answerOne(now: Millis, peer: Peer, held: Held): void {
    const { key } = held;
    const saved = this.#archive.held(now, key);
    if (saved === undefined || saved.generation < held.generation) return;
    if (!this.#goesTo(peer.nodeId, key)) return;
    const { generation, quietMs } = saved;
    const erasure = this.#archive.erasure(key);
    let part: Change[] = [];
    let bytes = 0;
    const flush = (isLast: boolean) => {
      const told = erasure === undefined ? {} : { erasure };
      const message = { kind: "documentChanges", key, generation, quietMs, changes: part } as const;
      this.#send(peer, { ...message, ...told, isLast });
      peer.bucket.spend(now, bytes);
      part = [];
      bytes = 0;
    };
    for (const change of this.#archive.since(key, held)) {
      const size = bytesOf(change);
      const isFull = part.length === STATE_LIMITS.changes ||
        bytes + size > STATE_LIMITS.changesBytes;
      if (isFull) flush(false);
      part.push(change);
      bytes += size;
    }
    flush(true);
  }

  #tellSomebody(): void {
    this.#summaryAt = NEVER;
    const peers = [...this.#peers.values()];
    if (peers.length > 0 && this.#archive.size > 0) this.#summarize(this.#random.pick(peers));
  }

  #summarize(peer: Peer): void {
    const { digest, size: documents } = this.#archive;
    this.#send(peer, { kind: "documentsSummary", digest, documents });
  }

  /** What a peer can fill is bounded by how many documents there can be. */
  #put<T>(map: Map<DocumentKey, T>, key: DocumentKey, value: T): void {
    if (!map.has(key) && map.size >= DOCUMENT_LIMITS.documents) this.counts.overflowed++;
    else map.set(key, value);
  }

  #send({ nodeId: peer }: Peer, message: StateMessage): void {
    this.#outputs.push({ kind: "send", peer, priorityClass: classOf(message), message });
  }
}

const OPPOSITE = { up: "down", down: "up" } as const;
