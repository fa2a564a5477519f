import { readBuildInfo } from "../../src/cli/build_info.ts";
import type { Settings } from "../../src/cli/settings.ts";
import type { Environment } from "../../src/control/places.ts";
import { checkParts } from "../version.ts";
import { type Check, fail, type Finding, pass, skip } from "./check.ts";
import { examineClock, REAL_CLOCKS } from "./clock.ts";
import { examineDisk } from "./disk.ts";
import { examineFiles } from "./files.ts";
import { examineFormation } from "./formation.ts";
import { listen } from "./listening.ts";
import { tryMulticast } from "./multicast_trial.ts";
import { judgeInterfaces, judgeMulticast } from "./network.ts";
import { examineBeaconPort, examineStreamPort } from "./ports.ts";
import { examinePrivileges } from "./privileges.ts";
import { examineQuic } from "./quic.ts";
import { judgeNode, judgePeers, judgeVersions, type RunningNode } from "./running_node.ts";
import { lookAround } from "./surroundings.ts";

/** How long an interface has to hand back a datagram, when the command has that long. */
const PATIENCE_MS = 1_000;

export interface ChecksOptions {
  readonly settings: Settings;
  readonly configPath: string | undefined;
  readonly env: Environment;
}

export interface Checks {
  readonly checks: readonly Check[];
  /** What the node here knows, or else one of the doctor's own heard. */
  readonly heard: Promise<RunningNode | Finding>;
}

/** Who does not use mdns does not have to have it. */
function mdnsCheck(interfaces: readonly string[]): Check {
  const examine = async () => await (await import("./mdns.ts")).examineMdns(interfaces);
  return { id: "mdns", title: "mDNS", examine };
}

/** Every check, in the order of the report. Two that look at one thing share one look at it. */
export async function allChecks({ settings, configPath, env }: ChecksOptions): Promise<Checks> {
  const { version, builtAt } = readBuildInfo();
  const { dataDir, formationPath, node, statuses } = await lookAround(settings, env);
  const { group: groups, beaconPort, port, id: nodeId } = settings;
  const interfaces = settings.interface ?? [];
  const patienceMs = Math.min(PATIENCE_MS, settings.timeoutMs / 2);
  let trial: ReturnType<typeof tryMulticast> | undefined;
  const multicast = () => trial ??= tryMulticast({ groups, interfaces, patienceMs });
  const heard = node.then((found) =>
    "nodes" in found ? found : listen({ settings, dataDir, formationPath })
  );
  const ofHeard = async (judge: (heard: RunningNode) => Finding): Promise<Finding> => {
    const found = await heard;
    return "nodes" in found ? judge(found) : found;
  };
  const ofNode = async (judge: (node: RunningNode) => Finding): Promise<Finding> => {
    const found = await node;
    return "nodes" in found ? judge(found) : found;
  };
  const clockOf = async () => {
    const found = await node;
    return "nodes" in found ? found.status.clock : undefined;
  };
  const checks: Check[] = [
    {
      id: "clock",
      title: "Clock",
      examine: async () => examineClock(builtAt, REAL_CLOCKS, await clockOf()),
    },
    {
      id: "interfaces",
      title: "Interfaces",
      examine: async () => judgeInterfaces(await multicast(), interfaces),
    },
    {
      id: "multicast",
      title: "Multicast",
      examine: async () => judgeMulticast(await multicast(), interfaces, groups),
    },
    ...(settings.discovery.includes("mdns") ? [mdnsCheck(interfaces)] : []),
    {
      id: "beacon-port",
      title: "Beacon port",
      examine: async () => await examineBeaconPort(beaconPort, await statuses),
    },
    {
      id: "stream-port",
      title: "Stream port",
      examine: async () => examineStreamPort(port, interfaces, await statuses),
    },
    { id: "quic", title: "QUIC", examine: () => examineQuic() },
    {
      id: "files",
      title: "Files",
      examine: () => examineFiles({ dataDir, formationPath, configPath }),
    },
    { id: "disk", title: "Disk", examine: () => examineDisk(dataDir) },
    {
      id: "formation",
      title: "Formation",
      examine: async () => {
        const nowMs = Date.now() + ((await clockOf())?.offsetMs ?? 0);
        return examineFormation({ path: formationPath, dataDir, nodeId, nowMs });
      },
    },
    { id: "node", title: "Node", examine: () => ofNode(judgeNode) },
    { id: "peers", title: "Peers", examine: () => ofHeard(judgePeers) },
    {
      id: "versions",
      title: "Versions",
      examine: async () =>
        "nodes" in await heard
          ? await ofHeard((found) => judgeVersions(found, version))
          : skip("there is nobody to compare with", "peat node status"),
    },
    {
      id: "privileges",
      title: "Privileges",
      examine: async () => examinePrivileges(await node),
    },
    { id: "runtime", title: "Runtime", examine: examineRuntime, isBusy: true },
  ];
  return { checks, heard };
}

/** The parts that only work when the build put them in. */
async function examineRuntime(): Promise<Finding> {
  const parts = await checkParts();
  const broken = parts.filter(({ ok }) => !ok);
  if (broken.length === 0) return pass(`${parts.map(({ name }) => name).join(", ")} work`);
  const list = broken.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
  return fail(list, "peat version --check, and install this peat anew");
}
