import type { Claim } from "../election/claim.ts";
import { Election } from "../election/election.ts";
import type { ElectionOutput } from "../election/election_io.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, MINUTE } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { Challenge, type Rivals } from "./challenge.ts";
import type { CellInput, CellOutput } from "./cell_io.ts";
import type { CellOptions } from "./cell_options.ts";
import { readStoredBallot, readStoredRoster, storedRoster } from "./cell_record.ts";
import { Duties } from "./duties.ts";
import type { CellApproval, CellMessage, CellOrder } from "./message.ts";
import { Orders } from "./orders.ts";
import { Rebalancer } from "./rebalancer.ts";
import type { Layout, Move } from "./rebalancing.ts";
import { Muster, type MusterChange } from "./muster.ts";
import type { Roster } from "./roster.ts";
import { type MemberProfile, rankMembers, type Standing } from "./standings.ts";

/** A member that was not heard for so long is no member any more, if the many agree. */
export const ABSENCE_LIMIT_MS: Millis = 10 * MINUTE;

/** A cell is too large or too small for so many election timeouts before anybody is moved. */
const SETTLE_ROUNDS = 2;

/** One node's part in its cell: who belongs to it, who leads it, who does what. */
export class Cell implements Machine<CellInput, CellOutput> {
  readonly cellId: string;
  readonly #options: CellOptions;
  readonly #self: NodeId;
  readonly #election: Election;
  readonly #duties: Duties;
  readonly #muster: Muster;
  readonly #challenge: Challenge;
  readonly #rebalancer: Rebalancer;
  readonly #timers = new TimerTable<"review">();
  readonly #outputs: CellOutput[] = [];
  readonly #orders: Orders;
  #standings: readonly Standing[] = [];
  #foreign = 0;
  /** Something that a leader decides by is not what it was. */
  #isStirred = true;

  constructor(options: CellOptions) {
    const { cellId, self, boot, profile, pace, random, stored, now } = options;
    this.cellId = cellId;
    this.#options = options;
    this.#self = self;
    this.#muster = new Muster({
      cellId,
      self,
      boot,
      profile,
      stored: readStoredRoster(stored.roster),
    });
    this.#duties = new Duties(self);
    this.#orders = new Orders(cellId);
    this.#challenge = new Challenge(options.challengeAfterMs);
    this.#rebalancer = new Rebalancer(options.size, SETTLE_ROUNDS * pace.electionTimeoutMs);
    const ballot = readStoredBallot(stored.ballot);
    this.#election = new Election({ self, pace, random, stored: ballot, now });
    this.#refresh(now);
    this.#keep();
  }

  handle(now: Millis, input: CellInput): void {
    switch (input.kind) {
      case "peer":
        this.#follow(now, this.#muster.notePeer(now, input.peer));
        break;
      case "message":
        this.#receive(now, input.from, input.message);
        break;
      case "profile":
        this.#muster.ownProfile = input.profile;
        this.#refresh(now);
        this.#sendAll(this.#introduction());
        break;
      case "order":
        this.#obey(now, input.order);
        break;
      case "stepDown":
        this.#election.handle(now, { kind: "resign" });
        break;
      case "persisted":
      case "persistFailed":
        if (input.key === "ballot") this.#election.handle(now, { kind: input.kind });
        break;
      case "due":
        this.#runDue(now);
        break;
      case "leave":
        this.#sendAll({ kind: "leave" });
        this.#election.handle(now, { kind: "stop" });
        break;
      case "stop":
        this.#election.handle(now, { kind: "stop" });
        break;
    }
    this.#followElection();
    this.#lead(now);
  }

  poll(): CellOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return Math.min(
      this.#election.deadline(),
      this.#timers.deadline(),
      this.#challenge.deadline,
      this.#orders.deadline,
    );
  }

  get election(): Election {
    return this.#election;
  }

  get roster(): Roster {
    return this.#muster.roster;
  }

  get duties(): Duties {
    return this.#duties;
  }

  /** Every member, best leader first, whether it is there or not. */
  get standings(): readonly Standing[] {
    return this.#standings;
  }

  get order(): CellOrder | undefined {
    return this.#orders.order;
  }

  /** Whoever agreed to what the cell can do, as long as that holds. */
  get approval(): CellApproval | undefined {
    return this.#orders.approval;
  }

  /** Messages for another cell, or from somebody who is no member. */
  get foreign(): number {
    return this.#foreign;
  }

  profileOf(nodeId: NodeId): MemberProfile | undefined {
    return this.#muster.profileOf(nodeId);
  }

  /** Whether it said itself what it is. */
  isIntroduced(nodeId: NodeId): boolean {
    return this.#muster.isIntroduced(nodeId);
  }

  isPresent(nodeId: NodeId): boolean {
    return this.#muster.isPresent(nodeId);
  }

  isReachable(nodeId: NodeId): boolean {
    return this.#muster.isReachable(nodeId);
  }

  #runDue(now: Millis): void {
    if (this.#timers.take("review", now)) this.#review(now);
    if (this.#challenge.deadline <= now) this.#yieldToChallenger(now);
    if (this.#orders.expire(now)) this.#refresh(now);
    if (this.#election.deadline() <= now) this.#election.handle(now, { kind: "due" });
  }

  /** Tells what is news to everybody, and all that a member knows to whoever is new here. */
  #follow(now: Millis, { isNews, isStirred }: MusterChange): void {
    if (isNews) this.#tellRoster();
    if (isStirred) this.#refresh(now);
    for (const nodeId of this.#muster.ungreeted()) this.#greet(nodeId);
  }

  #greet(nodeId: NodeId): void {
    this.#send(nodeId, this.#introduction());
    for (const order of this.#orders.held) this.#send(nodeId, order);
    const assignments = this.#duties.current(this.#election.leadership?.claim);
    if (assignments !== undefined) this.#send(nodeId, assignments);
  }

  #introduction(): CellMessage {
    return { kind: "profile", profile: this.#muster.ownProfile, roster: this.roster.record };
  }

  #receive(now: Millis, from: NodeId, message: CellMessage): void {
    switch (message.kind) {
      case "election":
        if (!this.roster.has(from)) return void this.#foreign++;
        return this.#election.handle(now, { kind: "message", from, message: message.message });
      case "profile":
        this.#follow(now, this.#muster.noteProfile(from, message.profile, message.roster));
        return this.#contradict(from);
      case "roster":
        this.#follow(now, this.#muster.merge(message.roster));
        return this.#contradict(from);
      case "leave": {
        const isNews = this.#muster.remove(from);
        return this.#follow(now, { isNews, isStirred: isNews });
      }
      case "assignments":
        if (message.claim.nodeId !== from) return;
        if (!this.#election.accepts(message.claim)) return;
        if (this.#duties.accept(message)) this.#refresh(now);
        return;
      case "moved":
        if (message.claim.nodeId !== from || !this.#election.accepts(message.claim)) return;
        if (message.members.includes(this.#self)) this.#goTo(message.to);
        return;
      case "order":
      case "approval":
        return this.#obey(now, message);
    }
  }

  /** Somebody takes itself for a member and was removed: it is told, and enters anew (C3). */
  #contradict(from: NodeId): void {
    if (!this.roster.has(from)) this.#send(from, { kind: "roster", roster: this.roster.record });
  }

  #tellRoster(): void {
    this.#keep();
    this.#sendAll({ kind: "roster", roster: this.roster.record });
  }

  #keep(): void {
    const value = storedRoster(this.roster.record);
    this.#outputs.push({ kind: "persist", key: "roster", value });
  }

  /** Ranks everybody anew and tells the election. */
  #refresh(now: Millis): void {
    this.#standings = rankMembers({
      members: this.roster.members,
      profileOf: (nodeId) => this.profileOf(nodeId),
      reliabilityOf: (nodeId) => this.#duties.reliabilityOf(nodeId),
      view: this.#options.view,
    });
    this.#isStirred = true;
    const first = this.#orders.order?.leader;
    const ordered = [
      ...this.#standings.filter(({ nodeId }) => nodeId === first),
      ...this.#standings.filter(({ nodeId }) => nodeId !== first),
    ];
    this.#election.handle(now, {
      kind: "members",
      members: ordered.map(({ nodeId, obstacle }) => ({
        nodeId,
        isPresent: this.isPresent(nodeId),
        isReachable: this.isReachable(nodeId),
        isEligible: obstacle === undefined,
      })),
    });
  }

  #obey(now: Millis, order: CellOrder | CellApproval): void {
    if (!this.#orders.accept(now, order)) return;
    this.#sendAll(order);
    this.#refresh(now);
    this.#outputs.push({ kind: "ordered", order });
  }

  #yieldToChallenger(now: Millis): void {
    const successor = this.#challenge.judge(this.#rivals());
    if (successor !== undefined) this.#election.handle(now, { kind: "resign", successor });
  }

  /** Those who could lead instead, and this member among them. */
  #rivals(): Rivals {
    const able = this.#standings.filter(({ nodeId, obstacle }) =>
      obstacle === undefined && this.isReachable(nodeId)
    );
    return { self: this.#self, able };
  }

  #followElection(): void {
    for (let output = this.#election.poll(); output; output = this.#election.poll()) {
      this.#carryOut(output);
    }
  }

  #carryOut(output: ElectionOutput): void {
    switch (output.kind) {
      case "send":
        return this.#send(output.to, { kind: "election", message: output.message });
      case "persist":
        this.#outputs.push({ kind: "persist", key: "ballot", value: { ...output.ballot } });
        return;
      case "leader":
        this.#orders.noteLeader(output.leader?.nodeId);
        this.#isStirred = true;
        this.#outputs.push(output);
        return;
    }
  }

  /** What falls to this member while it leads. */
  #lead(now: Millis): void {
    const { leadership } = this.#election;
    if (leadership === undefined) {
      this.#timers.clear("review");
      this.#challenge.end();
      this.#rebalancer.end();
      return;
    }
    if (!this.#isStirred) return;
    this.#isStirred = false;
    this.#handOver(now);
    const changed = this.#duties.assign(leadership, this.#standings, this.#muster);
    if (changed !== undefined) this.#sendAll(changed);
    this.#timers.set("review", now + this.#options.pace.heartbeatMs);
    this.#challenge.watch(now, this.#rivals());
  }

  /** Once per heartbeat: who was silent for too long, and how reliable everybody is by now. */
  #review(now: Millis): void {
    this.#isStirred = true;
    this.#removeAbsent(now);
    this.#rebalance(now);
  }

  /** Tells those that are to move, once per heartbeat until they are gone (C14). */
  #rebalance(now: Millis): void {
    const { leadership } = this.#election;
    if (leadership === undefined) return;
    const { claim } = leadership;
    const hasQuorum = this.#election.authority(now) === "quorum";
    const move = this.#rebalancer.review(now, () => this.#layout(claim.term), hasQuorum);
    if (move !== undefined) this.#moveAway(claim, move);
  }

  #layout(term: number): Layout {
    return {
      cellId: this.cellId,
      term,
      ranked: this.#standings.map(({ nodeId }) => nodeId),
      isMovable: (nodeId) => this.profileOf(nodeId)?.isMovable === true,
      isReachable: (nodeId) => this.isReachable(nodeId),
      others: this.#options.others?.() ?? [],
    };
  }

  /** The leader is the last to go, so that everybody else was told. */
  #moveAway(claim: Claim, { cellId: to, members }: Move): void {
    const others = members.filter((nodeId) => nodeId !== this.#self && this.isReachable(nodeId));
    for (const nodeId of others) this.#send(nodeId, { kind: "moved", claim, to, members });
    if (others.length === 0 && members.includes(this.#self)) this.#goTo(to);
  }

  /** Whose operator set no limits stays where that one put it. */
  #goTo(to: string): void {
    if (this.#muster.ownProfile.isMovable !== true || to === this.cellId) return;
    this.#outputs.push({ kind: "moved", to });
  }

  /** An operator wants somebody else to lead, and that member is there. */
  #handOver(now: Millis): void {
    const wanted = this.#orders.order?.leader;
    if (wanted === undefined || wanted === this.#self || !this.isReachable(wanted)) return;
    if (!this.roster.has(wanted)) return;
    this.#election.handle(now, { kind: "resign", successor: wanted });
    this.#followElection();
  }

  /** Only the many may put out whoever is silent: a part could put out all the others. */
  #removeAbsent(now: Millis): void {
    if (this.#election.authority(now) !== "quorum" || this.#election.leadership === undefined) {
      return;
    }
    const gone = this.#muster.absentFor(now, ABSENCE_LIMIT_MS)
      .filter((nodeId) => this.#muster.remove(nodeId));
    this.#follow(now, { isNews: gone.length > 0, isStirred: gone.length > 0 });
  }

  #send(to: NodeId, message: CellMessage): void {
    this.#outputs.push({ kind: "send", to, message });
  }

  #sendAll(message: CellMessage): void {
    for (const nodeId of this.#muster.reachable) this.#send(nodeId, message);
  }
}
