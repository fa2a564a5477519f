import { command } from "../src/cli/command.ts";
import { restArguments } from "../src/cli/flags.ts";
import { text } from "../src/cli/kind.ts";
import { printable } from "../src/cli/printable.ts";
import { propose } from "../src/cli/propose.ts";
import { TOPIC_NAMES } from "../src/cli/topic_names.ts";
import { ROUTES } from "./routes.ts";

/** A person waits for the shell to answer; better no names than a shell that hangs. */
const NODE_IDS_BUDGET_MS = 300;

/**
 * Answers the scripts of `peat completion`: one proposal a line, its brief behind a tab. A first
 * line `:file` or `:directory` leaves the word to the shell.
 */
export const complete = command({
  examples: [["peat __complete -- nodes --out", "what could stand in place of --out"]],
  args: { words: restArguments(text, "the words behind peat, the last of them unfinished") },
  async run({ args, out }) {
    const { proposals, delegate } = await propose(ROUTES, args.words, {
      nodeIds,
      topics: TOPIC_NAMES,
    });
    if (delegate !== undefined) out.text(`:${delegate}`);
    for (const { word, brief } of proposals) out.text(`${printable(word)}\t${brief}`);
  },
});

async function nodeIds(): Promise<readonly string[]> {
  const { liveNodeIds } = await import("../src/control/node_ids.ts");
  return await liveNodeIds(NODE_IDS_BUDGET_MS);
}
