import { command } from "../src/cli/command.ts";
import { argument } from "../src/cli/flags.ts";
import { coordinates } from "../src/cli/kind.ts";
import { printable } from "../src/cli/printable.ts";
import { positionText } from "./announced_text.ts";

export const move = command({
  examples: [
    ["peat node move 52.52,13.405", "the node is there now"],
    ["peat node move 52.52,13.405,120", "the same, 120 metres up"],
  ],
  description: "The peers hear of it within half a second. A node that starts again is where " +
    "--position puts it.",
  args: { position: argument(coordinates, "degrees north, degrees east, metres up") },
  async run({ args, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const moved = await control.move(args.position);
    out.value(
      "moved",
      moved,
      () => `${printable(moved.nodeId)} is at ${positionText(moved.position)} (${moved.geohash})`,
    );
  },
});
