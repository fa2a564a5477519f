import { command } from "../src/cli/command.ts";
import { Failure } from "../src/cli/failure.ts";
import { option } from "../src/cli/flags.ts";
import { integer } from "../src/cli/kind.ts";
import { CHAPTERS } from "./demo/chapters.ts";
import type { Chapter, Stage, Step } from "./demo/stage.ts";
import { DemoMesh } from "./demo/mesh.ts";

export const demo = command({
  examples: [
    ["peat demo", "see five nodes find each other, write apart, lose a leader, refuse a stranger"],
    ["peat demo --nodes 20 --json | jq '.steps[] | {chapter, ms}'", "the measured times"],
  ],
  description: "Every node is a process of its own that talks over this machine's loopback " +
    "interface only, and keeps its data in a private folder that is gone afterwards.",
  flags: {
    nodes: option(integer({ least: 2, most: 50 }), "how many nodes", { default: "5" }),
  },
  stopsCleanly: true,
  startsPrograms: true,
  async run({ flags, out, progress, signal }) {
    await using mesh = await DemoMesh.create(flags.nodes, signal);
    const say = (sentence: string) => {
      progress.clear();
      if (out.format === "text") out.text(sentence);
      out.flush();
    };
    const stage: Stage = { mesh, out, say, show: (what) => progress.show(what) };
    const steps: Step[] = [];
    for (const chapter of CHAPTERS) steps.push(await tell(chapter, stage, signal));
    const told = { nodes: flags.nodes, steps };
    out.value("demo", told, () => "That was the demo. Every time above was measured just now.");
  },
});

async function tell(chapter: Chapter, stage: Stage, signal: AbortSignal): Promise<Step> {
  stage.say(`\n${chapter.title}\n`);
  try {
    return { chapter: chapter.name, ...await chapter.tell(stage) };
  } catch (error) {
    signal.throwIfAborted();
    const state = error instanceof Error ? error.message : String(error);
    throw new Failure(`Cannot finish the demo: chapter ${chapter.name}: ${state}`, {
      code: "demo-failed",
      hint: "run `peat doctor` to see what stops a mesh from working here",
      cause: error,
    });
  }
}
