import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";
import { cellsText } from "./cells_topic.ts";
import { electionText } from "./election_topic.ts";
import { discoveryText } from "./discovery_topic.ts";
import { queryText } from "./query_topic.ts";
import { stateText } from "./state_topic.ts";
import { TOPIC_NAMES, type TopicName } from "./topic_names.ts";
import { environmentName, type Setting, SETTING_KEYS, SETTINGS } from "./settings.ts";

/** What holds for all commands, by the word behind `peat help`. */
const TOPICS: Readonly<Record<TopicName, (paint: Paint) => string>> = {
  "exit-codes": exitCodes,
  environment,
  formatting,
  config,
  sim,
  security,
  discovery: discoveryText,
  cells: cellsText,
  election: electionText,
  query: queryText,
  state: stateText,
};

/** The text of a topic, or undefined when there is no such topic. */
export function topicText(word: string, paint: Paint): string | undefined {
  const name = TOPIC_NAMES.find((candidate) => candidate === word);
  return name === undefined ? undefined : TOPICS[name](paint);
}

function exitCodes(paint: Paint): string {
  return sections(
    "Every command ends with one of these codes, and a script can rely on them.",
    section("EXIT CODES", [
      ["0", "done; also when the reader of a pipe left early"],
      ["1", "failed, or there is no node or no peer to talk to"],
      ["2", "not authenticated: wrong formation or bad credentials"],
      ["3", "not permitted"],
      ["4", "the command line, the configuration or the input cannot be understood"],
      ["5", "timed out waiting; standard error says what was still missing"],
      ["6", "partial or degraded: some of it was done"],
      ["130", "ended by SIGINT, as by Ctrl-C"],
      ["143", "ended by SIGTERM"],
    ], paint),
    section("EXAMPLES", [
      ["peat wire decode peat.v1.Beacon < beacon.bin || echo $?", "4 when the bytes are no beacon"],
      ["peat node status --timeout 2s; echo $?", "1 when no node runs, 5 when it does not answer"],
    ], paint),
  );
}

function environment(paint: Paint): string {
  const settings = SETTING_KEYS.map((key): [string, string] => {
    const setting: Setting<unknown> = SETTINGS[key];
    return [environmentName(setting), setting.description];
  });
  return sections(
    "A flag on the command line beats its variable; a variable beats the configuration file. An\n" +
      "empty variable counts as one that is not set.",
    section("EXAMPLES", [
      ["PEAT_OUTPUT=json peat nodes", "JSON without a flag"],
      ["PEAT_DATA_DIR=/var/lib/peat peat node status", "ask the node that keeps its data there"],
      ["PEAT_PEER=10.0.0.7:11204,10.0.0.8:11204 peat node run", "a list, cut at commas"],
    ], paint),
    section("SETTINGS", settings, paint),
    section("TERMINAL", [
      ["NO_COLOR", "when set and not empty, no colour; only --no-color says it louder"],
      ["FORCE_COLOR, CLICOLOR_FORCE", "colour even into a pipe, unless 0"],
      ["COLUMNS", "how wide a line may be"],
      ["PEAT_FORCE_TTY", "treat a pipe as a terminal of this many columns"],
      ["XDG_CONFIG_HOME", "where peat/config.toml is looked for; else ~/.config"],
    ], paint),
  );
}

function formatting(paint: Paint): string {
  return sections(
    "Standard output carries data and nothing else; all else goes to standard error. The format is\n" +
      "text unless --output, PEAT_OUTPUT or the configuration says otherwise. It never depends on\n" +
      "whether a terminal is attached.",
    section("EXAMPLES", [
      ["peat nodes --json | jq -r '.[] | select(.role == \"leader\") | .nodeId'", "who leads"],
      ["peat nodes --watch -o ndjson | jq -c 'select(.state == \"lost\")'", "follow losses"],
      ["peat nodes --columns node,role --no-header", "a table for awk"],
    ], paint),
    section("FORMATS", [
      ["text", "for people; columns may be added, so scripts should not cut it"],
      ["json", "one object, or one array for a list; two spaces of indentation, everywhere"],
      ["ndjson", "one object a line, each with its `type` and its time `ts`"],
    ], paint),
    section("IN JSON", [
      ["keys", "camelCase; the unit is in the name: timeoutMs, sizeBytes"],
      ["times", 'RFC 3339 in UTC: "2026-05-04T12:00:00.000Z"'],
      ["64-bit integers", "strings, since not every reader has that many digits"],
      ["absent things", "left out, never null"],
      ["bytes", "base64"],
      ["errors", 'on standard error: {"error":{"code","message","hint"}}'],
    ], paint),
    section("IN TEXT", [
      ["durations", "500ms, 10s, 1m30s, 2h, 7d; so are they read"],
      ["nothing", "a dash"],
      ["control characters", "shown as \\x1b, never sent to a terminal"],
    ], paint),
  );
}

function config(paint: Paint): string {
  const settings = SETTING_KEYS.filter((key) => key !== "config").map((key): [string, string] => {
    const setting: Setting<unknown> = SETTINGS[key];
    const otherwise = setting.default || setting.fallback;
    return [
      `${setting.name} = ${setting.kind.placeholder}`,
      setting.description + (otherwise === undefined ? "" : ` [${otherwise}]`),
    ];
  });
  return sections(
    "Settings come from, in this order: the flag, the variable PEAT_<FLAG>, the file that --config\n" +
      "names, else $XDG_CONFIG_HOME/peat/config.toml, the default. The file is TOML; its keys are the\n" +
      "flags' names. An unknown key is an error. Secrets do not belong in it: commands read them\n" +
      "from files of mode 0600 or from standard input.",
    section("EXAMPLES", [
      ["peat config show --origin", "every setting, its value and where it came from"],
      ["peat config path", "the file that is read"],
    ], paint),
    `${paint.strong("A FILE")}
  cell = "alpha"
  data-dir = "/var/lib/peat"
  discovery = ["multicast", "static"]
  peer = ["10.0.0.7:11204"]
  position = "52.52,13.405"
  timeout = "5s"`,
    section("SETTINGS", settings, paint),
  );
}

function sim(paint: Paint): string {
  return sections(
    "The simulator runs real nodes on a virtual clock, network and disk. A seed decides everything\n" +
      "that chance decides, so the same seed gives the same run, step by step, on any machine.",
    section("EXAMPLES", [
      ["peat sim scenarios", "what can be run"],
      ["peat sim run --seed 7", "run once; exit 1 and the seed when an invariant breaks"],
      ["peat sim soak --duration 10m", "fresh seeds for ten minutes"],
      ["peat sim replay failure.trace", "see a failure again"],
    ], paint),
  );
}

function security(paint: Paint): string {
  return sections(
    "A formation is who trusts whom. In a shared one everybody has the same secret: quick to set\n" +
      "up, and whoever gets hold of the file is a member. In an enrolled one an authority's key\n" +
      "makes members one by one, and a stolen node can be revoked. Everything works by files and\n" +
      "pipes, without a network.",
    section("A SHARED FORMATION", [
      ["peat formation create alpha", "makes alpha.formation.json, the secret"],
      ["peat formation join alpha.formation.json", "on each machine, with a copy of it"],
    ], paint),
    section("AN ENROLLED FORMATION", [
      ["peat formation create alpha --kind enrolled --out alpha.json", "keep this file safe"],
      ["peat formation join --request --node drone-1 > req", "on the node: ask"],
      ["peat formation invite alpha.json --request req > invite", "with the authority: answer"],
      ["peat formation join invite", "on the node: take it up"],
    ], paint),
    section("LATER", [
      ["peat formation revoke alpha.json drone-1 --yes", "a stolen node stays out for ever"],
      ["peat formation rotate alpha.json --grace 24h", "new keys; the old ones fade out"],
      ["peat formation audit --data-dir DIR", "has anybody changed the node's log?"],
    ], paint),
    section("FILES", [
      ["mode 600, owned by you", "or they are refused: somebody else may know the secret"],
      ["identity.json", "a device's own keys, made on its first run; they are never copied"],
      ["formation.json", "what the node joined, in its data directory"],
      ["audit.ndjson", "what happened to its security, each line bound to the one before"],
    ], paint),
    section("WHAT A RUNNING PEAT MAY DO", [
      [
        "start programs",
        "the demo alone; every other command gives that up before it does anything",
      ],
      ["load libraries", "nothing; the same way"],
      ["write", "a node of the portable executable in its own directories alone"],
      ["peat node status --json | jq .privileges", "what the runtime says of the node here"],
    ], paint),
    section("ROLES", [
      ["observer", "listens"],
      ["member", "takes part"],
      ["leader", "may lead a cell"],
      ["operator, admin", "give orders that others follow"],
    ], paint),
  );
}
