import type { StoredBallot } from "../../../../src/core/election/ballot.ts";
import { compareClaims } from "../../../../src/core/election/claim.ts";
import { Election } from "../../../../src/core/election/election.ts";
import type { ElectionInput, ElectionOutput } from "../../../../src/core/election/election_io.ts";
import type { Member } from "../../../../src/core/election/electorate.ts";
import type { ElectionMessage } from "../../../../src/core/election/message.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { DeadlineHeap } from "../../../../src/core/kernel/deadline_heap.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { type ProfileName, PROFILES } from "../../../../src/core/profile.ts";

export interface ParliamentOptions {
  readonly size: number;
  readonly seed?: number;
  readonly profile?: ProfileName;
  /** Where members are started with several. */
  readonly profileOf?: (name: string) => ProfileName;
  /** One way, in milliseconds. Up to as much again comes on top by chance. */
  readonly delayMs?: number;
  /** The exact delay of each link instead. */
  readonly delayOf?: (from: string, to: string) => number;
  readonly loss?: number;
  readonly diskMs?: number;
  /** Everybody is known from the start, and who is gone shows by its silence alone. */
  readonly isBlind?: boolean;
}

interface Seat {
  readonly name: string;
  election: Election | undefined;
  ballot: StoredBallot | undefined;
  isPaused: boolean;
  life: number;
  /** When it is woken next. */
  wakesAt: number;
}

/** Elections that talk to each other in virtual time, over links that can be cut. Best is `a`. */
export class Parliament {
  readonly seats: readonly Seat[];
  readonly #byName: ReadonlyMap<string, Seat>;
  readonly pace;
  readonly #options: ParliamentOptions & { readonly diskMs: number };
  readonly #delayOf: (from: string, to: string) => number;
  readonly #random: Random;
  readonly #cut = new Set<string>();
  readonly leaders: { at: number; of: string; output: ElectionOutput & { kind: "leader" } }[] = [];
  readonly #agenda = new DeadlineHeap<() => void>();
  now = 0;
  /** Called after each step, to hold invariants. */
  watch: () => void = () => {};
  /** Called with each message that arrives. */
  overhear: (from: string, to: string, message: ElectionMessage) => void = () => {};
  loss: number;

  constructor(options: ParliamentOptions) {
    this.#options = { diskMs: 2, ...options };
    const { seed = 1, profile = "tactical", delayMs = 5, loss = 0 } = options;
    this.loss = loss;
    this.#random = new Random(seed);
    this.#delayOf = options.delayOf ?? (() => delayMs * (1 + this.#random.unit()));
    this.pace = paceOf(PROFILES[profile]);
    this.seats = Array.from({ length: options.size }, (_, index) => ({
      name: String.fromCharCode(97 + index),
      election: undefined,
      ballot: undefined,
      isPaused: false,
      life: 0,
      wakesAt: NEVER,
    }));
    this.#byName = new Map(this.seats.map((seat) => [seat.name, seat]));
  }

  seat(name: string): Seat {
    return this.#byName.get(name)!;
  }

  get names(): string[] {
    return this.seats.map(({ name }) => name);
  }

  startAll(): void {
    for (const { name } of this.seats) this.start(name);
  }

  start(name: string): void {
    const seat = this.seat(name);
    if (seat.election !== undefined) return;
    seat.life++;
    seat.isPaused = false;
    seat.wakesAt = NEVER;
    seat.election = new Election({
      self: name,
      pace: this.#paceOf(name),
      random: this.#random.split(`${name} ${seat.life}`),
      stored: seat.ballot,
      now: this.now,
    });
    this.tellMembers();
    this.#wake(seat);
  }

  #paceOf(name: string) {
    const { profileOf } = this.#options;
    return profileOf === undefined ? this.pace : paceOf(PROFILES[profileOf(name)]);
  }

  kill(name: string, { forgets = false } = {}): void {
    const seat = this.seat(name);
    seat.election = undefined;
    if (forgets) seat.ballot = undefined;
    if (this.#options.isBlind !== true) this.tellMembers();
  }

  pause(name: string): void {
    this.seat(name).isPaused = true;
  }

  resume(name: string): void {
    const seat = this.seat(name);
    seat.isPaused = false;
    this.hand(seat, { kind: "due" });
    this.#wake(seat);
  }

  /** Nothing passes between members of different groups. */
  part(...groups: string[][]): void {
    this.#cut.clear();
    for (const from of this.names) {
      for (const to of this.names) {
        if (!groups.some((group) => group.includes(from) && group.includes(to))) {
          this.cut(from, to);
        }
      }
    }
    this.tellMembers();
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from} ${to}`);
  }

  heal(): void {
    this.#cut.clear();
    this.tellMembers();
  }

  isOpen(from: string, to: string): boolean {
    return !this.#cut.has(`${from} ${to}`) && !this.#cut.has(`${to} ${from}`);
  }

  tellMembers(): void {
    for (const seat of this.seats) {
      if (seat.election === undefined) continue;
      this.hand(seat, { kind: "members", members: this.membersOf(seat.name) });
    }
  }

  membersOf(of: string): Member[] {
    return this.seats.map(({ name, election }) => {
      const isThere = name === of || this.#options.isBlind === true ||
        (election !== undefined && this.isOpen(name, of));
      return { nodeId: name, isPresent: isThere, isReachable: isThere, isEligible: true };
    });
  }

  hand(seat: Seat, input: ElectionInput): void {
    const { election, life } = seat;
    if (election === undefined) return;
    election.handle(this.now, input);
    for (let output = election.poll(); output; output = election.poll()) {
      this.#carryOut(seat, life, output);
    }
    this.#wake(seat);
    this.watch();
  }

  runFor(durationMs: number): void {
    const end = this.now + durationMs;
    for (let at = this.#agenda.deadline(); at <= end; at = this.#agenda.deadline()) {
      this.now = Math.max(this.now, at);
      this.#agenda.pop(at)!();
    }
    this.now = end;
  }

  schedule(atMs: number, run: () => void): void {
    this.#agenda.push(atMs, run);
  }

  /** Those who lead, in their own eyes. */
  leading(): Seat[] {
    return this.seats.filter(({ election }) => election?.state === "leading");
  }

  /** The one leader that everybody who runs follows, or undefined. */
  agreed(names = this.names): string | undefined {
    const claims = names.map((name) => this.seat(name).election)
      .filter((election) => election !== undefined)
      .map((election) => election.leader);
    const first = claims[0];
    if (first === undefined) return undefined;
    const isSame = claims.every((claim) =>
      claim !== undefined && compareClaims(claim, first) === 0
    );
    const leads = this.seat(first.nodeId).election?.state === "leading";
    return isSame && leads ? first.nodeId : undefined;
  }

  /** Runs until everybody agrees, and answers how long that took; undefined if never. */
  awaitAgreement(withinMs: number, names = this.names): number | undefined {
    const from = this.now;
    while (this.agreed(names) === undefined) {
      if (this.now - from >= withinMs) return undefined;
      this.runFor(5);
    }
    return this.now - from;
  }

  #carryOut(seat: Seat, life: number, output: ElectionOutput): void {
    switch (output.kind) {
      case "send":
        return this.#send(seat.name, output.to, output.message);
      case "persist":
        return this.#agenda.push(this.now + this.#options.diskMs, () => {
          if (seat.life !== life || seat.election === undefined) return;
          seat.ballot = output.ballot;
          if (!seat.isPaused) this.hand(seat, { kind: "persisted" });
          else this.#agenda.push(this.now + 50, () => this.#finishWrite(seat, life));
        });
      case "leader":
        this.leaders.push({ at: this.now, of: seat.name, output });
        return;
    }
  }

  #finishWrite(seat: Seat, life: number): void {
    if (seat.life !== life || seat.election === undefined) return;
    if (seat.isPaused) return this.#agenda.push(this.now + 50, () => this.#finishWrite(seat, life));
    this.hand(seat, { kind: "persisted" });
  }

  #send(from: string, to: string, message: ElectionMessage): void {
    const isLost = this.#random.chance(this.loss);
    const delay = this.#delayOf(from, to);
    if (isLost) return;
    this.#agenda.push(this.now + delay, () => this.deliver(from, to, message));
  }

  deliver(from: string, to: string, message: ElectionMessage): void {
    const seat = this.seat(to);
    if (this.#cut.has(`${from} ${to}`)) return;
    if (seat.isPaused) {
      return this.#agenda.push(this.now + 20, () => this.deliver(from, to, message));
    }
    this.overhear(from, to, message);
    this.hand(seat, { kind: "message", from, message });
  }

  #wake(seat: Seat): void {
    const { election, life } = seat;
    const at = election?.deadline() ?? NEVER;
    if (at >= seat.wakesAt) return;
    seat.wakesAt = at;
    this.#agenda.push(Math.max(at, this.now), () => {
      if (seat.life !== life || seat.wakesAt !== at) return;
      seat.wakesAt = NEVER;
      if (seat.election === undefined || seat.isPaused) return;
      if (seat.election.deadline() <= this.now) this.hand(seat, { kind: "due" });
      else this.#wake(seat);
    });
  }
}
