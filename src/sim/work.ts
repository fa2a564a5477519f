import type { Millis } from "../core/kernel/time.ts";
import type { Random } from "../core/kernel/random.ts";
import { nodeName } from "./node_name.ts";

/** One thing that somebody does with documents. */
export type Work =
  /** Sets a field that nobody else sets, and a text of that length. */
  | {
    readonly kind: "write";
    readonly atMs: Millis;
    readonly node: number;
    readonly key: string;
    readonly textLength?: number;
  }
  | { readonly kind: "delete"; readonly atMs: Millis; readonly node: number; readonly key: string }
  /** The node can do something else from now on, or nothing of that name with a confidence of 0. */
  | {
    readonly kind: "ability";
    readonly atMs: Millis;
    readonly node: number;
    readonly name: string;
    readonly confidence: number;
  }
  /**
   * The node finds a change of the victim's own document on its disk, which it made itself, and
   * hands it on: in its own name, in the victim's, or with the victim's certificate and a signature of
   * its own.
   */
  | {
    readonly kind: "plant";
    readonly atMs: Millis;
    readonly node: number;
    readonly victim: number;
    readonly as: "itself" | "victim" | "signed";
  };

/** What nodes write to in random runs; a star stands for the writer's name. */
const KEYS = ["notes/a", "notes/b", "alerts/a", "nodes/*", "outcomes/*", "tracks/*:1"];

/** What nodes come to be able to do: more than a beacon has room for. */
const ABILITIES = 12;

export function drawWork(random: Random, nodes: number, durationMs: Millis): Work[] {
  const count = random.between(4, 40);
  const work = Array.from({ length: count }, (_, index): Work => {
    const own = random.split(`work ${index}`);
    const atMs = own.below(durationMs);
    const node = own.below(nodes);
    const key = own.pick(KEYS).replace("*", nodeName(node));
    if (own.split("ability").chance(1 / 3)) {
      const abilities = own.split("abilities");
      const name = `arm-${abilities.below(ABILITIES)}`;
      return { kind: "ability", atMs, node, name, confidence: abilities.below(5) / 4 };
    }
    if (own.chance(1 / 8)) return { kind: "delete", atMs, node, key };
    if (nodes > 2 && own.chance(1 / 30)) return drawPlant(own, nodes, { atMs, node });
    return { kind: "write", atMs, node, key };
  });
  return work.sort((left, right) => left.atMs - right.atMs);
}

/** The node hands on what it may not, of another. */
export function drawPlant(
  random: Random,
  nodes: number,
  { atMs, node }: { readonly atMs: Millis; readonly node: number },
): Work {
  const victim = (node + 1 + random.below(nodes - 1)) % nodes;
  return {
    kind: "plant",
    atMs,
    node,
    victim,
    as: random.pick(["itself", "victim", "signed"] as const),
  };
}

/** Who hands on what it may not, and is nobody's peer in the end. */
export function plantersOf(work: readonly Work[] = []): number[] {
  return work.flatMap((its) => its.kind === "plant" ? [its.node] : []);
}

/** The highest number of a node that is named. */
export function highestWorker(work: Work): number {
  return work.kind === "plant" ? Math.max(work.node, work.victim) : work.node;
}

/** The field that a piece of work sets, by its place in the plan. */
export function fieldOf(index: number): string {
  return `w${index}`;
}

/** The field of the long texts. */
export const TEXT_FIELD = "text";

export function describeWork(work: Work, nameOf: (node: number) => string): string {
  const who = `at ${work.atMs} ms ${nameOf(work.node)}`;
  switch (work.kind) {
    case "write":
      return work.textLength === undefined
        ? `${who} writes to ${work.key}`
        : `${who} writes to ${work.key}, ${work.textLength} characters`;
    case "delete":
      return `${who} deletes ${work.key}`;
    case "ability":
      return work.confidence === 0
        ? `${who} cannot be relied on for ${work.name} any more`
        : `${who} can do ${work.name} with ${work.confidence}`;
    case "plant":
      return `${who} hands on, as ${work.as}, a change of ${nameOf(work.victim)}'s document`;
  }
}
