import { copySource, SOURCE_ROOT } from "./copy_source.ts";
import type { PlantedBug } from "./planted_bug.ts";

export interface HuntWishes {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Where the source with the bug in it is left, to look into. */
  readonly keep?: string | undefined;
  /** Ends the hunt: its process, and its copy of the source. */
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

/** Longer than this no reason is printed; the end of it says most. */
const REASON_LIMIT = 2_000;

/** Plants the bug in a copy of the source and soaks it until the simulator notices, or gives up. */
export async function hunt(bug: PlantedBug, wishes: HuntWishes): Promise<Hunt> {
  const { keep } = wishes;
  const tree = keep ?? await Deno.makeTempDir({ prefix: "peat-planted-" });
  try {
    await copySource(tree);
    const misfit = await plant(bug, tree);
    if (misfit !== undefined) return { end: "failed", reason: misfit };
    return await search(bug, tree, wishes);
  } catch (error) {
    if (!(error instanceof SoakError)) throw error;
    return { end: "failed", reason: error.message };
  } finally {
    if (keep === undefined) await Deno.remove(tree, { recursive: true });
  }
}

async function search(bug: PlantedBug, tree: string, wishes: HuntWishes): Promise<Hunt> {
  const { focus = "all", caughtBy } = bug;
  const report = await soak(tree, { ...wishes, focus });
  const first = report.failed[0];
  if (first === undefined) return { end: "notFound", seeds: report.seeds };
  const { seed, invariant: checker } = first;
  const { failed } = await soak(SOURCE_ROOT, { ...wishes, firstSeed: seed, seeds: 1, focus });
  if (failed.length > 0) return { end: "failsWithoutBug", seed, checker };
  return { end: caughtBy.includes(checker) ? "found" : "foundByAnother", seed, checker };
}

/** Answers why the bug has no place in the source, or undefined once it is in it. */
async function plant(
  { file, find, replace }: PlantedBug,
  tree: string,
): Promise<string | undefined> {
  const path = `${tree}/${file}`;
  const source = await Deno.readTextFile(path);
  const count = source.split(find).length - 1;
  if (count !== 1) return `its place stands ${count} times in ${file}`;
  await Deno.writeTextFile(path, source.replace(find, () => replace));
  return undefined;
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
