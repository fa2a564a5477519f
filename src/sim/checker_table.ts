import type { NodeOutput } from "../core/node_io.ts";
import type { Checker, InputKind, Sight } from "./checker.ts";
import type { Step } from "./host.ts";

/** An invariant that does not hold, and how. */
export interface Broken {
  readonly invariant: string;
  readonly detail: string;
}

/** The part of a checker that looks at a step. */
interface Look {
  readonly invariant: string;
  readonly check: NonNullable<Checker["check"]>;
}

/** A bit for each kind of output, so that all that a step wants is one number. */
const OUTPUT_BITS: Readonly<Record<NodeOutput["kind"], number>> = {
  multicast: 1,
  unicast: 2,
  connect: 4,
  disconnect: 8,
  send: 16,
  doubt: 32,
  persist: 64,
  notice: 128,
  stopped: 256,
  asked: 512,
  capabilityChange: 1024,
  save: 2048,
  written: 4096,
  documentChanged: 8192,
  repeat: 16384,
};

/** Shows each step to the checkers that look at such steps, in their order. */
export class CheckerTable {
  readonly #checkers: readonly Checker[];
  /** Who looks at a step, by what came in and by the bits of what went out. */
  readonly #watchers = new Map<InputKind, Map<number, readonly Look[]>>();

  constructor(checkers: readonly Checker[]) {
    this.#checkers = checkers;
  }

  firstBroken(step: Step): Broken | undefined {
    if (step.host.node === undefined) return undefined;
    for (const { invariant, check } of this.#watchersOf(step)) {
      const detail = check(step);
      if (detail !== undefined) return { invariant, detail };
    }
    return undefined;
  }

  #watchersOf({ input, outputs }: Step): readonly Look[] {
    const kind = input.kind === "datagram" ? input.message.kind : input.kind;
    let bits = 0;
    for (const output of outputs) bits |= OUTPUT_BITS[output.kind];
    let byOutputs = this.#watchers.get(kind);
    if (byOutputs === undefined) this.#watchers.set(kind, byOutputs = new Map());
    let looks = byOutputs.get(bits);
    if (looks === undefined) byOutputs.set(bits, looks = this.#looksAt(kind, bits));
    return looks;
  }

  #looksAt(kind: InputKind, bits: number): Look[] {
    return this.#checkers.filter((checker) => looksAt(checker, kind, bits))
      .map(({ name: invariant, check }) => ({ invariant, check: check! }));
  }
}

function looksAt({ check, sees }: Checker, input: InputKind, bits: number): boolean {
  if (check === undefined) return false;
  return sees === undefined || sees.some((sight) => sight === input || (bits & bitsOf(sight)) > 0);
}

function bitsOf(sight: Sight): number {
  if (sight === "outputs") return -1;
  return sight in OUTPUT_BITS ? OUTPUT_BITS[sight as NodeOutput["kind"]] : 0;
}
