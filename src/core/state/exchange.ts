import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import type { PriorityClass } from "../priority.ts";
import type { Archive } from "./archive.ts";
import { collectionOf, type DocumentKey } from "./collection.ts";
import { DOCUMENT_LIMITS, type Held } from "./document.ts";
import type { DocumentChanges, StateMessage } from "./state_message.ts";
import { bytesOfPart, classOf, LONGEST_ANSWER_BYTES, pagesOf } from "./exchange_messages.ts";
import { Answers } from "./answers.ts";
import { ANSWER_MS, LONGEST_ANSWER_MS, newPeer, type Peer } from "./exchange_peer.ts";
import { goesEverywhere, type Mark } from "./mark.ts";
import { hasMore, lacking } from "./versions.ts";
import { type Relation, Ways } from "./ways.ts";

/** What changed within this time is told of together. */
export const BATCH_MS: Millis = 50;

/** How often some peer is told what number all documents come to, in case a word was lost. */
export const SUMMARY_MS: Millis = 15 * SECOND;

/** Of how many documents a peer is asked before it has answered. */
const ASKED_AT_ONCE = 32;

/** Two summaries that stay different are not acted upon again before this, nor is a reminder said. */
const STUBBORN_MS: Millis = 60 * SECOND;

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
  /** How far the document was here when it was put. */
  readonly mark: Mark | undefined;
  /** When it is put again. */
  at: Millis;
  answeredBytes: number;
}

/** Brings peers to have the same documents. SPEC.md has the messages and the invariants. */
export class Exchange {
  readonly counts = { overflowed: 0, unasked: 0, unanswered: 0, endless: 0 };
  readonly #archive: Archive;
  readonly #random: Random;
  readonly #ways: Ways;
  readonly #peers = new BoundedMap<NodeId, Peer>(CONNECTION_LIMIT, "refuse-new");
  readonly #asked = new Map<DocumentKey, Question>();
  readonly #answers: Answers;
  readonly #outputs: ExchangeOutput[] = [];
  #batchAt: Millis = NEVER;
  #summaryAt: Millis = NEVER;
  #answerAt: Millis = NEVER;

  constructor({ archive, random, relationOf }: ExchangeOptions) {
    this.#archive = archive;
    this.#random = random;
    this.#ways = new Ways(relationOf);
    this.#answers = new Answers({
      archive,
      ways: this.#ways,
      send: (peer, message) => this.#send(peer, message),
    });
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
      this.#noteGiver(peer, key);
      if (peer.nodeId === receiptTo) this.#oweReceipt(now, peer, key);
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
        return message.documents.forEach((held) => {
          this.#hear(now, peer, held);
          if (message.isReminder) this.#answerReminder(now, peer, held.key);
        });
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

  /** Whether the answer goes on for longer than any may, which no honest node's does. */
  isEndless({ key, changes }: DocumentChanges): boolean {
    const asked = this.#asked.get(key);
    if (asked === undefined) return false;
    asked.answeredBytes += bytesOfPart(changes);
    if (asked.answeredBytes <= LONGEST_ANSWER_BYTES) return false;
    this.counts.endless++;
    return true;
  }

  /** The peer answered, whole or in part. With a gap, something that it said before was lost. */
  settle(
    now: Millis,
    nodeId: NodeId,
    { key, isLast, hasGap }: { key: DocumentKey; isLast: boolean; hasGap: boolean },
  ): void {
    const asked = this.#asked.get(key);
    const peer = this.#peers.get(nodeId);
    if (asked === undefined || peer === undefined) return;
    const mark = this.#archive.mark(key);
    // A long answer comes in parts, each asked for from where the one before got to. What is lacking
    // still when nothing came was refused: to ask again there has to be something else to hear.
    const isOnward = lacking(asked.held, mark) < lacking(asked.held, asked.mark);
    if (!isLast || hasGap && !isOnward) {
      asked.at = now + peer.patienceMs;
      return;
    }
    peer.patienceMs = ANSWER_MS;
    this.#asked.delete(key);
    this.#put(peer.given, key, asked.held);
    if (!isOnward && peer.wanted.get(key) === asked.held) peer.wanted.delete(key);
    for (const { wanted } of this.#peers.values()) {
      const held = wanted.get(key);
      if (held !== undefined && !hasMore(held, mark)) wanted.delete(key);
    }
  }

  /** Says what is due, asks for what is lacking, and answers as fast as may be. */
  evaluate(now: Millis): void {
    this.#giveUpAsking(now);
    if (this.#batchAt <= now) this.#announce(now);
    if (this.#summaryAt <= now) this.#sumUp(now);
    this.#answerAt = NEVER;
    for (const peer of this.#peers.values()) {
      this.#ask(now, peer);
      this.#answerAt = Math.min(this.#answerAt, this.#answers.give(now, peer));
    }
    const isIdle = this.#peers.size === 0 || this.#archive.size === 0;
    if (isIdle) this.#summaryAt = NEVER;
    else if (this.#summaryAt === NEVER) {
      this.#summaryAt = now + SUMMARY_MS * (0.5 + this.#random.unit());
    }
  }

  #tellPeer(now: Millis, peer: Peer, key: DocumentKey): void {
    if (this.#ways.goesTo(peer.nodeId, key)) this.#tellSoon(now, peer, key);
  }

  /** Whoever gave it is told how far it is here, even where it does not go to. */
  #oweReceipt(now: Millis, peer: Peer, key: DocumentKey): void {
    peer.owedReceipt.add(key);
    if (this.#ways.comesFrom(peer.nodeId, key)) this.#tellSoon(now, peer, key);
  }

  /** The peer does not know whether what it said of the document arrived. */
  #answerReminder(now: Millis, peer: Peer, key: DocumentKey): void {
    peer.told.delete(key);
    this.#oweReceipt(now, peer, key);
  }

  #tellSoon(now: Millis, { untold }: Peer, key: DocumentKey): void {
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
      if (!goesEverywhere(key)) {
        peer.has.delete(key); // It may have lost its disk, and is reminded in case.
        continue;
      }
      peer.owedReceipt.add(key);
      this.#tellPeer(now, peer, key);
    }
  }

  #hear(now: Millis, peer: Peer, held: Held): void {
    const { key } = held;
    const isOver = held.quietMs > (collectionOf(key).ttlMs ?? Infinity);
    if (isOver || !this.#ways.comesFrom(peer.nodeId, key) && !this.#ways.goesTo(peer.nodeId, key)) {
      return;
    }
    const mark = this.#archive.mark(key);
    const lacks = hasMore(held, mark);
    if (lacks && this.#ways.comesFrom(peer.nodeId, key)) this.#put(peer.wanted, key, held);
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
      this.#sendHeld(peer, documents, false);
    }
  }

  #sendHeld(peer: Peer, documents: readonly Held[], isReminder: boolean): void {
    for (const page of pagesOf(documents)) {
      this.#send(peer, { kind: "documentsHeld", documents: page, isReminder });
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
      const at = now + peer.patienceMs;
      this.#asked.set(key, { peer: peer.nodeId, held, mark, at, answeredBytes: 0 });
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

  /** One peer is told a sum of what goes everywhere; of the rest, all are told what they may lack. */
  #sumUp(now: Millis): void {
    this.#summaryAt = NEVER;
    const peers = [...this.#peers.values()];
    if (peers.length === 0 || this.#archive.size === 0) return;
    this.#summarize(this.#random.pick(peers));
    const directed = [...this.#archive.keys()].filter((key) => !goesEverywhere(key));
    for (const peer of peers) this.#remind(now, peer, directed);
  }

  /** Two who do not have the same by intent have no sums to compare. */
  #remind(now: Millis, peer: Peer, directed: readonly DocumentKey[]): void {
    const { nodeId, has, reminded } = peer;
    const documents = directed
      .filter((key) =>
        this.#ways.goesTo(nodeId, key) && has.get(key) !== this.#archive.savedHash(key)
      )
      .flatMap((key) => this.#archive.held(now, key) ?? []);
    if (documents.length === 0) return;
    const sum = documents.reduce((sum, { key }) => sum + this.#archive.savedHash(key)!, 0);
    if (reminded?.sum === sum && now - reminded.at < STUBBORN_MS) return;
    peer.reminded = { sum, at: now };
    this.#sendHeld(peer, documents, true);
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
