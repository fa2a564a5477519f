import { readBuildInfo } from "../src/cli/build_info.ts";
import { command } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { timeoutFailure, usageFailure } from "../src/cli/failure.ts";
import { printable } from "../src/cli/printable.ts";
import type { Settings } from "../src/cli/settings.ts";
import { writeError } from "../src/cli/terminal.ts";
import { pause } from "../src/cli/watch.ts";
import type { NodeStatus } from "../src/control/contract.ts";
import { isLocked } from "../src/control/lock.ts";
import { defaultDataDirectory, defaultRuntimeDirectory } from "../src/control/places.ts";
import type { Advertisement } from "../src/core/beacon/beacon.ts";
import type { Daemon } from "../src/daemon/daemon.ts";
import { CapabilitySpecError, parseCapability } from "../src/core/capability/spec.ts";
import { parentingText, positionText, resourcesText } from "./announced_text.ts";
import { checkedAddress } from "./checked_address.ts";
import { checkedName } from "./checked_name.ts";
import { parseWant, type Want } from "../src/core/discovery/capability_match.ts";
import { AUTO, cellSettings } from "./node_cell.ts";
import { networkOptions } from "./network_options.ts";

const OPEN_NODE = "this node is in no formation: anyone in reach can read it and pretend to be a " +
  "peer; make one with peat formation create NAME, and run it with --formation FILE";

/** How often a stopping node is looked after. */
const LOOK_MS = 20;

export const run = command({
  examples: [
    ["peat node run --formation alpha.formation.json", "a member of formation alpha"],
    ["peat node run --id drone-1 --cell alpha", "a node that joins cell alpha"],
    ["peat node run --capability sensor:thermal=0.9,range_m=2000", "one that says what it can do"],
    ["peat node run --interface 127.0.0.1 --output ndjson", "one for a trial on this machine only"],
  ],
  description: "The node runs in the foreground until SIGTERM, SIGINT or `peat node stop`. It is " +
    "ready when it prints one line that begins with `ready`.",
  settings: [
    "formation",
    "id",
    "cell",
    "cellSize",
    "cellNeeds",
    "cellLeast",
    "level",
    "capability",
    "compositionRules",
    "peer",
    "discovery",
    "clusterPrecision",
    "clusterLeast",
    "seek",
    "seekAlso",
    "seekScore",
    "peersFile",
    "emcon",
    "relay",
    "interface",
    "port",
    "streamAddress",
    "beaconPort",
    "group",
    "position",
    "mobility",
    "canParent",
    "parentPriority",
    "bandwidthMbps",
    "profile",
    "electionPolicy",
    "operator",
    "observer",
    "challengeAfterMs",
    "record",
  ],
  stopsCleanly: true,
  async run({ settings, out, log, signal, env }) {
    const { Daemon } = await import("../src/daemon/daemon.ts");
    const { openLog } = await import("../src/daemon/log.ts");
    const asJson = out.format !== "text";
    await using daemonLog = openLog({ level: settings.logLevel, asJson, write: writeError });
    await Daemon.run({
      nodeId: checkedName("node id", settings.id),
      dataDir: settings.dataDir ?? defaultDataDirectory(env, settings.id),
      runtimeDir: settings.runtimeDir ?? defaultRuntimeDirectory(env),
      socket: settings.socket,
      formationPath: settings.formation,
      ...networkOptions(settings),
      advertisement: advertisementFrom(settings),
      cell: cellSettings(settings),
      ...await compositionRulesIn(settings),
      relay: settings.relay,
      clusters: { precision: settings.clusterPrecision, leastSize: settings.clusterLeast },
      search: {
        required: settings.seek.map(readWant),
        optional: settings.seekAlso.map(readWant),
        leastScore: settings.seekScore,
      },
      bandwidthMbps: settings.bandwidthMbps,
      port: settings.port,
      streamAddress: checkedAddress("--stream-address", settings.streamAddress),
      recordPath: settings.record,
      log: daemonLog,
      onEvent: ({ type, ts: _ts, ...event }) => {
        if (asJson) out.item(type, event, () => "");
      },
    }, (daemon) => {
      const { nodeId, port, beaconPort, socket, boot } = daemon;
      if (asJson) out.item("ready", { nodeId, port, beaconPort, socket, boot }, () => "");
      else log.say(readyLine(daemon));
      if (!daemon.isMember) log.warn(OPEN_NODE);
      const stop = () => daemon.stop();
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  },
});

export const status = command({
  examples: [
    ["peat node status", "how the node here does"],
    ["peat node status --json | jq .rejected", "what it refused, by reason"],
  ],
  async run({ settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const node = await control.status();
    out.value("status", node, () => statusText(node));
  },
});

export const stop = command({
  examples: [["peat node stop", "say goodbye to the peers and end"]],
  description: "Returns when the node's process has let go of its data directory.",
  async run({ settings, out, env, signal }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const giveUpAt = performance.now() + settings.timeoutMs;
    const stopping = await control.stop();
    while (isLocked(stopping.dataDir)) {
      if (performance.now() >= giveUpAt) throw stillThere(stopping, settings.timeoutMs);
      await pause(LOOK_MS, signal);
      signal.throwIfAborted();
    }
    const stopped = { nodeId: stopping.nodeId, pid: stopping.pid };
    out.value("stopped", stopped, () => `${stopped.nodeId} stopped`);
  },
});

function readyLine(
  daemon: Pick<Daemon, "nodeId" | "port" | "beaconPort" | "socket" | "boot">,
): string {
  const { nodeId, port, beaconPort, socket, boot } = daemon;
  const stream = port === undefined ? "" : ` port=${port}`;
  return `ready ${nodeId}${stream} beacon-port=${beaconPort} socket=${socket} boot=${boot}`;
}

function stillThere({ nodeId, pid }: { nodeId: string; pid: number }, timeoutMs: number) {
  return timeoutFailure(
    `Cannot wait longer for ${nodeId} to stop: process ${pid} is still there after ${
      formatDuration(timeoutMs)
    }`,
    `end it with: kill -9 ${pid}`,
  );
}

function advertisementFrom(settings: Settings): Advertisement {
  const { level, position, mobility, canParent, parentPriority } = settings;
  const cell = settings.cell === AUTO ? undefined : checkedName("cell", settings.cell);
  return {
    version: readBuildInfo().version,
    level,
    ...(cell === undefined ? {} : { cell }),
    ...(position === undefined ? {} : { position }),
    ...(mobility === undefined ? {} : { mobility }),
    ...(canParent ? { canParent } : {}),
    ...(parentPriority === 0 ? {} : { parentPriority }),
    capabilities: settings.capability.map(readCapability),
  };
}

async function compositionRulesIn({ compositionRules: path }: Settings) {
  if (path === undefined) return {};
  const { readCompositionFile } = await import("../src/daemon/composition_file.ts");
  return { compositionRules: readCompositionFile(path) };
}

function readCapability(spec: string) {
  try {
    return parseCapability(spec);
  } catch (error) {
    if (!(error instanceof CapabilitySpecError)) throw error;
    throw usageFailure(error.message, "write it like sensor:thermal=0.9,range_m=2000");
  }
}

function readWant(spec: string): Want {
  try {
    return parseWant(spec);
  } catch (error) {
    if (!(error instanceof CapabilitySpecError)) throw error;
    throw usageFailure(error.message, "write it like sensor:thermal=0.8");
  }
}

function statusText(node: NodeStatus): string {
  const rejected = Object.values(node.rejected).reduce((sum, count) => sum + count, 0);
  const { sent, received, sendErrors } = node.counts;
  const rows: [string, string | undefined][] = [
    ["node", node.nodeId],
    ["formation", node.formation ?? "none"],
    ["device", node.deviceId],
    ["clock", node.clock && clockText(node.clock)],
    ["state", node.state],
    ["peers", `${node.peers}, ${node.connections} connected`],
    ["emission", node.emcon ? "none: it only listens (emcon)" : undefined],
    ["relaying", node.relay && `${node.counts.beaconsRepeated} beacons said again on other links`],
    ["known by", knownBy(node.discovery)],
    ["cell", node.cell],
    ["level", String(node.level)],
    ["role", node.role],
    ["leader", node.cell === undefined ? undefined : leaderText(node)],
    ["parent", node.parentId],
    ["parenting", parentingText(node)],
    ["position", node.position && positionText(node.position)],
    ["mobility", node.mobility],
    ["resources", node.resources && resourcesText(node.resources)],
    ["up", formatDuration(node.uptimeMs)],
    ["boot", String(node.boot)],
    ["version", node.version],
    ["wakes next", node.wakesNext && wakeText(node.wakesNext)],
    ["datagrams", `${received} received, ${sent} sent, ${rejected} rejected, ${sendErrors} failed`],
    ["interfaces", node.interfaces.map(({ name, address }) => `${name} ${address}`).join(", ")],
    ["beacon port", String(node.beaconPort)],
    ["stream port", node.port === undefined ? undefined : String(node.port)],
    ["may write", node.privileges.write.map((path) => path === "/" ? "anywhere" : path).join(", ")],
    ["data", node.dataDir],
    ["socket", node.socket],
    ["process", String(node.pid)],
  ];
  return rows
    .filter(([_, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name.padEnd(12)} ${printable(value ?? "")}`)
    .join("\n");
}

function leaderText({ leaderId, term, authority }: NodeStatus): string {
  return leaderId === undefined ? "nobody" : `${leaderId}, term ${term}, ${authority}`;
}

function clockText({ offsetMs, basis, reporters }: NonNullable<NodeStatus["clock"]>): string {
  const bases = {
    own: "nobody else's is known",
    members: `by ${reporters} other ${reporters === 1 ? "member" : "members"}`,
    proven: "by what the formation's authority signed; no clock here can be right",
  };
  const off = Math.abs(offsetMs);
  const error = off < 1_000 ? "right" : `${formatDuration(off)} ${offsetMs > 0 ? "slow" : "fast"}`;
  return `${basis === "own" ? "its own" : error}, ${bases[basis]}`;
}

function wakeText({ machine, inMs }: { machine: string; inMs: number }): string {
  return `in ${formatDuration(inMs)} for the ${machine}`;
}

/** How many peers each source knows of. A way that was chosen and knows of none is worth a word. */
function knownBy({ ways, peers }: NodeStatus["discovery"]): string {
  const names = new Set([...ways, ...Object.keys(peers)]);
  return [...names].map((name) => `${name} ${peers[name] ?? 0}`).join(", ");
}
