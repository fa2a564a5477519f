import type { PlantedBug } from "./planted_bug.ts";
import type { SourceCopy } from "./source_copy.ts";

export interface HuntWishes {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Ends the hunt, and its process. */
  readonly signal?: AbortSignal | undefined;
}

/** How a hunt ended: only the first way counts as found. */
export type Hunt =
  /** A checker that was to see the bug saw it, at a seed that shows nothing without the bug. */
  | { readonly end: "found"; readonly seed: number; readonly checker: string }
  | { readonly end: "notFound"; readonly seeds: number }
  /** A checker that the bug does not name saw it. */
  | { readonly end: "foundByAnother"; readonly seed: number; readonly checker: string }
  /** The seed shows the same without the bug, so that nothing is known of the bug. */
  | { readonly end: "failsWithoutBug"; readonly seed: number; readonly checker: string }
  /** The bug could not be planted, or the simulator did not run. */
  | { readonly end: "failed"; readonly reason: string };

interface SoakReport {
  readonly seeds: number;
  readonly failed: readonly { readonly seed: number; readonly invariant: string }[];
}

/** The simulator ended in another way than with a report. */
class SoakError extends Error {}

/** After so many seeds that were not it, a hunt is given up. */
const STRAYS_LIMIT = 8;

/** Longer than this no reason is printed; the end of it says most. */
const REASON_LIMIT = 2_000;

/** Plants the bug in the copy and soaks that until the simulator notices, or gives up. */
export async function hunt(bug: PlantedBug, copy: SourceCopy, wishes: HuntWishes): Promise<Hunt> {
  const misfit = await copy.plant(bug);
  if (misfit !== undefined) return { end: "failed", reason: misfit };
  try {
    return await search(bug, copy, wishes);
  } catch (error) {
    if (!(error instanceof SoakError)) throw error;
    return { end: "failed", reason: error.message };
  } finally {
    await copy.uproot();
  }
}

/**
 * Goes on after a seed that says nothing of the bug, or that another checker broke at; what it found
 * first of such is the end of a hunt that finds nothing better.
 */
async function search(bug: PlantedBug, copy: SourceCopy, wishes: HuntWishes): Promise<Hunt> {
  const { focus = "all", caughtBy } = bug;
  const endSeed = wishes.firstSeed + wishes.seeds;
  let second: Hunt | undefined;
  let { firstSeed } = wishes;
  for (let strays = 0; firstSeed < endSeed && strays < STRAYS_LIMIT; strays++) {
    const { failed } = await soak(copy.path, {
      ...wishes,
      firstSeed,
      seeds: endSeed - firstSeed,
      focus,
    });
    const first = failed[0];
    if (first === undefined) break;
    const { seed, invariant: checker } = first;
    await copy.uproot();
    const without = await soak(copy.path, { ...wishes, firstSeed: seed, seeds: 1, focus });
    await copy.plant(bug);
    const isItsOwn = without.failed.length === 0;
    if (isItsOwn && caughtBy.includes(checker)) return { end: "found", seed, checker };
    second ??= { end: isItsOwn ? "foundByAnother" : "failsWithoutBug", seed, checker };
    firstSeed = seed + 1;
  }
  return second ?? { end: "notFound", seeds: wishes.seeds };
}

async function soak(
  tree: string,
  { firstSeed, seeds, focus, signal }: HuntWishes & { readonly focus: string },
): Promise<SoakReport> {
  signal?.throwIfAborted();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--cached-only", "main.ts", "sim", "soak", "--json"]
      .concat("--seed", String(firstSeed), "--seeds", String(seeds), "--focus", focus),
    cwd: tree,
    stdout: "piped",
    stderr: "piped",
    ...(signal === undefined ? {} : { signal }),
  });
  const { stdout, stderr } = await command.output();
  signal?.throwIfAborted();
  try {
    return JSON.parse(new TextDecoder().decode(stdout));
  } catch {
    // Whatever ended it, an assertion or a bug that does not compile, said so.
    throw new SoakError(new TextDecoder().decode(stderr).trim().slice(-REASON_LIMIT));
  }
}
