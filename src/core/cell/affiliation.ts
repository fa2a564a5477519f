import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { JsonValue, Stored } from "../node_io.ts";
import { paceOf } from "../election/pace.ts";
import type { Timing } from "../profile.ts";
import { Cell } from "./cell.ts";
import type { CellKey, CellOutput, CellPeer } from "./cell_io.ts";
import type { CellMessage, CellOrder } from "./message.ts";
import type { PolicyView } from "./policy.ts";
import type { MemberProfile } from "./standings.ts";

export interface AffiliationOptions {
  readonly self: NodeId;
  readonly timing: Timing;
  readonly random: Random;
  readonly profile: MemberProfile;
  readonly view: PolicyView;
  readonly challengeAfterMs?: Millis | undefined;
}

export type AffiliationInput =
  /** The node may speak from here on, and is in this cell, or in none. */
  | {
    readonly kind: "start";
    readonly cellId: string | undefined;
    readonly boot: number;
    readonly stored: Stored;
  }
  | { readonly kind: "peer"; readonly peer: CellPeer }
  | {
    readonly kind: "message";
    readonly from: NodeId;
    readonly cellId: string;
    readonly message: CellMessage;
  }
  | { readonly kind: "profile"; readonly profile: MemberProfile }
  | { readonly kind: "order"; readonly cellId: string; readonly order: CellOrder }
  | { readonly kind: "stepDown" }
  | { readonly kind: "persisted"; readonly key: string }
  | { readonly kind: "persistFailed"; readonly key: string }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

export type AffiliationOutput =
  | {
    readonly kind: "send";
    readonly to: NodeId;
    readonly cellId: string;
    readonly message: CellMessage;
  }
  | { readonly kind: "persist"; readonly key: string; readonly value: JsonValue }
  | (Extract<CellOutput, { kind: "leader" | "ordered" }> & { readonly cellId: string });

const KEYS: readonly CellKey[] = ["roster", "ballot"];

/** Which cell this node is in, if it is in any, and what it does there. */
export class Affiliation implements Machine<AffiliationInput, AffiliationOutput> {
  readonly #options: AffiliationOptions;
  readonly #outputs: AffiliationOutput[] = [];
  #cell: Cell | undefined;
  #elsewhere = 0;

  constructor(options: AffiliationOptions) {
    this.#options = options;
  }

  get cell(): Cell | undefined {
    return this.#cell;
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
    const { self, timing, random, profile, view, challengeAfterMs } = this.#options;
    this.#cell = new Cell({
      cellId,
      self,
      boot,
      profile,
      view,
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
    if (cell === undefined) {
      if (input.kind === "message") this.#elsewhere++;
      return;
    }
    switch (input.kind) {
      case "message":
      case "order":
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

  #follow(): void {
    const cell = this.#cell;
    if (cell === undefined) return;
    const { cellId } = cell;
    for (let output = cell.poll(); output; output = cell.poll()) {
      if (output.kind === "persist") {
        this.#outputs.push({ ...output, key: storedKey(output.key, cellId) });
      } else {
        this.#outputs.push({ ...output, cellId });
      }
    }
  }
}

/** Each cell has keys of its own, so that a node that changes cells forgets no vote. */
function storedKey(key: CellKey, cellId: string): string {
  return `cell ${cellId} ${key}`;
}
