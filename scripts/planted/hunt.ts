import { copySource } from "./copy_source.ts";
import type { PlantedBug } from "./planted_bug.ts";

export interface Hunt {
  readonly caught: boolean;
  readonly detail: string;
}

interface SoakReport {
  readonly seeds: number;
  readonly failed: readonly { readonly seed: number; readonly invariant: string }[];
}

/** Plants the bug in a copy of the source and soaks it until the simulator notices, or gives up. */
export async function hunt(bug: PlantedBug, seeds: number, keep?: string): Promise<Hunt> {
  const tree = keep ?? await Deno.makeTempDir({ prefix: "peat-planted-" });
  try {
    await copySource(tree);
    await plant(bug, tree);
    const report = await soak(tree, seeds, bug.focus ?? "all");
    const first = report.failed[0];
    if (first === undefined) return { caught: false, detail: `not in ${report.seeds} seeds` };
    const caught = bug.caughtBy.includes(first.invariant);
    return { caught, detail: `seed ${first.seed}, by ${first.invariant}` };
  } finally {
    if (keep === undefined) await Deno.remove(tree, { recursive: true });
  }
}

async function plant({ name, file, find, replace }: PlantedBug, tree: string): Promise<void> {
  const path = `${tree}/${file}`;
  const source = await Deno.readTextFile(path);
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`Cannot plant "${name}": its place stands ${count} times in ${file}`);
  }
  await Deno.writeTextFile(path, source.replace(find, () => replace));
}

async function soak(tree: string, seeds: number, focus: string): Promise<SoakReport> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--cached-only", "main.ts", "sim", "soak", "--json"]
      .concat("--seed", "1", "--seeds", String(seeds), "--focus", focus),
    cwd: tree,
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await command.output();
  try {
    return JSON.parse(new TextDecoder().decode(stdout));
  } catch {
    // A bug may also trip an assertion, which ends the run: that is a find as well.
    const said = new TextDecoder().decode(stderr).trim();
    return { seeds: 0, failed: [{ seed: 0, invariant: `an error: ${said}` }] };
  }
}
