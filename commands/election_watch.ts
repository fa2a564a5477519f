import { command } from "../src/cli/command.ts";
import { Failure } from "../src/cli/failure.ts";
import { STREAM_FLAGS } from "../src/cli/flags.ts";
import { bounded } from "../src/cli/watch.ts";
import type { ControlClient } from "../src/control/client.ts";
import type { LeaderChange } from "../src/control/election_contract.ts";
import { changeText } from "./election/change_text.ts";

export const watch = command({
  examples: [
    ["peat election watch", "each change of leader as it happens"],
    ["peat election watch --count 1 -o ndjson | jq -r .leaderId", "wait for the next one"],
    ["peat election watch --duration 1h -o ndjson >> leaders.ndjson", "keep them for an hour"],
  ],
  description: "The node tells of each change itself, so none is missed in between. " +
    "`peat help election` explains the causes.",
  flags: STREAM_FLAGS,
  stopsCleanly: true,
  async run({ flags, settings, out, log, env, signal }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const { cell, nodeId, leaderId = "nobody" } = await control.election();
    log.info(`watching ${cell}, which ${leaderId} leads, as ${nodeId} sees it`);
    out.beginItems();
    for await (const change of bounded(leaderChanges(control, nodeId, signal), flags, signal)) {
      out.item("leader", change, changeText);
    }
  },
});

async function* leaderChanges(
  control: ControlClient,
  nodeId: string,
  signal: AbortSignal,
): AsyncGenerator<LeaderChange> {
  for await (const event of control.events(signal)) {
    if (event.type === "fellBehind") {
      throw new Failure("Cannot watch any longer: the reader of this is too slow for the node", {
        code: "fell-behind",
        hint: "see what happened meanwhile with: peat election history",
      });
    }
    if (event.type === "leader") yield { ...event, nodeId } as LeaderChange;
  }
  if (signal.aborted) return;
  throw new Failure(`Cannot watch any longer: ${nodeId} stopped`, {
    code: "node-stopped",
    hint: "start it again with: peat node run",
  });
}
