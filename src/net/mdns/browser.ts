import { BoundedMap } from "../../core/kernel/bounded_map.ts";
import type { Machine } from "../../core/kernel/machine.ts";
import type { Random } from "../../core/kernel/random.ts";
import { type Millis, MINUTE, NEVER, SECOND } from "../../core/kernel/time.ts";
import {
  isSameName,
  type Message,
  type Name,
  nameKey,
  type Question,
  type RecordData,
  type ResourceRecord,
  TYPE,
} from "./message.ts";
import { type Instance, SERVICE } from "./service.ts";

/** How many instances of the service, and how many hosts of theirs, are remembered. */
export const INSTANCE_LIMIT = 256;
export const HOST_LIMIT = 512;
const ADDRESS_LIMIT = 8;

const FIRST_QUERY_MS = [20, 120] as const;
const FIRST_GAP_MS: Millis = 1 * SECOND;
/** Records are good for two minutes, so a question a minute finds what no announcement brought. */
const LONGEST_GAP_MS: Millis = 1 * MINUTE;
/** The shares of a record's life after which it is asked for again. */
const REFRESH_AT = [0.8, 0.85, 0.9, 0.95] as const;
/** How long a record lives that was taken back, and one that is doubted. */
const FLUSH_MS: Millis = 1 * SECOND;
const DOUBT_MS: Millis = 10 * SECOND;
const LONGEST_TTL_SECONDS = 75 * 60;
/** How often an instance that misses a part is asked for it, and how soon first. */
const RESOLVE_TRIES = 3;
const RESOLVE_MS: Millis = 100;

export type BrowserInput =
  | { readonly kind: "start" }
  /** `from` is the address that it was sent from. */
  | { readonly kind: "message"; readonly message: Message; readonly from: string }
  /** The instance's node fell silent: ask whether it is still there. */
  | { readonly kind: "doubt"; readonly label: string }
  | { readonly kind: "due" };

export type BrowserOutput =
  | { readonly kind: "query"; readonly message: Message }
  | { readonly kind: "seen"; readonly instance: Instance }
  | { readonly kind: "lost"; readonly label: string };

export interface BrowserCounts {
  /** Records of more instances or hosts than are remembered. */
  refused: number;
  /** Instances that named no address; the one that they speak from was taken instead. */
  withoutAddress: number;
}

interface Held<Data extends RecordData = RecordData> {
  readonly data: Data;
  readonly name: Name;
  readonly heardAt: Millis;
  readonly ttlMs: Millis;
  expiresAt: Millis;
  asked: number;
}

interface Entry {
  readonly name: Name;
  pointer: Held | undefined;
  service: Held<RecordData & { type: "SRV" }> | undefined;
  texts: Held<RecordData & { type: "TXT" }> | undefined;
  /** Where its records came from. */
  from: string;
  tries: number;
  /** When to ask for what it misses; 0 when it misses nothing. */
  resolveAt: Millis;
  /** What was last said of it. */
  said: string | undefined;
}

/** Finds the instances of the service on one interface and keeps what they say while it holds. */
export class Browser implements Machine<BrowserInput, BrowserOutput> {
  readonly #random: Random;
  readonly #entries = new BoundedMap<string, Entry>(INSTANCE_LIMIT, "refuse-new");
  readonly #hosts = new BoundedMap<string, Held[]>(HOST_LIMIT, "refuse-new");
  readonly #outputs: BrowserOutput[] = [];
  #queryAt: Millis = NEVER;
  #gapMs: Millis = FIRST_GAP_MS;
  #withoutAddress = 0;
  #wakeAt: Millis = NEVER;

  constructor(random: Random) {
    this.#random = random;
  }

  handle(now: Millis, input: BrowserInput): void {
    switch (input.kind) {
      case "start":
        this.#queryAt = now + this.#random.between(...FIRST_QUERY_MS);
        break;
      case "message":
        this.#hear(now, input.message, input.from);
        break;
      case "doubt":
        this.#doubt(now, input.label);
        break;
      case "due":
        break;
    }
    this.#evaluate(now);
  }

  poll(): BrowserOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#wakeAt;
  }

  get counts(): BrowserCounts {
    return {
      refused: this.#entries.overflowed + this.#hosts.overflowed,
      withoutAddress: this.#withoutAddress,
    };
  }

  #hear(now: Millis, message: Message, from: string): void {
    if (!message.isResponse) return;
    const records = [...message.answers, ...message.additionals];
    for (const record of records) this.#take(now, record, from);
    // An address belongs to an instance whose record may stand behind it in the message.
    for (const record of records) this.#takeAddress(now, record);
  }

  #take(now: Millis, record: ResourceRecord, from: string): void {
    const { data, name } = record;
    if (data.type === "PTR") {
      if (!isSameName(name, SERVICE) || !isInstance(data.target)) return;
      const entry = this.#entry(data.target, record, from);
      if (entry !== undefined) entry.pointer = hold(now, entry.pointer, record, data);
    } else if (isInstance(name) && (data.type === "SRV" || data.type === "TXT")) {
      const entry = this.#entry(name, record, from);
      if (entry === undefined) return;
      entry.from = from;
      if (data.type === "SRV") entry.service = hold(now, entry.service, record, data);
      else entry.texts = hold(now, entry.texts, record, data);
    }
  }

  /** A record that is taken back makes nobody known. */
  #entry(name: Name, { ttlSeconds }: ResourceRecord, from: string): Entry | undefined {
    const key = nameKey(name);
    const known = this.#entries.get(key);
    if (known !== undefined || ttlSeconds === 0) return known;
    const entry: Entry = {
      name,
      pointer: undefined,
      service: undefined,
      texts: undefined,
      from,
      tries: 0,
      resolveAt: 0,
      said: undefined,
    };
    return this.#entries.set(key, entry) ? entry : undefined;
  }

  #takeAddress(now: Millis, record: ResourceRecord): void {
    const { data, name, ttlSeconds, isWhole } = record;
    if (data.type !== "A" && data.type !== "AAAA") return;
    const key = nameKey(name);
    const isHost = [...this.#entries.values()].some(({ service }) =>
      service !== undefined && isSameName(service.data.target, name)
    );
    if (!isHost) return;
    const held = this.#hosts.get(key) ?? [];
    if (isWhole) {
      for (const other of held) {
        if (other.data.type !== data.type || other.heardAt > now - FLUSH_MS) continue;
        other.expiresAt = Math.min(other.expiresAt, now + FLUSH_MS);
      }
    }
    const at = held.findIndex((other) =>
      other.data.type === data.type && "address" in other.data &&
      other.data.address === data.address
    );
    if (at < 0 && (ttlSeconds === 0 || held.length >= ADDRESS_LIMIT)) return;
    const fresh = hold(now, held[at], record, data);
    if (at < 0) held.push(fresh);
    else held[at] = fresh;
    this.#hosts.set(key, held);
  }

  /** Section 10.4: whoever does not answer within ten seconds is gone. */
  #doubt(now: Millis, label: string): void {
    const entry = this.#entries.get(nameKey([label, ...SERVICE]));
    if (entry?.service === undefined) return;
    entry.service.expiresAt = Math.min(entry.service.expiresAt, now + DOUBT_MS);
    this.#ask([question(entry.name, TYPE.SRV)]);
  }

  #evaluate(now: Millis): void {
    this.#expire(now);
    for (const entry of this.#entries.values()) this.#settle(now, entry);
    if (now >= this.#queryAt) this.#browse(now);
    this.#refresh(now);
    this.#wakeAt = this.#nextWake();
  }

  #expire(now: Millis): void {
    for (const [key, held] of this.#hosts) {
      const alive = held.filter(({ expiresAt }) => expiresAt > now);
      if (alive.length === 0) this.#hosts.delete(key);
      else if (alive.length < held.length) this.#hosts.set(key, alive);
    }
    for (const [key, entry] of this.#entries) {
      if (isOver(entry.pointer, now)) entry.pointer = undefined;
      if (isOver(entry.service, now)) entry.service = undefined;
      if (isOver(entry.texts, now)) entry.texts = undefined;
      if (entry.service !== undefined) continue;
      if (entry.said !== undefined) this.#outputs.push({ kind: "lost", label: entry.name[0]! });
      entry.said = undefined;
      if (entry.pointer === undefined) this.#entries.delete(key);
    }
  }

  /** Says what is known of an instance once it is complete, and asks for what is missing. */
  #settle(now: Millis, entry: Entry): void {
    const { service, texts } = entry;
    const addresses = service === undefined ? [] : this.#addressesOf(service.data.target);
    const isComplete = service !== undefined && texts !== undefined && addresses.length > 0;
    if (isComplete) entry.tries = entry.resolveAt = 0;
    else if (entry.tries < RESOLVE_TRIES) return this.#resolve(now, entry);
    // Nobody told an address in time. What it speaks from is one, and better than to drop it.
    if (service === undefined || texts === undefined) return;
    const instance: Instance = {
      label: entry.name[0]!,
      port: service.data.port,
      texts: texts.data.texts,
      addresses: addresses.length > 0 ? addresses : [entry.from],
    };
    const said = JSON.stringify(instance);
    if (said === entry.said) return;
    if (addresses.length === 0) this.#withoutAddress++;
    entry.said = said;
    this.#outputs.push({ kind: "seen", instance });
  }

  #resolve(now: Millis, entry: Entry): void {
    if (now < entry.resolveAt) return;
    // The first time it only waits, since the rest is mostly on its way.
    if (entry.resolveAt > 0) {
      entry.tries++;
      const { service, texts } = entry;
      const questions = [];
      if (service === undefined) questions.push(question(entry.name, TYPE.SRV));
      else {questions.push(...[TYPE.A, TYPE.AAAA].map((type) =>
          question(service.data.target, type)
        ));}
      if (texts === undefined) questions.push(question(entry.name, TYPE.TXT));
      this.#ask(questions);
    }
    entry.resolveAt = now + RESOLVE_MS * 4 ** entry.tries;
  }

  #addressesOf(host: Name): string[] {
    return (this.#hosts.get(nameKey(host)) ?? [])
      .flatMap(({ data }) => "address" in data ? [data.address] : []).sort();
  }

  #browse(now: Millis): void {
    const answers = [...this.#entries.values()].flatMap(({ pointer }) =>
      pointer === undefined || pointer.expiresAt - now < pointer.ttlMs / 2 ? [] : [{
        name: pointer.name,
        ttlSeconds: Math.floor((pointer.expiresAt - now) / SECOND),
        isWhole: false,
        data: pointer.data,
      }]
    );
    this.#ask([question(SERVICE, TYPE.PTR)], answers.slice(0, KNOWN_ANSWERS));
    this.#queryAt = now + this.#gapMs;
    this.#gapMs = Math.min(LONGEST_GAP_MS, 2 * this.#gapMs);
  }

  #refresh(now: Millis): void {
    const questions = new Map<string, Question>();
    for (const held of this.#held()) {
      if (now < refreshAt(held)) continue;
      while (now >= refreshAt(held)) held.asked++;
      const { name, data } = held;
      questions.set(`${nameKey(name)} ${data.type}`, question(name, TYPE[data.type]));
    }
    if (questions.size > 0) this.#ask([...questions.values()].slice(0, QUESTIONS));
  }

  *#held(): Generator<Held> {
    for (const { pointer, service, texts } of this.#entries.values()) {
      if (pointer !== undefined) yield pointer;
      if (service !== undefined) yield service;
      if (texts !== undefined) yield texts;
    }
    for (const held of this.#hosts.values()) yield* held;
  }

  #nextWake(): Millis {
    let at = this.#queryAt;
    for (const held of this.#held()) at = Math.min(at, held.expiresAt, refreshAt(held));
    for (const { tries, resolveAt } of this.#entries.values()) {
      if (resolveAt > 0 && tries < RESOLVE_TRIES) at = Math.min(at, resolveAt);
    }
    return at;
  }

  #ask(questions: readonly Question[], answers: readonly ResourceRecord[] = []): void {
    const rest = { authorities: [], additionals: [] };
    this.#outputs.push({
      kind: "query",
      message: { id: 0, isResponse: false, questions, answers, ...rest },
    });
  }
}

/** What fits a packet. */
const KNOWN_ANSWERS = 12;
const QUESTIONS = 12;

function isInstance(name: Name): boolean {
  return name.length === SERVICE.length + 1 && isSameName(name.slice(1), SERVICE);
}

function isOver(held: Held | undefined, now: Millis): boolean {
  return held !== undefined && held.expiresAt <= now;
}

/** The record as it holds from now on. One that is taken back holds for another second. */
function hold<Data extends RecordData>(
  now: Millis,
  before: Held<Data> | undefined,
  { ttlSeconds, name }: ResourceRecord,
  data: Data,
): Held<Data> {
  if (ttlSeconds === 0 && before !== undefined) {
    return { ...before, expiresAt: Math.min(before.expiresAt, now + FLUSH_MS) };
  }
  const ttlMs = Math.min(ttlSeconds, LONGEST_TTL_SECONDS) * SECOND;
  return { data, name, heardAt: now, ttlMs, expiresAt: now + ttlMs, asked: 0 };
}

function refreshAt({ heardAt, ttlMs, asked }: Held): Millis {
  const share = REFRESH_AT[asked];
  return share === undefined ? NEVER : heardAt + share * ttlMs;
}

function question(name: Name, type: number): Question {
  return { name, type, wantsUnicast: false };
}
