import { readBuildInfo } from "../src/cli/build_info.ts";
import type { Settings } from "../src/cli/settings.ts";
import { writeError } from "../src/cli/terminal.ts";
import { openLog } from "../src/daemon/log.ts";
import { Visit } from "../src/daemon/visit.ts";
import { checkedName } from "./checked_name.ts";
import { networkOptions } from "./network_options.ts";

export interface VisitPlace {
  readonly formationPath: string;
  readonly dataDir: string;
  /** How its warnings are written. */
  readonly asJson: boolean;
}

/** Joins the formation for as long as `held` is held. */
export async function beginVisit(
  settings: Settings,
  { formationPath, dataDir, asJson }: VisitPlace,
  held: AsyncDisposableStack,
): Promise<Visit> {
  const log = held.use(openLog({ level: settings.logLevel, asJson, write: writeError }));
  return held.use(
    await Visit.begin({
      formationPath,
      dataDir,
      nodeId: checkedName("node id", settings.id),
      version: readBuildInfo().version,
      ...networkOptions(settings),
      timeoutMs: settings.timeoutMs,
      log,
    }),
  );
}
