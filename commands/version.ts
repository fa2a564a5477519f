import { command } from "../src/cli/command.ts";

export const version = command({
  examples: [
    ["peat version", "what runs here"],
  ],
  run({ out }) {
    out.value("version", { version: "0.1.0" }, () => "peat 0.1.0");
  },
});
