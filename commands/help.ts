import { command } from "../src/cli/command.ts";
import { usageFailure } from "../src/cli/failure.ts";
import { restArguments } from "../src/cli/flags.ts";
import { named, text } from "../src/cli/kind.ts";
import { nearest } from "../src/core/kernel/nearest.ts";
import { findRoute, visibleNames } from "../src/cli/route.ts";
import { TOPIC_NAMES } from "../src/cli/topic_names.ts";
import { ROUTES } from "./routes.ts";

export const help = command({
  examples: [
    ["peat help node run", "how to run a node"],
    ["peat help exit-codes", "what a script can rely on"],
    ["peat help config", "the configuration file"],
  ],
  args: { words: restArguments(named("COMMAND|TOPIC", text), "a command, or a topic") },
  async run({ args: { words }, out }) {
    const [first] = words;
    if (first !== undefined && words.length === 1) {
      const { topicText } = await import("../src/cli/topics.ts");
      const explained = topicText(first, out.paint);
      if (explained !== undefined) return out.text(explained);
    }
    if (first !== undefined) refuseStranger(first);
    const { helpFor } = await import("../src/cli/help.ts");
    const found = findRoute(ROUTES, words);
    if (found.rest.length > 0) {
      const line = words.join(" ");
      throw usageFailure(
        `Cannot explain ${JSON.stringify(line)}: peat ${found.path.join(" ")} has no commands`,
        `run \`peat help ${found.path.join(" ")}\``,
      );
    }
    out.text(await helpFor(ROUTES, found, out.paint));
  },
});

function refuseStranger(word: string): void {
  if (Object.hasOwn(ROUTES.routes, word)) return;
  const match = nearest(word, [...TOPIC_NAMES, ...visibleNames(ROUTES.routes)]);
  throw usageFailure(
    `Cannot explain ${JSON.stringify(word)}: it is neither a command nor a topic`,
    match === undefined
      ? `run \`peat help\` for the commands; the topics are ${TOPIC_NAMES.join(", ")}`
      : `did you mean peat help ${match}?`,
  );
}
