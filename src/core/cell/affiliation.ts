import type { Standing } from "../beacon/beacon.ts";
import { type Resources, roundResources } from "../beacon/resources.ts";
import type { Capability } from "../capability/capability.ts";
import type { Claim } from "../election/claim.ts";
import { paceOf } from "../election/pace.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { NodeOutput, Notice, Stored } from "../node_io.ts";
import type { Timing } from "../profile.ts";
import { Cell } from "./cell.ts";
import { type Choice, Choices } from "./choice.ts";
import type { CellKey, CellOutput, CellPeer } from "./cell_io.ts";
import type { CellMessage, CellOrder } from "./message.ts";
import type { Operator } from "./operator.ts";
import { powerOf } from "./peer_view.ts";
import type { ElectionPolicy } from "./policy.ts";
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
}

export interface AffiliationOptions {
  readonly self: NodeId;
  readonly timing: Timing;
  readonly settings: CellSettings;
  readonly capabilities: readonly Capability[];
  readonly random: Random;
  /** What the node knows of a peer. */
  readonly look: (nodeId: NodeId) => CellPeer;
}

export type AffiliationInput =
  /** The node may speak from here on, and is in this cell, or in none. */
  | {
    readonly kind: "start";
    readonly cellId: string | undefined;
    readonly boot: number;
    readonly stored: Stored;
  }
  /** Something about the peer is not what it was. */
  | { readonly kind: "peer"; readonly nodeId: NodeId }
  | {
    readonly kind: "message";
    readonly from: NodeId;
    readonly cellId: string;
    readonly message: CellMessage;
  }
  | { readonly kind: "resources"; readonly resources: Resources }
  | { readonly kind: "order"; readonly order: CellOrder }
  | { readonly kind: "stepDown" }
  | { readonly kind: "persisted"; readonly key: string }
  | { readonly kind: "persistFailed"; readonly key: string }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

export type AffiliationOutput =
  | Extract<NodeOutput, { kind: "send" | "persist" | "notice" }>
  /** What the node is to others has changed. */
  | { readonly kind: "ranked"; readonly standing: Standing };

const KEYS: readonly CellKey[] = ["roster", "ballot"];

/** Which cell this node is in, if it is in any, and what it does there. */
export class Affiliation implements Machine<AffiliationInput, AffiliationOutput> {
  readonly #options: AffiliationOptions;
  readonly #outputs: AffiliationOutput[] = [];
  #cell: Cell | undefined;
  #elsewhere = 0;
  readonly #choices = new Choices();
  #power: { power?: number } = {};

  constructor(options: AffiliationOptions) {
    this.#options = options;
  }

  get cell(): Cell | undefined {
    return this.#cell;
  }

  /** Who came to lead last, and what everybody was worth then. */
  get choice(): Choice | undefined {
    return this.#choices.last;
  }

  get policy(): ElectionPolicy {
    return this.#options.settings.policy ?? "technical-dominant";
  }

  /** Messages for a cell that this node is not in. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  handle(now: Millis, input: AffiliationInput): void {
    if (input.kind === "start") this.#join(now, input);
    else this.#hand(now, input);
    this.#follow();
  }

  poll(): AffiliationOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#cell?.deadline() ?? NEVER;
  }

  #join(now: Millis, start: Extract<AffiliationInput, { kind: "start" }>): void {
    const { cellId, boot, stored } = start;
    if (cellId === undefined) return;
    const { self, timing, random, settings: { challengeAfterMs } } = this.#options;
    this.#cell = new Cell({
      cellId,
      self,
      boot,
      profile: this.#profile(),
      view: { policy: this.policy, phase: "cell" },
      pace: paceOf(timing),
      random: random.split(`cell ${cellId}`),
      stored: {
        roster: stored[storedKey("roster", cellId)],
        ballot: stored[storedKey("ballot", cellId)],
      },
      now,
      ...(challengeAfterMs === undefined ? {} : { challengeAfterMs }),
    });
  }

  #hand(now: Millis, input: Exclude<AffiliationInput, { kind: "start" }>): void {
    const cell = this.#cell;
    if (input.kind === "resources") return this.#noteResources(now, input.resources);
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
        const key = KEYS.find((one) => storedKey(one, cell.cellId) === input.key);
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

  #profile(): MemberProfile {
    const { capabilities, settings: { operator, isObserver } } = this.#options;
    return {
      capabilities,
      ...this.#power,
      ...(operator === undefined ? {} : { operator }),
      ...(isObserver === true ? { isObserver } : {}),
    };
  }

  #follow(): void {
    const cell = this.#cell;
    if (cell === undefined) return;
    const { cellId } = cell;
    for (let output = cell.poll(); output; output = cell.poll()) {
      switch (output.kind) {
        case "send": {
          const { to: peer, message } = output;
          const priorityClass = "critical";
          const post = { kind: "cell", cellId, message } as const;
          this.#outputs.push({ kind: "send", peer, priorityClass, message: post });
          break;
        }
        case "persist":
          this.#outputs.push({ ...output, key: storedKey(output.key, cellId) });
          break;
        case "ordered": {
          const { leader: leaderId, issuer } = output.order;
          this.#choices.noteOrder(output.order);
          this.#tell({ type: "leaderOrdered", cell: cellId, leaderId, issuer });
          break;
        }
        case "leader":
          this.#choices.noteLeader(cell, output.leader);
          this.#tellLeader(cellId, output);
          break;
      }
    }
    if (cell.order === undefined) this.#choices.noteOrder(undefined);
    this.#choices.hear(cell);
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

/** Each cell has keys of its own, so that a node that changes cells forgets no vote. */
function storedKey(key: CellKey, cellId: string): string {
  return `cell ${cellId} ${key}`;
}
