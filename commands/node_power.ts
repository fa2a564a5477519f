import { command } from "../src/cli/command.ts";
import { usageFailure } from "../src/cli/failure.ts";
import { argument } from "../src/cli/flags.ts";
import type { Kind } from "../src/cli/kind.ts";
import { printable } from "../src/cli/printable.ts";
import type { PowerView } from "../src/control/contract.ts";

const supply: Kind<PowerView> = {
  placeholder: "PERCENT|mains",
  parse(text) {
    if (text === "mains") return { onMains: true };
    const batteryPercent = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
    if (batteryPercent <= 100) return { batteryPercent };
    throw usageFailure(
      `Cannot read the power ${JSON.stringify(text)}: it is neither a charge nor mains`,
      "write it like 80, for a battery that is at 80 percent, or mains",
    );
  },
};

export const power = command({
  examples: [
    ["peat node power 80", "a battery feeds the node, and is at 80 percent"],
    ["peat node power mains", "it need not save power"],
    [
      'peat node power "$(cat /sys/class/power_supply/BAT0/capacity)"',
      "whatever Linux says now; run it every minute",
    ],
  ],
  description: "Peers hear of it with the node's next beacon. A node cannot read its battery by " +
    "itself, because it runs without the right to read what the kernel tells in files.",
  args: { supply: argument(supply, "the battery's charge, or mains") },
  async run({ args, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const told = await control.setPower(args.supply);
    const by = told.onMains ? "runs on mains" : `has ${told.batteryPercent}% of its battery left`;
    out.value("power", told, () => `${printable(told.nodeId)} ${by}`);
  },
});
