import {
  choice,
  coordinates,
  decimal,
  directoryPath,
  duration,
  filePath,
  integer,
  type Kind,
  list,
  named,
  port,
  text,
  trueOrFalse,
} from "./kind.ts";
import { OUTPUT_FORMATS } from "./output.ts";

/**
 * Something that can be set by flag, by environment, in the configuration file, or left alone.
 * `peat help config`, `peat config show`, completion and every command's flags come from here.
 */
export interface Setting<T> {
  /** The flag without its dashes, which is also the key in the file. */
  readonly name: string;
  readonly kind: Kind<T>;
  readonly description: string;
  /** The default as one would type it. Without one the setting may be undefined. */
  readonly default?: string;
  /** What takes its place when there is no default, in words. */
  readonly fallback?: string;
  readonly alias?: string;
  /** What the bare flag means, where it may stand without a value. */
  readonly implied?: string;
}

interface SettingOptions {
  readonly fallback?: string;
  readonly alias?: string;
  readonly implied?: string;
}

function setting<T>(
  name: string,
  kind: Kind<T>,
  description: string,
  options: SettingOptions & { default: string },
): Setting<T>;
function setting<T>(
  name: string,
  kind: Kind<T>,
  description: string,
  options?: SettingOptions,
): Setting<T | undefined>;
function setting(
  name: string,
  kind: Kind<unknown>,
  description: string,
  options: SettingOptions & { default?: string } = {},
): Setting<unknown> {
  return { name, kind, description, ...options };
}

/** In the order in which people meet them. */
export const SETTINGS = {
  output: setting("output", choice(...OUTPUT_FORMATS), "how standard output is written", {
    default: "text",
    alias: "o",
  }),
  color: setting("color", choice("auto", "always", "never"), "when to colour text", {
    default: "auto",
  }),
  config: setting("config", filePath, "the configuration file", {
    fallback: "$XDG_CONFIG_HOME/peat/config.toml",
  }),
  socket: setting("socket", filePath, "the control socket of the node to talk to", {
    fallback: "that of the node running here",
  }),
  dataDir: setting("data-dir", directoryPath, "where a node keeps its identity and its data", {
    fallback: "one for this user",
  }),
  runtimeDir: setting("runtime-dir", directoryPath, "where running nodes announce themselves", {
    fallback: "$XDG_RUNTIME_DIR/peat",
  }),
  timeoutMs: setting("timeout", duration, "how long a command waits at most", { default: "10s" }),
  logLevel: setting("log-level", choice("error", "warn", "info", "debug"), "what goes to stderr", {
    default: "warn",
  }),
  formation: setting("formation", filePath, "the formation that the node is a member of", {
    fallback: "none, and then nothing is sealed and nobody is connected",
  }),
  id: setting("id", named("ID", text), "the node's name in its formation", {
    fallback: "the host's name",
  }),
  cell: setting(
    "cell",
    named("ID", text),
    "the cell to join; auto: that of the place where it is, with others",
    { fallback: "none, until an operator assigns it to one" },
  ),
  cellSize: setting(
    "cell-size",
    named("LEAST-MOST", text),
    "how few and many a cell is to have; its leader may then move the node to another",
    { fallback: "nobody is moved" },
  ),
  cellNeeds: setting(
    "cell-needs",
    list(choice("sensor", "compute", "communication", "mobility", "payload")),
    "the kinds of capability that its cell needs to be ready",
    { default: "communication,sensor" },
  ),
  cellLeast: setting(
    "cell-least",
    integer({ least: 1, most: 256 }),
    "how many members its cell needs to be ready",
    { default: "3" },
  ),
  level: setting(
    "level",
    integer({ most: 255 }),
    "the node's level in the hierarchy, 0 the lowest",
    {
      default: "0",
    },
  ),
  // A capability's own text has commas, so its list is cut at semicolons.
  capability: setting(
    "capability",
    list(named("SPEC", text), ";"),
    "what the node can do, as type[:name][=confidence][,key=value]…",
    { default: "" },
  ),
  compositionRules: setting(
    "composition-rules",
    filePath,
    "a TOML file of rules by which capabilities are composed",
    { fallback: "the usual rules" },
  ),
  peer: setting(
    "peer",
    list(named("HOST[:PORT]", text)),
    "where a node hears beacons that multicast does not reach",
    {
      default: "",
    },
  ),
  discovery: setting(
    "discovery",
    list(choice(
      ...["multicast", "static", "mdns", "relay", "geographic", "capability", "directed"] as const,
    )),
    "the ways to learn of peers",
    { default: "multicast,static,relay,directed" },
  ),
  clusterPrecision: setting(
    "cluster-precision",
    integer({ least: 1, most: 12 }),
    "geographic: how many characters of their geohash the nodes of a cluster share",
    { default: "7" },
  ),
  clusterLeast: setting(
    "cluster-least",
    integer({ least: 2, most: 1_000 }),
    "geographic: how many nodes make a cluster",
    { default: "2" },
  ),
  seek: setting(
    "seek",
    list(named("SPEC", text)),
    "capability: what a peer has to be able to do, as type[:name][=least confidence]",
    { default: "" },
  ),
  seekAlso: setting(
    "seek-also",
    list(named("SPEC", text)),
    "capability: what it is the better for",
    { default: "" },
  ),
  seekScore: setting(
    "seek-score",
    decimal({ least: 0, most: 1, placeholder: "SCORE" }),
    "capability: how good a match has to be, from 0 to 1",
    { default: "0.6" },
  ),
  peersFile: setting("peers-file", filePath, "a TOML file of peers to contact"),
  emcon: setting("emcon", trueOrFalse, "send nothing at all, and only listen", {
    default: "false",
    implied: "true",
  }),
  relay: setting(
    "relay",
    trueOrFalse,
    "say the beacons of one network again on the node's others",
    {
      default: "false",
      implied: "true",
    },
  ),
  interface: setting("interface", list(named("ADDR", text)), "an address of an interface to use", {
    fallback: "every interface that can multicast",
  }),
  port: setting("port", port, "the port for streams", { default: "11204" }),
  streamAddress: setting(
    "stream-address",
    named("ADDR", text),
    "the one address to take streams at, where it is not the one that beacons come from",
    { fallback: "every address" },
  ),
  beaconPort: setting("beacon-port", port, "the port for beacons", { default: "11205" }),
  group: setting(
    "group",
    list(named("ADDR", text)),
    "the multicast group for beacons, of IPv4, IPv6 or each",
    { default: "239.255.72.86,ff02::4856" },
  ),
  position: setting("position", coordinates, "where the node is, in degrees and metres"),
  mobility: setting(
    "mobility",
    choice("static", "semi-mobile", "mobile"),
    "whether the node stays in place, moves now and then, or is under way",
    { fallback: "not said" },
  ),
  canParent: setting("can-parent", trueOrFalse, "whether the node takes others below it", {
    default: "false",
    implied: "true",
  }),
  parentPriority: setting(
    "parent-priority",
    integer({ most: 255 }),
    "which of the nodes that can should, the highest first",
    { default: "0" },
  ),
  bandwidthMbps: setting(
    "bandwidth-mbps",
    integer({ least: 1, most: 10_000_000 }),
    "what the node's link carries, in megabits per second",
    { fallback: "not said" },
  ),
  profile: setting(
    "profile",
    choice("standard", "distributed", "tactical", "fast"),
    "how fast its timers run",
    {
      default: "standard",
    },
  ),
  electionPolicy: setting(
    "election-policy",
    choice("technical-dominant", "rank-dominant", "hybrid", "contextual"),
    "what decides who leads the cell; members that differ agree on one",
    { default: "technical-dominant" },
  ),
  operator: setting(
    "operator",
    named("SPEC", text),
    "who works with the node, as rank=…,authority=…,load=…,fatigue=…,specialty=…",
    { fallback: "nobody" },
  ),
  observer: setting("observer", trueOrFalse, "take part in elections and never lead", {
    default: "false",
    implied: "true",
  }),
  challengeAfterMs: setting(
    "challenge-after",
    duration,
    "how long another must be better by a tenth to take over while this one leads",
    { fallback: "a live leader stays" },
  ),
  record: setting("record", filePath, "where to record what the node sees, for sim replay"),
} as const;

export type SettingKey = keyof typeof SETTINGS;

/** Every setting's value, with the units in the names. */
export type Settings = {
  readonly [Key in SettingKey]: (typeof SETTINGS)[Key] extends Setting<infer T> ? T : never;
};

/** The settings whose flags every command takes, also before its name. */
export const SHARED_SETTINGS = [
  "output",
  "color",
  "config",
  "socket",
  "dataDir",
  "runtimeDir",
  "timeoutMs",
  "logLevel",
] as const satisfies readonly SettingKey[];

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

export function environmentName(setting: Setting<unknown>): string {
  return `PEAT_${setting.name.toUpperCase().replaceAll("-", "_")}`;
}
