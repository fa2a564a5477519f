import { command } from "../src/cli/command.ts";
import { completionScript, SHELLS } from "../src/cli/completion_scripts.ts";
import { argument } from "../src/cli/flags.ts";
import { choice } from "../src/cli/kind.ts";

export const completion = command({
  description:
    "The script asks peat for each word, so it knows new commands and the nodes there are.",
  examples: [
    ["source <(peat completion bash)", "in ~/.bashrc"],
    ["source <(peat completion zsh)", "in ~/.zshrc"],
    ["peat completion fish > ~/.config/fish/completions/peat.fish", "once"],
  ],
  args: { shell: argument(choice(...SHELLS), "the shell") },
  run({ args, out }) {
    out.write(completionScript(args.shell));
  },
});
