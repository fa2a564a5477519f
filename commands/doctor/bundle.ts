import { readBuildInfo } from "../../src/cli/build_info.ts";
import type { Resolved } from "../../src/cli/config_layers.ts";
import { Failure, usageFailure } from "../../src/cli/failure.ts";
import { toJsonText } from "../../src/cli/json.ts";
import { SETTING_KEYS, SETTINGS } from "../../src/cli/settings.ts";
import { listInterfaces } from "../../src/net/interfaces.ts";
import type { Finding } from "./check.ts";
import type { Report } from "./report.ts";
import type { RunningNode } from "./running_node.ts";

const FORMAT = "peat-bundle/1";
const PRIVATE = 0o600;

export interface BundleContent {
  readonly report: Report;
  readonly resolved: Resolved;
  readonly node: RunningNode | Finding;
}

/**
 * Writes all that somebody elsewhere needs to understand this machine into one JSON file. No secret
 * is in it: settings name files, and no file's content is read.
 */
export function writeBundle(path: string, { report, resolved, node }: BundleContent): void {
  const settings = SETTING_KEYS.map((key) => ({
    name: SETTINGS[key].name,
    value: resolved.values[key],
    origin: resolved.origins[key],
  }));
  const text = toJsonText({
    format: FORMAT,
    createdAt: new Date().toISOString(),
    peat: readBuildInfo(),
    system: systemView(),
    settings,
    ...("nodes" in node ? { status: node.status, nodes: node.nodes } : {}),
    report,
  });
  try {
    Deno.writeTextFileSync(path, `${text}\n`, { createNew: true, mode: PRIVATE });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw usageFailure(
        `Cannot write the bundle ${path}: there is a file of that name`,
        "choose another name, or move that file away",
      );
    }
    const state = error instanceof Error ? error.message.replace(/ \(os error.*$/s, "") : error;
    throw new Failure(`Cannot write the bundle ${path}: ${state}`, { cause: error });
  }
}

function systemView() {
  const { total, available } = Deno.systemMemoryInfo();
  return {
    hostname: Deno.hostname(),
    target: Deno.build.target,
    release: Deno.osRelease(),
    uptimeSeconds: Deno.osUptime(),
    load: Deno.loadavg(),
    memory: { totalBytes: total, availableBytes: available },
    processors: navigator.hardwareConcurrency,
    interfaces: listInterfaces(),
  };
}
