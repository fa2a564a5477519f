import type { Address } from "../../core/kernel/ids.ts";
import type { Machine } from "../../core/kernel/machine.ts";
import type { Random } from "../../core/kernel/random.ts";
import { type Millis, SECOND } from "../../core/kernel/time.ts";
import { TimerTable } from "../../core/kernel/timer_table.ts";
import {
  dataKey,
  isSameName,
  type Message,
  recordKey,
  type ResourceRecord,
  TYPE,
} from "./message.ts";
import { type Announcement, answersTo, namesOf, recordsOf } from "./service.ts";

/** The times of RFC 6762, sections 6 and 8. */
const PROBES = 3;
const PROBE_GAP_MS: Millis = 250;
const ANNOUNCEMENTS = 2;
const ANNOUNCEMENT_GAP_MS: Millis = 1 * SECOND;
/** Many answer a question about what is shared, so each waits for a time of its own. */
const SHARED_ANSWER_MS = [20, 120] as const;
const REPEAT_MS: Millis = 1 * SECOND;
const DEFENCE_MS: Millis = 250;
const TIE_LOST_MS: Millis = 1 * SECOND;
/** After so many conflicts on one network somebody is at war, and probing is done slowly. */
const CONFLICTS = 15;
const WAR_MS: Millis = 5 * SECOND;

/** Whoever asks from another port knows no multicast DNS, and is answered as by a plain server. */
const LEGACY_TTL_SECONDS = 10;

export type ResponderState = "idle" | "probing" | "announced" | "stopped";

export type ResponderInput =
  | { readonly kind: "start" }
  | {
    readonly kind: "message";
    readonly message: Message;
    readonly from: Address;
    /** It came from another port than that of multicast DNS. */
    readonly isLegacy: boolean;
  }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

export interface ResponderOutput {
  readonly message: Message;
  /** Absent: to everyone. */
  readonly to?: Address;
}

type Event = "start" | "stop" | "conflict" | "tieLost" | "query" | "due";
type Action =
  | "ignore"
  | "probe"
  | "advance"
  | "rename"
  | "defend"
  | "wait"
  | "answer"
  | "goodbye"
  | "end";

/** What happens to a responder, in every state. */
const TRANSITIONS: Record<ResponderState, Record<Event, Action>> = {
  idle: {
    start: "probe",
    stop: "end",
    conflict: "ignore",
    tieLost: "ignore",
    query: "ignore",
    due: "ignore",
  },
  probing: {
    start: "ignore",
    stop: "end",
    conflict: "rename",
    tieLost: "wait",
    query: "ignore",
    due: "advance",
  },
  announced: {
    start: "ignore",
    stop: "goodbye",
    conflict: "defend",
    tieLost: "ignore",
    query: "answer",
    due: "advance",
  },
  stopped: {
    start: "ignore",
    stop: "ignore",
    conflict: "ignore",
    tieLost: "ignore",
    query: "ignore",
    due: "ignore",
  },
};

/** Announces a node on one interface and answers who asks for it, as RFC 6762 has it. */
export class Responder implements Machine<ResponderInput, ResponderOutput> {
  readonly #announcement: Announcement;
  readonly #ownAddresses: () => readonly string[];
  readonly #random: Random;
  readonly #timers = new TimerTable<"probe" | "announce" | "answer">();
  readonly #outputs: ResponderOutput[] = [];
  /** What is to be answered when the time for it has come. */
  readonly #pending = new Map<string, ResourceRecord>();
  readonly #saidAt = new Map<string, Millis>();
  #state: ResponderState = "idle";
  #records: readonly ResourceRecord[] = [];
  #attempt = 0;
  #said = 0;
  #conflicts = 0;

  /** `ownAddresses` are all of this machine: its other interfaces say them under the same name. */
  constructor(announcement: Announcement, ownAddresses: () => readonly string[], random: Random) {
    this.#announcement = announcement;
    this.#ownAddresses = ownAddresses;
    this.#random = random;
  }

  handle(now: Millis, input: ResponderInput): void {
    if (input.kind !== "message") return this.#act(now, input.kind);
    const { message } = input;
    if (message.isResponse) {
      if (!input.isLegacy && this.#isContested(message)) this.#act(now, "conflict");
    } else {
      if (this.#losesTie(message)) this.#act(now, "tieLost");
      if (TRANSITIONS[this.#state].query === "answer") this.#answer(now, input);
    }
  }

  poll(): ResponderOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#timers.deadline();
  }

  get state(): ResponderState {
    return this.#state;
  }

  /** The label that it is announced under. */
  get label(): string {
    return namesOf(this.#announcement.nodeId, this.#attempt).instance[0]!;
  }

  #act(now: Millis, event: Event): void {
    switch (TRANSITIONS[this.#state][event]) {
      case "ignore":
      case "answer":
        return;
      case "probe":
      case "defend":
        return this.#probeAfter(now, this.#random.unit() * PROBE_GAP_MS);
      case "rename":
        this.#attempt++;
        return this.#probeAfter(now, ++this.#conflicts < CONFLICTS ? 0 : WAR_MS);
      case "wait":
        return this.#probeAfter(now, TIE_LOST_MS);
      case "advance":
        return this.#advance(now);
      case "goodbye":
        this.#send({ answers: this.#own().map((record) => ({ ...record, ttlSeconds: 0 })) });
        return this.#end();
      case "end":
        return this.#end();
    }
  }

  #probeAfter(now: Millis, delayMs: Millis): void {
    this.#state = "probing";
    this.#said = 0;
    this.#records = recordsOf(
      this.#announcement,
      namesOf(this.#announcement.nodeId, this.#attempt),
    );
    this.#pending.clear();
    this.#timers.clear("announce");
    this.#timers.clear("answer");
    this.#timers.set("probe", now + delayMs);
  }

  #advance(now: Millis): void {
    if (this.#timers.take("probe", now)) {
      if (this.#said < PROBES) {
        this.#said++;
        this.#probe();
        this.#timers.set("probe", now + PROBE_GAP_MS);
      } else {
        this.#state = "announced";
        this.#said = 0;
        this.#timers.set("announce", now);
      }
    }
    if (this.#timers.take("announce", now)) {
      this.#multicast(now, this.#records);
      if (++this.#said < ANNOUNCEMENTS) this.#timers.set("announce", now + ANNOUNCEMENT_GAP_MS);
    }
    if (this.#timers.take("answer", now)) {
      this.#multicast(now, [...this.#pending.values()]);
      this.#pending.clear();
    }
  }

  #probe(): void {
    const { instance, host } = namesOf(this.#announcement.nodeId, this.#attempt);
    const questions = [instance, host].map((name) => ({
      name,
      type: TYPE.ANY,
      wantsUnicast: false,
    }));
    const authorities = this.#own()
      .filter(({ isWhole }) => isWhole)
      .map((record) => ({ ...record, isWhole: false }));
    this.#outputs.push({
      message: { id: 0, isResponse: false, questions, answers: [], authorities, additionals: [] },
    });
  }

  #answer(now: Millis, { message, from, isLegacy }: ResponderInput & { kind: "message" }): void {
    const known = new Map(message.answers.map((record) => [recordKey(record), record.ttlSeconds]));
    for (const { name, type, wantsUnicast } of message.questions) {
      const answers = this.#records.filter((record) =>
        isSameName(name, record.name) && answersTo(type, record) &&
        // Who knows it, and for long enough, needs no answer.
        (known.get(recordKey(record)) ?? 0) < record.ttlSeconds / 2
      );
      if (answers.length === 0) continue;
      if (isLegacy) this.#answerLegacy(message, answers, from);
      else if (wantsUnicast) this.#send({ answers, additionals: this.#beside(answers) }, from);
      else this.#answerSoon(now, answers, message.authorities.length > 0);
    }
  }

  #answerSoon(now: Millis, answers: readonly ResourceRecord[], isProbe: boolean): void {
    const restMs = isProbe ? DEFENCE_MS : REPEAT_MS;
    for (const record of answers) {
      const saidAt = this.#saidAt.get(recordKey(record)) ?? -Infinity;
      if (now - saidAt >= restMs) this.#pending.set(recordKey(record), record);
    }
    if (this.#pending.size === 0) return;
    const isShared = answers.some(({ isWhole }) => !isWhole);
    const delayMs = isShared ? this.#random.between(...SHARED_ANSWER_MS) : 0;
    if (now + delayMs < this.#timers.at("answer")) this.#timers.set("answer", now + delayMs);
  }

  #answerLegacy(query: Message, answers: readonly ResourceRecord[], to: Address): void {
    const plain = (records: readonly ResourceRecord[]) =>
      records.map((record) => ({ ...record, isWhole: false, ttlSeconds: LEGACY_TTL_SECONDS }));
    const { id, questions } = query;
    this.#send(
      { id, questions, answers: plain(answers), additionals: plain(this.#beside(answers)) },
      to,
    );
  }

  #multicast(now: Millis, answers: readonly ResourceRecord[]): void {
    for (const record of answers) this.#saidAt.set(recordKey(record), now);
    this.#send({ answers, additionals: this.#beside(answers) });
  }

  /** What whoever asked will ask for next. */
  #beside(answers: readonly ResourceRecord[]): ResourceRecord[] {
    const isWanted = answers.some(({ data }) => data.type === "PTR" || data.type === "SRV");
    if (!isWanted) return [];
    return this.#own().filter((record) => record.isWhole && !answers.includes(record));
  }

  /** All but the kind of service, which others announce as well. */
  #own(): ResourceRecord[] {
    const { instance } = namesOf(this.#announcement.nodeId, this.#attempt);
    return this.#records.filter(({ isWhole, data }) =>
      isWhole || (data.type === "PTR" && isSameName(data.target, instance))
    );
  }

  /** Whether somebody else says something of a name that is to be this node's alone. */
  #isContested({ answers, additionals }: Message): boolean {
    const addresses = new Set(this.#ownAddresses());
    return [...answers, ...additionals].some(({ name, data, ttlSeconds }) => {
      if (ttlSeconds === 0 || data.type === "PTR") return false;
      const ours = this.#own().filter((own) => own.isWhole && isSameName(own.name, name));
      const same = ours.find((own) => own.data.type === data.type);
      if (data.type === "A" || data.type === "AAAA") {
        return ours.length > 0 && !addresses.has(data.address);
      }
      return same !== undefined && dataKey(same.data) !== dataKey(data);
    });
  }

  /** Of two that probe for one name at once, the one with the greater record keeps it. */
  #losesTie({ authorities }: Message): boolean {
    for (const theirs of authorities) {
      const ours = this.#own().find((own) =>
        own.data.type === "SRV" && theirs.data.type === "SRV" && isSameName(own.name, theirs.name)
      );
      if (ours !== undefined && orderKey(theirs) > orderKey(ours)) return true;
    }
    return false;
  }

  #send(parts: Partial<Message>, to?: Address): void {
    const empty = { id: 0, questions: [], answers: [], authorities: [], additionals: [] };
    const message = { ...empty, isResponse: true, ...parts };
    this.#outputs.push(to === undefined ? { message } : { message, to });
  }

  #end(): void {
    this.#state = "stopped";
    for (const timer of ["probe", "announce", "answer"] as const) this.#timers.clear(timer);
  }
}

/** Orders as the bytes of the records do. */
function orderKey({ data }: ResourceRecord): string {
  if (data.type !== "SRV") return "";
  const number = (value: number) => value.toString(16).padStart(4, "0");
  return [data.priority, data.weight, data.port].map(number).join("") + data.target.join("\0");
}
