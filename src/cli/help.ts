import type { Command } from "./command.ts";
import { type Argument, type Flag, flagName } from "./flags.ts";
import type { Paint } from "./paint.ts";
import { type Found, type GroupRoute, isGroup, type Routes, visibleNames } from "./route.ts";
import { type Setting, SETTINGS, SHARED_SETTINGS } from "./settings.ts";
import { padded, textWidth } from "./text_width.ts";
import { TOPIC_BRIEFS } from "./topic_names.ts";

type Pair = readonly [left: string, right: string];

/** The help of whatever was found: the program, a group or one command. */
export async function helpFor(root: GroupRoute, found: Found, paint: Paint): Promise<string> {
  const { route, path } = found;
  if (route === root) return rootHelp(root, paint);
  const line = ["peat", ...path].join(" ");
  if (isGroup(route)) return groupHelp(line, route, paint);
  return commandHelp(line, route.brief, await route.load(), paint);
}

const ROOT_EXAMPLES: readonly Pair[] = [
  ["peat demo", "watch a mesh form, lose its leader and recover, on this machine"],
  ["peat node run", "run a node here, in the foreground"],
  ["peat nodes", "who is known to the node that runs here"],
  ["peat nodes --json | jq '.[].nodeId'", "the same for a script"],
  ["peat sim run --seed 7", "a whole mesh in one process, with faults"],
];

function rootHelp(root: GroupRoute, paint: Paint): string {
  return sections(
    root.brief,
    section("EXAMPLES", ROOT_EXAMPLES, paint),
    section("COMMANDS", briefs(root.routes), paint),
    section("TOPICS", Object.entries(TOPIC_BRIEFS), paint),
    section("FLAGS", sharedFlags(), paint),
    "Run `peat help COMMAND` for a command, and `peat help TOPIC` for a topic.",
  );
}

function groupHelp(line: string, group: GroupRoute, paint: Paint): string {
  return sections(
    group.brief,
    section("COMMANDS", prefixed(line, briefs(group.routes)), paint),
    `Run \`${line} COMMAND --help\` for one of them.`,
  );
}

function commandHelp(line: string, brief: string, command: Command, paint: Paint): string {
  return sections(
    brief,
    wrapped(command.description ?? ""),
    section("EXAMPLES", command.examples, paint),
    `${paint.strong("USAGE")}\n  ${usage(line, command)}`,
    section("ARGUMENTS", argumentPairs(command), paint),
    section("FLAGS", ownFlags(command), paint),
    section("FLAGS OF EVERY COMMAND", sharedFlags(), paint),
  );
}

function usage(line: string, command: Command): string {
  const words = Object.values(command.args).map(argumentUsage);
  return [line, "[FLAGS]", ...words].join(" ");
}

function argumentUsage({ shape, kind, least }: Argument<unknown>): string {
  if (shape === "required") return kind.placeholder;
  if (shape === "optional") return `[${kind.placeholder}]`;
  return (least ?? 0) > 0 ? `${kind.placeholder}…` : `[${kind.placeholder}…]`;
}

function argumentPairs(command: Command): Pair[] {
  return Object.values(command.args).map((definition) => [
    definition.kind.placeholder,
    definition.brief,
  ]);
}

function ownFlags(command: Command): Pair[] {
  const own = Object.entries(command.flags).map(([property, flag]): Pair => [
    flagUsage(flagName(property, flag), flag),
    flag.brief + (flag.default === undefined ? "" : ` [${flag.default}]`),
  ]);
  return [...own, ...command.settings.map((key) => settingPair(SETTINGS[key]))];
}

function flagUsage(name: string, flag: Flag<unknown>): string {
  const alias = flag.alias === undefined ? "" : `-${flag.alias}, `;
  if (flag.kind === undefined) return `${alias}--${name}`;
  const value = flag.kind.placeholder;
  if (flag.implied !== undefined) return `${alias}--${name}[=${value}]`;
  return `${alias}--${name} ${value}${flag.shape === "repeated" ? "…" : ""}`;
}

function settingPair(setting: Setting<unknown>): Pair {
  const alias = setting.alias === undefined ? "" : `-${setting.alias}, `;
  const otherwise = setting.default || setting.fallback;
  const { placeholder } = setting.kind;
  return [
    `${alias}--${setting.name}` +
    (setting.implied === undefined ? ` ${placeholder}` : `[=${placeholder}]`),
    setting.description + (otherwise === undefined ? "" : ` [${otherwise}]`),
  ];
}

function sharedFlags(): Pair[] {
  const pairs = SHARED_SETTINGS.filter((key) => key !== "color").map((key) =>
    settingPair(SETTINGS[key])
  );
  return [
    ["--json", "the same as --output json"],
    ...pairs,
    ["--color, --no-color", "colour text, or do not [only on a terminal]"],
    ["-v, -vv", "say more on standard error"],
    ["-h, --help", "print this"],
  ];
}

function briefs(routes: Routes): Pair[] {
  return visibleNames(routes).map((name) => [name, routes[name]?.brief ?? ""]);
}

function prefixed(line: string, pairs: readonly Pair[]): Pair[] {
  return pairs.map(([left, right]) => [`${line} ${left}`, right]);
}

/** A heading over two columns. A left side too wide for its column gets a line of its own. */
export function section(heading: string, pairs: readonly Pair[], paint: Paint): string {
  if (pairs.length === 0) return "";
  const widths = pairs.map(([left]) => textWidth(left)).filter((width) => width <= 36);
  const column = Math.max(0, ...widths) + 2;
  const lines = pairs.map(([left, right]) =>
    textWidth(left) < column
      ? `  ${padded(left, column)}${right}`
      : `  ${left}\n  ${padded("", column)}${right}`
  );
  return [paint.strong(heading), ...lines].join("\n");
}

const TEXT_COLUMNS = 88;

/** Prose cut into lines between words. An empty line between paragraphs stays. */
export function wrapped(prose: string): string {
  return prose.split(/\n\n+/).map(wrapParagraph).join("\n\n");
}

function wrapParagraph(paragraph: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/\s+/)) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > TEXT_COLUMNS) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

export function sections(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}
