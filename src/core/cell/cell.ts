import { Election } from "../election/election.ts";
import type { ElectionOutput } from "../election/election_io.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { HOUR, type Millis } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import type { CellBeat } from "./beat.ts";
import { Chair, type Floor } from "./chair.ts";
import type { CellInput, CellOutput } from "./cell_io.ts";
import type { CellOptions } from "./cell_options.ts";
import { type Charter, compareCharters, orderedCharter } from "./charter.ts";
import { readStoredBallot, readStoredRoster, storedRoster } from "./cell_record.ts";
import { Duties } from "./duties.ts";
import type {
  CellApproval,
  CellMessage,
  CellOrder,
  OperatorOrder,
  PolicyOrder,
} from "./message.ts";
import { Orders } from "./orders.ts";
import { Muster, type MusterChange } from "./muster.ts";
import { USUAL_POLICY } from "./policy.ts";
import type { Roster } from "./roster.ts";
import { type MemberProfile, Ranking, type Standing } from "./standings.ts";

/** How often it is looked who was removed so long ago that nobody needs to be told any more. */
const FORGET_EVERY_MS: Millis = 1 * HOUR;

/** One node's part in its cell: who belongs to it, who leads it, who does what. */
export class Cell implements Machine<CellInput, CellOutput> {
  readonly cellId: string;
  readonly #options: CellOptions;
  readonly #self: NodeId;
  readonly #election: Election;
  readonly #duties: Duties;
  readonly #muster: Muster;
  readonly #chair: Chair;
  readonly #timers = new TimerTable<"forget">();
  readonly #outputs: CellOutput[] = [];
  readonly #orders: Orders;
  readonly #ranking = new Ranking();
  #charter: Charter;
  #standings: readonly Standing[] = [];
  #foreign = 0;

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
    this.#charter = { policy: profile.policy ?? USUAL_POLICY, version: 0, setBy: self };
    this.#duties = new Duties(self);
    this.#orders = new Orders(cellId);
    const ballot = readStoredBallot(stored.ballot);
    this.#election = new Election({ self, pace, random, stored: ballot, now });
    this.#chair = new Chair(options, this.#floor());
    this.#refresh(now);
    this.#forget(now);
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
      case "late":
      case "beat":
      case "spoken":
        this.#election.handle(now, input);
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
    this.#chair.preside(now);
    this.#followElection();
  }

  poll(): CellOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return Math.min(
      this.#election.deadline(),
      this.#timers.deadline(),
      this.#chair.deadline,
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

  /** By what all members rank each other. */
  get charter(): Charter {
    return this.#charter;
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

  /** What this node's signs of life say of its part in the cell, if there is anything. */
  beatAt(now: Millis): CellBeat | undefined {
    const beat = this.#election.beatAt(now);
    return beat && { ...beat, cellId: this.cellId };
  }

  /** Whether the sign of life is for this node: of its leader, or of whoever follows it. */
  isConcernedBy(from: NodeId, beat: CellBeat): boolean {
    if (beat.cellId !== this.cellId || !this.roster.has(from)) return false;
    const { followed, leadership } = this.#election;
    if (beat.kind === "heartbeat") return followed?.claim.nodeId === from;
    return beat.claim.nodeId === this.#self && leadership !== undefined;
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

  /** The cell as whoever leads it needs it. */
  #floor(): Floor {
    const standings = () => this.#standings;
    return {
      election: this.#election,
      duties: this.#duties,
      muster: this.#muster,
      orders: this.#orders,
      get standings() {
        return standings();
      },
      send: (to, message) => this.#send(to, message),
      sendAll: (message) => this.#sendAll(message),
      goTo: (cellId) => this.#goTo(cellId),
      agree: () => this.#agree(),
      putOut: (now, nodeIds) => this.#putOut(now, nodeIds),
    };
  }

  #runDue(now: Millis): void {
    this.#chair.runDue(now);
    if (this.#timers.take("forget", now) && this.#forget(now)) this.#keep();
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
    const { ownProfile: profile, roster: { record: roster } } = this.#muster;
    return { kind: "profile", profile, roster, charter: this.#charter };
  }

  #receive(now: Millis, from: NodeId, message: CellMessage): void {
    switch (message.kind) {
      case "election":
        if (!this.roster.has(from)) return void this.#foreign++;
        return this.#election.handle(now, { kind: "message", from, message: message.message });
      case "profile": {
        const isBetter = message.charter !== undefined &&
          compareCharters(message.charter, this.#charter) > 0;
        if (isBetter) this.#charter = message.charter;
        this.#follow(now, this.#muster.noteProfile(from, message.profile, message.roster));
        if (isBetter) this.#tellCharter();
        return this.#contradict(from);
      }
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
      case "policy":
      case "approval":
        return this.#obey(now, message);
    }
  }

  /** Somebody takes itself for a member and was removed: it is told, and enters anew (C3). */
  #contradict(from: NodeId): void {
    if (!this.roster.has(from)) this.#send(from, { kind: "roster", roster: this.roster.record });
  }

  #tellCharter(): void {
    this.#sendAll(this.#introduction());
    this.#outputs.push({ kind: "charter", charter: this.#charter });
  }

  #tellRoster(): void {
    this.#keep();
    this.#sendAll({ kind: "roster", roster: this.roster.record });
  }

  #keep(): void {
    const value = storedRoster(this.roster.stored);
    this.#outputs.push({ kind: "persist", key: "roster", value });
  }

  /** Answers whether removals of long ago are told no more from now on. */
  #forget(now: Millis): boolean {
    this.#timers.set("forget", now + FORGET_EVERY_MS);
    return this.roster.forget(now);
  }

  /** Ranks everybody anew and tells the election. */
  #refresh(now: Millis): void {
    this.#standings = this.#ranking.rank({
      members: this.roster.members,
      profileOf: (nodeId) => this.profileOf(nodeId),
      reliabilityOf: (nodeId) => this.#duties.reliabilityOf(nodeId),
      view: { policy: this.#charter.policy, phase: this.#options.phase },
    });
    this.#chair.stir();
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

  #obey(now: Millis, order: OperatorOrder): void {
    if (!this.#orders.accept(now, order)) return;
    this.#sendAll(order);
    if (order.kind === "policy") this.#rankBy(order);
    this.#refresh(now);
    this.#outputs.push({ kind: "ordered", order });
  }

  /** Whoever heard of the order sooner may have told of the charter already. */
  #rankBy({ policy, issuer }: PolicyOrder): void {
    const { policy: current, setBy, version } = this.#charter;
    if (version > 1 && policy === current && setBy === issuer) return;
    this.#charter = orderedCharter(this.#charter, { policy, issuer });
    this.#tellCharter();
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
        this.#chair.stir();
        this.#outputs.push(output);
        return;
    }
  }

  /** Whose operator set no limits stays where that one put it. */
  #goTo(to: string): void {
    if (this.#muster.ownProfile.isMovable !== true || to === this.cellId) return;
    this.#outputs.push({ kind: "moved", to });
  }

  /** What this member ranks by is what its cell does from now on, whoever joins it. */
  #agree(): void {
    if (this.#charter.version > 0) return;
    this.#charter = { ...this.#charter, version: 1, setBy: this.#self };
    this.#tellCharter();
  }

  #putOut(now: Millis, nodeIds: readonly NodeId[]): void {
    const gone = nodeIds.filter((nodeId) => this.#muster.remove(nodeId));
    this.#follow(now, { isNews: gone.length > 0, isStirred: gone.length > 0 });
  }

  #send(to: NodeId, message: CellMessage): void {
    this.#outputs.push({ kind: "send", to, message });
  }

  #sendAll(message: CellMessage): void {
    for (const nodeId of this.#muster.reachable) this.#send(nodeId, message);
  }
}
