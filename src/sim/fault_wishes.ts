import { parseDurationMs } from "../core/kernel/duration.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import { type NetworkConditions, PERFECT_NETWORK } from "./network.ts";
import type { PlanWishes } from "./plan_wishes.ts";

/** What `--faults` may hold besides the kinds of fault. */
const NETWORK_KEYS = ["loss", "duplicate", "delay", "jitter", "rateKbps", "queue"] as const;

export const FAULT_WORDS: readonly string[] = ["none", "swarm", ...FAULT_KINDS];

/** The text names something that there is not. `known` is what there is. */
export class FaultWishError extends Error {
  override readonly name = "FaultWishError";

  constructor(message: string, readonly word: string, readonly known: readonly string[]) {
    super(message);
  }
}

/**
 * Reads `none`, `swarm`, or a list such as `crash,partition,loss=0.2,delay=50ms`: which faults may
 * be drawn, and what the network is like all along.
 */
export function parseFaultWishes(text: string): Pick<PlanWishes, "kinds" | "network"> {
  if (text === "swarm") return {};
  if (text === "none") return { kinds: [], network: PERFECT_NETWORK };
  const kinds: FaultKind[] = [];
  const network: { -readonly [Key in keyof NetworkConditions]?: NetworkConditions[Key] } = {};
  for (const word of text.split(",")) {
    const [key = "", value] = word.split("=", 2);
    if (value === undefined) kinds.push(knownKind(key));
    else Object.assign(network, networkSetting(key, value));
  }
  return { kinds, network };
}

function knownKind(word: string): FaultKind {
  const kind = FAULT_KINDS.find((kind) => kind === word);
  if (kind !== undefined) return kind;
  throw new FaultWishError(`Cannot inject ${JSON.stringify(word)}: there is no such fault`, word, [
    ...FAULT_WORDS,
    ...NETWORK_KEYS,
  ]);
}

function networkSetting(key: string, value: string): Partial<NetworkConditions> {
  switch (key) {
    case "loss":
    case "duplicate":
      return { [key]: inRange(key, numberIn(value), 1) };
    case "delay":
    case "jitter":
    case "queue":
      return { [`${key}Ms`]: inRange(key, parseDurationMs(value) ?? NaN, Infinity) };
    case "rateKbps":
      return { rateKbps: inRange(key, numberIn(value), Infinity) };
    default:
      throw new FaultWishError(
        `Cannot set ${JSON.stringify(key)} of the network: there is no such setting`,
        key,
        NETWORK_KEYS,
      );
  }
}

/** Nothing at all is not a zero. */
function numberIn(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

function inRange(key: string, value: number, most: number): number {
  if (value >= 0 && value <= most) return value;
  const wanted = most === 1 ? "a share from 0 to 1" : "a number or duration of 0 or more";
  throw new FaultWishError(`Cannot set ${key} of the network: it takes ${wanted}`, key, []);
}
