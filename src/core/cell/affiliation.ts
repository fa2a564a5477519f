import type { Stored } from "../kernel/json_value.ts";
import type { MoveCause, Notice } from "../notice.ts";
import type { Standing } from "../beacon/beacon.ts";
import { type Resources, roundResources } from "../beacon/resources.ts";
import type { Capability } from "../capability/capability.ts";
import type { ForwarderInput } from "../discovery/forwarder.ts";
import type { Claim } from "../election/claim.ts";
import { paceOf } from "../election/pace.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { NodeOutput } from "../node_io.ts";
import type { Timing } from "../profile.ts";
import type { Placed } from "../discovery/clusters.ts";
import { Cell } from "./cell.ts";
import type { Charter } from "./charter.ts";
import { type Choice, Choices } from "./choice.ts";
import type { CellInput, CellOutput, CellPeer } from "./cell_io.ts";
import { CELL_KEYS, CellMemory, storedKey } from "./cell_memory.ts";
import type { GateRules } from "./formation_gate.ts";
import { Gathering } from "./gathering.ts";
import type { CellMessage, OperatorOrder } from "./message.ts";
import type { Operator } from "./operator.ts";
import { powerOf, relied } from "./peer_view.ts";
import { type ElectionPolicy, USUAL_POLICY } from "./policy.ts";
import type { CellSize, OtherCell } from "./rebalancing.ts";
import type { MemberProfile } from "./standings.ts";

/** What a node's configuration says about its part in a cell. All of it can be left out. */
export interface CellSettings {
  readonly policy?: ElectionPolicy;
  /** The person who works with the node. */
  readonly operator?: Operator;
  /** The node takes part, and never leads. */
  readonly isObserver?: boolean;
  /** A member that is better by a tenth for so long takes over from a live leader. */
  readonly challengeAfterMs?: Millis;
  /** What the cell has to be before it counts as formed; what is absent is as usual. */
  readonly gate?: Partial<GateRules>;
  /** Above and below which size members are moved to other cells; absent, this node is not moved. */
  readonly size?: CellSize;
  /** Without a cell of its operator's choice, the node is in that of the place where it is. */
  readonly gathers?: boolean;
}

export interface AffiliationOptions {
  readonly self: NodeId;
  readonly timing: Timing;
  readonly settings: CellSettings;
  readonly capabilities: readonly Capability[];
  readonly random: Random;
  /** Whom the node knows, and what of each. */
  readonly known: () => Iterable<NodeId>;
  readonly look: (nodeId: NodeId) => CellPeer;
  /** Where the node is, and everybody that is there; asked of a node that gathers. */
  readonly places: () => Iterable<Placed>;
}

export type AffiliationInput =
  /** What the disk held when the node started, and the cell that its configuration names. */
  | {
    readonly kind: "recall";
    readonly cellId: string | undefined;
    readonly stored: Stored;
  }
  /** The node may speak from here on. */
  | { readonly kind: "start"; readonly boot: number }
  /** Something about the peer is not what it was. */
  | { readonly kind: "peer"; readonly nodeId: NodeId }
  | {
    readonly kind: "message";
    readonly from: NodeId;
    readonly cellId: string;
    readonly message: CellMessage;
  }
  | { readonly kind: "resources"; readonly resources: Resources }
  /** The node can do something else than before. */
  | { readonly kind: "capabilities"; readonly capabilities: readonly Capability[] }
  | { readonly kind: "order"; readonly order: OperatorOrder }
  | { readonly kind: "stepDown" }
  /** An operator puts this node in that cell, wherever it is. */
  | { readonly kind: "assign"; readonly cellId: string }
  | Extract<CellInput, { kind: "beat" | "spoken" }>
  /** The process was woken so much later than it wanted to be. */
  | { readonly kind: "late"; readonly lateMs: Millis }
  | { readonly kind: "persisted"; readonly key: string }
  | { readonly kind: "persistFailed"; readonly key: string }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

export type AffiliationOutput =
  | Extract<NodeOutput, { kind: "persist" | "notice" }>
  /** Says something to a peer, by whatever way there is. */
  | Extract<ForwarderInput, { kind: "send" }>
  /** What the node is to others has changed, */
  | { readonly kind: "ranked"; readonly standing: Standing }
  /** and so has the cell that its beacons name. */
  | { readonly kind: "named"; readonly cellId: string };

/** Which cell this node is in, if it is in any, and what it does there. */
export class Affiliation implements Machine<AffiliationInput, AffiliationOutput> {
  readonly #options: AffiliationOptions;
  readonly #outputs: AffiliationOutput[] = [];
  readonly #memory = new CellMemory();
  readonly #gathering: Gathering;
  /** Where the node is to be once it may speak. */
  #cellId: string | undefined;
  /** Undefined until it may. */
  #boot: number | undefined;
  #cell: Cell | undefined;
  #elsewhere = 0;
  #choices = new Choices();
  #power: { power?: number } = {};
  #capabilities: readonly Capability[];
  /** The last policy that a charter brought. */
  #toldPolicy: ElectionPolicy | undefined;

  constructor(options: AffiliationOptions) {
    this.#options = options;
    this.#capabilities = options.capabilities;
    this.#gathering = new Gathering(options.self, options.timing.beaconIntervalMs);
  }

  get cell(): Cell | undefined {
    return this.#cell;
  }

  /** Who came to lead last, and what everybody was worth then. */
  get choice(): Choice | undefined {
    return this.#choices.last;
  }

  /** The policy that the node was started with; its cell's charter decides which one holds. */
  get policy(): ElectionPolicy {
    return this.#options.settings.policy ?? USUAL_POLICY;
  }

  /** Messages for a cell that this node is not in. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  handle(now: Millis, input: AffiliationInput): void {
    switch (input.kind) {
      case "recall":
        this.#cellId = this.#memory.recall(input.stored, input.cellId);
        if (this.#cellId !== undefined && this.#cellId !== input.cellId) {
          this.#outputs.push({ kind: "named", cellId: this.#cellId });
        }
        break;
      case "start":
        this.#boot = input.boot;
        if (this.#cellId !== undefined) this.#join(now, this.#cellId, input.boot);
        if (this.#options.settings.gathers && !this.#memory.isOrdered) {
          this.#gathering.start(now, this.#memory.home);
        }
        break;
      case "assign":
        this.#obey(now, input.cellId);
        break;
      default:
        this.#hand(now, input);
    }
    if (input.kind === "stop") this.#gathering.stop();
    if (this.#gathering.deadline <= now) this.#gather(now);
    this.#follow(now);
  }

  poll(): AffiliationOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return Math.min(this.#cell?.deadline() ?? NEVER, this.#gathering.deadline);
  }

  #join(now: Millis, cellId: string, boot: number): void {
    const { self, timing, random, settings: { challengeAfterMs, size } } = this.#options;
    this.#cellId = cellId;
    this.#choices = new Choices();
    this.#toldPolicy = undefined;
    this.#cell = new Cell({
      cellId,
      self,
      boot,
      profile: this.#profile(),
      phase: "cell",
      pace: paceOf(timing),
      random: random.split(`cell ${cellId}`),
      stored: this.#memory.of(cellId),
      now,
      ...(challengeAfterMs === undefined ? {} : { challengeAfterMs }),
      ...(size === undefined ? {} : { size }),
      others: () => this.#survey(),
    });
    for (const nodeId of this.#options.known()) {
      this.#cell.handle(now, { kind: "peer", peer: this.#options.look(nodeId) });
    }
  }

  /** Says goodbye to one cell and enters another. */
  #change(now: Millis, to: string, cause: MoveCause): void {
    const from = this.#cell?.cellId;
    if (this.#boot === undefined || from === to) return;
    this.#cell?.handle(now, { kind: "leave" });
    this.#drain();
    this.#write(to, from, cause === "order" || this.#memory.isOrdered);
    this.#outputs.push({ kind: "named", cellId: to }, { kind: "ranked", standing: {} });
    this.#tell({ type: "cellChanged", ...(from === undefined ? {} : { from }), cell: to, cause });
    this.#join(now, to, this.#boot);
  }

  /** Where the node is, for its next start. */
  #write(current: string, from: string | undefined, isOrdered: boolean): void {
    const { home } = this.#gathering;
    for (const entry of this.#memory.enter({ current, from, home, isOrdered })) {
      this.#outputs.push({ kind: "persist", ...entry });
    }
  }

  /** An operator's word is worth more than where the node is, from here on. */
  #obey(now: Millis, to: string): void {
    this.#gathering.stop();
    if (this.#cell?.cellId === to) this.#write(to, to, true);
    else this.#change(now, to, "order");
  }

  #gather(now: Millis): void {
    const to = this.#gathering.review(now, this.#options.places());
    if (to !== undefined) this.#change(now, to, "place");
  }

  /** The cells that beacons tell of, this node's own aside. */
  #survey(): OtherCell[] {
    const sizes = new Map<string, number>();
    for (const nodeId of this.#options.known()) {
      const { cellId, isPresent } = this.#options.look(nodeId);
      if (typeof cellId !== "string" || !isPresent || cellId === this.#cellId) continue;
      sizes.set(cellId, (sizes.get(cellId) ?? 0) + 1);
    }
    return [...sizes].map(([cellId, size]) => ({ cellId, size }));
  }

  #hand(
    now: Millis,
    input: Exclude<AffiliationInput, { kind: "recall" | "start" | "assign" }>,
  ): void {
    const cell = this.#cell;
    if (input.kind === "resources") return this.#noteResources(now, input.resources);
    if (input.kind === "capabilities") return this.#noteCapabilities(now, input.capabilities);
    if (cell === undefined) {
      if (input.kind === "message") this.#elsewhere++;
      return;
    }
    switch (input.kind) {
      case "peer":
        return cell.handle(now, { kind: "peer", peer: this.#options.look(input.nodeId) });
      case "message":
        if (input.cellId !== cell.cellId) return void this.#elsewhere++;
        return cell.handle(now, input);
      case "persisted":
      case "persistFailed": {
        const key = CELL_KEYS.find((one) => storedKey(one, cell.cellId) === input.key);
        return key === undefined ? undefined : cell.handle(now, { kind: input.kind, key });
      }
      case "due":
        return cell.deadline() <= now ? cell.handle(now, input) : undefined;
      default:
        return cell.handle(now, input);
    }
  }

  #noteResources(now: Millis, resources: Resources): void {
    const before = this.#power;
    this.#power = powerOf(roundResources(resources));
    if (before.power === this.#power.power) return;
    this.#cell?.handle(now, { kind: "profile", profile: this.#profile() });
  }

  #noteCapabilities(now: Millis, capabilities: readonly Capability[]): void {
    this.#capabilities = capabilities;
    this.#cell?.handle(now, { kind: "profile", profile: this.#profile() });
  }

  #profile(): MemberProfile {
    const { settings: { operator, isObserver, size } } = this.#options;
    return {
      capabilities: relied(this.#capabilities),
      policy: this.policy,
      ...this.#power,
      ...(operator === undefined ? {} : { operator }),
      ...(isObserver === true ? { isObserver } : {}),
      ...(size === undefined ? {} : { isMovable: true as const }),
    };
  }

  #follow(now: Millis): void {
    const to = this.#drain();
    if (to === undefined) return;
    this.#change(now, to, "size");
    this.#drain();
  }

  /** Turns what the cell wants into what the node wants. Answers where its leader wants it to be. */
  #drain(): string | undefined {
    const cell = this.#cell;
    if (cell === undefined) return undefined;
    const { cellId } = cell;
    let to: string | undefined;
    for (let output = cell.poll(); output; output = cell.poll()) {
      switch (output.kind) {
        case "send": {
          const { to: peer, message } = output;
          const priorityClass = "critical";
          const post = { kind: "cell", cellId, message } as const;
          this.#outputs.push({ kind: "send", peer, priorityClass, message: post });
          break;
        }
        case "persist": {
          const entry = { key: storedKey(output.key, cellId), value: output.value };
          this.#memory.note(entry);
          this.#outputs.push({ kind: "persist", ...entry });
          break;
        }
        case "moved":
          ({ to } = output);
          break;
        case "ordered": {
          const { issuer } = output.order;
          if (output.order.kind === "approval") {
            this.#tell({ type: "cellApproved", cell: cellId, issuer });
            break;
          }
          if (output.order.kind === "policy") {
            const { policy } = output.order;
            this.#tell({ type: "policyOrdered", cell: cellId, policy, issuer });
            break;
          }
          const { leader: leaderId } = output.order;
          this.#choices.noteOrder(output.order);
          this.#tell({ type: "leaderOrdered", cell: cellId, leaderId, issuer });
          break;
        }
        case "charter":
          this.#tellCharter(cellId, output.charter);
          break;
        case "leader":
          this.#choices.noteLeader(cell, output.leader);
          this.#tellLeader(cellId, output);
          break;
      }
    }
    if (cell.order === undefined) this.#choices.noteOrder(undefined);
    this.#choices.hear(cell);
    return to;
  }

  /** Each that was agreed on, and is not what this node was started with, is told of once. */
  #tellCharter(cell: string, { policy, setBy, version }: Charter): void {
    if (version === 0 || policy === this.#toldPolicy) return;
    this.#toldPolicy = policy;
    if (policy === this.policy) return;
    this.#tell({ type: "policyAdopted", cell, policy, startedWith: this.policy, setBy });
  }

  #tellLeader(
    cellId: string,
    { leader, authority, cause }: Extract<CellOutput, { kind: "leader" }>,
  ): void {
    this.#tell({
      type: "leader",
      cell: cellId,
      ...(leader === undefined ? {} : { leaderId: leader.nodeId, term: leader.term }),
      ...(authority === undefined ? {} : { authority }),
      cause,
    });
    this.#outputs.push({ kind: "ranked", standing: this.#standing(leader) });
  }

  #standing(leader: Claim | undefined): Standing {
    if (leader === undefined) return { role: "member" };
    const isLeader = leader.nodeId === this.#options.self;
    if (!isLeader) return { role: "member", term: leader.term, parentId: leader.nodeId };
    const isAlone = this.#cell?.roster.members.length === 1;
    return { role: isAlone ? "standalone" : "leader", term: leader.term };
  }

  #tell(notice: Notice): void {
    this.#outputs.push({ kind: "notice", notice });
  }
}
