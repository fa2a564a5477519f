import { command } from "../src/cli/command.ts";
import { argument, option, toggle } from "../src/cli/flags.ts";
import { choice, named, nodeId } from "../src/cli/kind.ts";
import { ELECTION_POLICIES } from "../src/core/cell/policy.ts";
import { printable } from "../src/cli/printable.ts";
import type { OrderAnswer } from "../src/control/election_contract.ts";
import { condition, waitForLeader } from "./election/wait.ts";
import { confirmed } from "./formation/confirmed.ts";

const FLAGS = {
  dryRun: toggle("only tell whether it would be done"),
  yes: toggle("do not ask"),
};

const RIGHTS = "The order is signed with the key of the node here, and each member checks the " +
  "signature and the right to give it; both are written to the audit log. It takes the role " +
  "operator or admin (exit code 3) and a formation, without which nobody could check (exit code 2).";

export const override = command({
  examples: [
    ["peat election override drone-2", "let drone-2 lead, whatever its score"],
    ["peat election override drone-2 --dry-run", "would it be done?"],
    ["peat election override drone-2 --yes --wait", "and wait until it leads"],
  ],
  description: `${RIGHTS} A member that is away when it is ordered to lead has a minute to come.`,
  flags: {
    ...FLAGS,
    wait: option(condition, "wait until it leads, or until it has quorum", { implied: "leader" }),
  },
  args: { node: argument(nodeId, "who is to lead the cell") },
  stopsCleanly: true,
  async run({ flags, args, settings, out, env, progress, signal }) {
    const { openControl } = await import("../src/control/client.ts");
    const open = () => openControl({ ...settings, env });
    const { cell } = await (await open()).override(args.node, true);
    if (!flags.dryRun) confirmed(`let ${args.node} lead ${cell}`, flags.yes);
    const answer = await (await open()).override(args.node, flags.dryRun);
    if (!flags.dryRun && flags.wait !== undefined) {
      await waitForLeader({
        condition: flags.wait,
        leaderId: args.node,
        ask: async () => await (await open()).election(),
        timeoutMs: settings.timeoutMs,
        signal,
        show: (message) => progress.show(message),
      });
      progress.clear();
    }
    out.value("ordered", answer, () => answerText(answer));
  },
});

export const policy = command({
  examples: [
    ["peat election policy hybrid --yes", "operators count from now on, and nodes too"],
    ["peat election policy rank-dominant --dry-run", "would it be done?"],
  ],
  description: `${RIGHTS} Every member ranks the others by it from then on, whatever it was ` +
    "started with, and so does whoever joins; a live leader stays. A cell that is stopped as a " +
    "whole takes the policies that it is started with then.",
  flags: FLAGS,
  args: {
    policy: argument(
      named("POLICY", choice(...ELECTION_POLICIES)),
      "what members are to rank each other by",
    ),
  },
  async run({ flags, args, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const open = () => openControl({ ...settings, env });
    const { cell } = await (await open()).orderPolicy(args.policy, true);
    if (!flags.dryRun) confirmed(`rank the members of ${cell} by ${args.policy}`, flags.yes);
    const answer = await (await open()).orderPolicy(args.policy, flags.dryRun);
    const ordered = answer.dryRun === true ? "would order" : "ordered";
    out.value("ordered", answer, () =>
      printable(
        `${ordered} ${answer.cell} to rank by ${answer.policy} instead of ${answer.from}`,
      ));
  },
});

export const stepDown = command({
  examples: [
    ["peat election step-down --yes", "whoever leads the cell lets the next best lead"],
    ["peat election step-down --dry-run", "would it be done, and who would lead then?"],
  ],
  description: `${RIGHTS} Asked at the leader itself, the members elect the best of the others; ` +
    "asked at another member, the order names it.",
  flags: FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const open = () => openControl({ ...settings, env });
    const { cell, from } = await (await open()).stepDown(true);
    if (!flags.dryRun) confirmed(`let ${from ?? "the leader"} of ${cell} step down`, flags.yes);
    const answer = await (await open()).stepDown(flags.dryRun);
    out.value("ordered", answer, () => answerText(answer));
  },
});

function answerText({ cell, from, leaderId, dryRun }: OrderAnswer): string {
  const ordered = dryRun === true ? "would order" : "ordered";
  const whom = leaderId === undefined
    ? `${from} to stop leading ${cell}`
    : `${leaderId} to lead ${cell}`;
  const instead = leaderId === undefined || from === undefined || from === leaderId
    ? ""
    : ` instead of ${from}`;
  return printable(`${ordered} ${whom}${instead}`);
}
