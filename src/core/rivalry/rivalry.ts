import { BoundedMap } from "../kernel/bounded_map.ts";
import type { Address } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, MINUTE, SECOND } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { outranks, type Standing } from "./standing.ts";

/** How long a rival has to answer. Whoever replays what it once said cannot. */
export const ANSWER_MS: Millis = 2 * SECOND;

/** Whoever yields stays this long, to answer the other's question, so that both know. */
export const LINGER_MS: Millis = 3 * SECOND;

/** A rival that yields may take its time; this is how often it is spoken of meanwhile. */
export const QUIET_MS: Millis = 1 * MINUTE;

/** A question that came before the rival knew who asks is lost, so it is asked again. */
const ASK_GAP_MS: Millis = 200;

const RIVAL_LIMIT = 16;

export type RivalryState = "alone" | "asking" | "yielding" | "yielded";

interface Meeting {
  readonly from: Address;
  readonly own: Standing;
  readonly rival: Standing;
}

export type RivalryInput =
  | ({ readonly kind: "heard" } & Meeting)
  | ({ readonly kind: "answered"; readonly nonce: number } & Meeting)
  /** In an open mesh, where nothing proves who said it. */
  | { readonly kind: "claimed"; readonly from: Address }
  | { readonly kind: "due" };

export type RivalryOutput =
  | { readonly kind: "ask"; readonly to: Address; readonly nonce: number }
  | {
    readonly kind: "stays" | "yields";
    readonly rival: Standing;
    readonly address: Address;
    /** Whether it runs from a copy of this node's data directory. */
    readonly isCopy: boolean;
  }
  | { readonly kind: "claimed"; readonly address: Address };

type Action = "ignore" | "ask" | "askAgain" | "judge" | "giveUp" | "leave" | "tell";

const TRANSITIONS: Record<RivalryState, Record<RivalryInput["kind"], Action>> = {
  alone: { heard: "ask", answered: "ignore", claimed: "tell", due: "ignore" },
  asking: { heard: "askAgain", answered: "judge", claimed: "tell", due: "giveUp" },
  yielding: { heard: "ignore", answered: "ignore", claimed: "ignore", due: "leave" },
  yielded: { heard: "ignore", answered: "ignore", claimed: "ignore", due: "ignore" },
};

/** Decides which of two nodes with one id goes on. SPEC.md has its states and invariants. */
export class Rivalry implements Machine<RivalryInput, RivalryOutput> {
  readonly #random: Random;
  readonly #timers = new TimerTable<"next">();
  readonly #outputs: RivalryOutput[] = [];
  /** When each rival was last told of. */
  readonly #told = new BoundedMap<string, Millis>(RIVAL_LIMIT, "evict-oldest");
  #state: RivalryState = "alone";
  #asked: { readonly nonce: number; readonly key: string; askedAt: Millis } | undefined;
  #verdict: RivalryOutput | undefined;
  #claimToldAt: Millis = -Infinity;

  constructor(random: Random) {
    this.#random = random;
  }

  get state(): RivalryState {
    return this.#state;
  }

  handle(now: Millis, input: RivalryInput): void {
    if (input.kind === "due" && !this.#timers.take("next", now)) return;
    const action = TRANSITIONS[this.#state][input.kind];
    if (action === "giveUp") this.#end("alone");
    else if (action === "leave") this.#leave();
    else if (action === "ask" && input.kind === "heard") this.#ask(now, input);
    else if (action === "askAgain" && input.kind === "heard") this.#askAgain(now, input);
    else if (action === "judge" && input.kind === "answered") this.#judge(now, input);
    else if (action === "tell" && input.kind === "claimed") this.#tell(now, input.from);
  }

  poll(): RivalryOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#timers.deadline();
  }

  #ask(now: Millis, { from, rival }: Meeting): void {
    const key = keyOf(rival);
    if (now - (this.#told.get(key) ?? -Infinity) < QUIET_MS) return;
    const nonce = this.#random.uint32();
    this.#asked = { nonce, key, askedAt: now };
    this.#state = "asking";
    this.#timers.set("next", now + ANSWER_MS);
    this.#outputs.push({ kind: "ask", to: from, nonce });
  }

  #askAgain(now: Millis, { from, rival }: Meeting): void {
    const asked = this.#asked;
    if (asked?.key !== keyOf(rival) || now - asked.askedAt < ASK_GAP_MS) return;
    asked.askedAt = now;
    this.#outputs.push({ kind: "ask", to: from, nonce: asked.nonce });
  }

  #judge(
    now: Millis,
    { from, own, rival, nonce }: Extract<RivalryInput, { kind: "answered" }>,
  ): void {
    if (this.#asked?.nonce !== nonce || this.#asked.key !== keyOf(rival)) return; // V2
    const stays = outranks(own, rival);
    this.#told.set(keyOf(rival), now);
    this.#end(stays ? "alone" : "yielding");
    const isCopy = own.deviceId === rival.deviceId;
    if (stays) return void this.#outputs.push({ kind: "stays", rival, address: from, isCopy });
    this.#verdict = { kind: "yields", rival, address: from, isCopy };
    this.#timers.set("next", now + LINGER_MS);
  }

  #leave(): void {
    this.#end("yielded");
    if (this.#verdict !== undefined) this.#outputs.push(this.#verdict);
  }

  #tell(now: Millis, address: Address): void {
    if (now - this.#claimToldAt < QUIET_MS) return;
    this.#claimToldAt = now;
    this.#outputs.push({ kind: "claimed", address });
  }

  #end(state: RivalryState): void {
    this.#state = state;
    this.#asked = undefined;
    this.#timers.clear("next");
  }
}

function keyOf({ deviceId, boot, life }: Standing): string {
  return `${deviceId} ${boot} ${life}`;
}
