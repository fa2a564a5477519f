import type { Settings } from "../../src/cli/settings.ts";
import { formatDuration } from "../../src/cli/duration.ts";
import { toFailure } from "../../src/cli/failure.ts";
import { Patience } from "../../src/cli/patience.ts";
import { pause } from "../../src/cli/watch.ts";
import { readFormationFile } from "../../src/security/formation_record.ts";
import type { Visit } from "../../src/daemon/visit.ts";
import { beginVisit } from "../begin_visit.ts";
import { peersAmong } from "../peers_among.ts";
import { type Finding, skip, warn } from "./check.ts";
import { neighboursOf, type RunningNode } from "./running_node.ts";

const LOOK_MS = 50;

/** How long the doctor listens: others answer a newcomer within half a second. */
const LISTEN_MS = 2_000;

/** Whoever was heard is dialled at once, and has so long to be reached. */
const CONNECT_MS = 1_000;

export interface ListenOptions {
  readonly settings: Settings;
  readonly dataDir: string;
  readonly formationPath: string | undefined;
}

/** Where no node runs, a node of the doctor's own hears who is there, and whether streams reach them. */
export async function listen(options: ListenOptions): Promise<RunningNode | Finding> {
  const { formationPath, dataDir } = options;
  if (formationPath === undefined) {
    return skip("no node runs here to have any", "peat doctor --formation FILE");
  }
  try {
    const { name, holds } = readFormationFile(formationPath);
    // The identity that joined has data of its own, which a trial must leave as it is.
    if (holds === "membership") {
      return skip(
        `only this machine's own node can hear who is in ${name}`,
        `peat nodes --formation ${formationPath} --data-dir ${dataDir}`,
      );
    }
    return await listenAs(formationPath, options);
  } catch (error) {
    const { message, hint } = toFailure(error);
    return skip(message, hint ?? "peat doctor -vv");
  }
}

async function listenAs(formationPath: string, { settings, dataDir }: ListenOptions) {
  await using held = new AsyncDisposableStack();
  const place = { formationPath, dataDir, asJson: false };
  // What goes wrong is in the report, each thing once.
  const visit = await beginVisit({ ...settings, logLevel: "error" }, place, held);
  const heard = await hear(visit, settings.timeoutMs / 2);
  if (peersAmong(heard.nodes).length > 0) return heard;
  const { rejected } = heard.status;
  const strangers = neighboursOf(rejected);
  const nobody = `nobody of ${visit.formation} was heard within ${formatDuration(LISTEN_MS)}`;
  return strangers === ""
    ? skip(nobody, `peat node run --formation ${formationPath}`)
    : warn(`${nobody}${strangers}`, `peat formation show ${formationPath}, here and on a node`);
}

/** A busy machine is late for those who would be heard too, and is listened on for longer. */
async function hear(visit: Visit, longestMs: number): Promise<RunningNode> {
  const { signal } = new AbortController();
  const giveUpAt = performance.now() + longestMs;
  const listening = new Patience(Math.min(LISTEN_MS, longestMs));
  let connecting: Patience | undefined;
  for (;;) {
    const [status, nodes] = await Promise.all([visit.control.status(), visit.control.nodes()]);
    if (peersAmong(nodes).length > 0) connecting ??= new Patience(CONNECT_MS);
    const isEnough = [listening.isOver(), connecting?.isOver() ?? true].every((over) => over);
    if (isEnough || performance.now() >= giveUpAt) return { status, nodes };
    await pause(LOOK_MS, signal);
  }
}
