import { settingKeysOf } from "./arguments.ts";
import type { Command } from "./command.ts";
import { type Argument, type Flag, flagName } from "./flags.ts";
import { isList, type Kind } from "./kind.ts";
import { type GroupRoute, isGroup, type Route, visibleNames } from "./route.ts";
import { type Setting, SETTINGS } from "./settings.ts";
import { normalise, SHORTHAND_NAMES, splitLeadingFlags } from "./shorthand.ts";

/** One word that could stand where the cursor is. */
export interface Proposal {
  readonly word: string;
  readonly brief: string;
}

/** What the shell itself completes better than we do. */
export type Delegate = "file" | "directory";

export interface Proposals {
  readonly proposals: readonly Proposal[];
  readonly delegate?: Delegate;
}

export interface ProposeOptions {
  /** The ids of the nodes that are known right now; asked only where one is wanted. */
  readonly nodeIds: () => Promise<readonly string[]>;
  /** Words that stand behind a command but are known elsewhere, such as help's topics. */
  readonly topics: readonly string[];
}

/** What could stand in the place of the last of these words. */
export async function propose(
  root: GroupRoute,
  words: readonly string[],
  options: ProposeOptions,
): Promise<Proposals> {
  const partial = words.at(-1) ?? "";
  const [leading, before] = splitLeadingFlags(words.slice(0, -1));
  const { route, path, rest } = follow(root, before);
  if (route === undefined) return { proposals: [] };
  if (path[0] === "help") return matching(partial, await helpWords(root, rest, options.topics));
  if (!isGroup(route)) {
    return await proposeForCommand(await route.load(), [...leading, ...rest], partial, options);
  }
  if (partial.startsWith("-")) return matching(partial, sharedFlagProposals());
  return matching(partial, routeProposals(route));
}

/** Follows as far as the words go; a word that leads nowhere ends with no route. */
function follow(root: GroupRoute, words: readonly string[]) {
  let route: Route | undefined = root;
  let index = 0;
  while (route !== undefined && isGroup(route) && index < words.length) {
    const name: string = words[index] ?? "";
    route = Object.hasOwn(route.routes, name) ? route.routes[name] : undefined;
    index++;
  }
  return { route, path: words.slice(0, index), rest: words.slice(index) };
}

async function helpWords(root: GroupRoute, words: readonly string[], topics: readonly string[]) {
  const { route } = follow(root, words);
  const commands = route !== undefined && isGroup(route) ? routeProposals(route) : [];
  const explained = words.length > 0 ? [] : topics.map((word) => ({ word, brief: "topic" }));
  return await Promise.resolve([...commands, ...explained]);
}

interface KnownFlag {
  readonly brief: string;
  readonly kind: Kind<unknown> | undefined;
  readonly mayRepeat: boolean;
  readonly mayStandAlone: boolean;
}

async function proposeForCommand(
  command: Command,
  words: readonly string[],
  partial: string,
  options: ProposeOptions,
): Promise<Proposals> {
  const flags = flagsOf(command);
  const equals = partial.startsWith("--") ? partial.indexOf("=") : -1;
  if (equals !== -1) {
    const flag = flags.get(partial.slice(0, equals));
    const prefix = partial.slice(0, equals + 1);
    return await proposeValue(flag?.kind, partial.slice(equals + 1), options, prefix);
  }
  const { used, positions, active } = scan(words, flags);
  if (active !== undefined) return await proposeValue(active.kind, partial, options);
  if (partial.startsWith("-")) {
    const offered = [...flags].filter(([name, flag]) => flag.mayRepeat || !used.has(name));
    return matching(partial, offered.map(([word, { brief }]) => ({ word, brief })));
  }
  const args: readonly Argument<unknown>[] = Object.values(command.args);
  const last = args.at(-1);
  const next = args[positions] ?? (last?.shape === "rest" ? last : undefined);
  return await proposeValue(next?.kind, partial, options);
}

/** Reads the words before the cursor: which flags they use, and whether the last one wants a value. */
function scan(words: readonly string[], flags: ReadonlyMap<string, KnownFlag>) {
  const used = new Set<string>();
  let positions = 0;
  let active: KnownFlag | undefined;
  for (const word of normaliseLeniently(words)) {
    const name = word.split("=")[0] ?? word;
    const flag = flags.get(name);
    if (active !== undefined) active = undefined;
    else if (flag === undefined) positions += word.startsWith("-") ? 0 : 1;
    else {
      used.add(name);
      const wantsValue = flag.kind !== undefined && !flag.mayStandAlone && !word.includes("=");
      active = wantsValue ? flag : undefined;
    }
  }
  return { used, positions, active };
}

/** Half a line may hold what a whole one may not. */
function normaliseLeniently(words: readonly string[]): readonly string[] {
  try {
    return normalise(words, {});
  } catch {
    return words;
  }
}

function flagsOf(command: Command): Map<string, KnownFlag> {
  const known = new Map<string, KnownFlag>();
  const add = (
    name: string,
    brief: string,
    kind?: Kind<unknown>,
    flag?: Pick<Flag<unknown>, "implied"> & Partial<Pick<Flag<unknown>, "shape">>,
  ) =>
    known.set(`--${name}`, {
      brief,
      kind,
      mayRepeat: flag?.shape === "repeated" || (kind !== undefined && isList(kind)),
      mayStandAlone: flag?.implied !== undefined,
    });
  for (const [property, flag] of Object.entries(command.flags)) {
    add(flagName(property, flag), flag.brief, flag.kind, flag);
  }
  for (const key of settingKeysOf(command)) {
    const setting: Setting<unknown> = SETTINGS[key];
    add(setting.name, setting.description, setting.kind, setting);
    const { alias } = setting;
    if (alias !== undefined) {
      known.set(`-${alias}`, {
        brief: setting.description,
        kind: setting.kind,
        mayRepeat: false,
        mayStandAlone: false,
      });
    }
  }
  for (const name of SHORTHAND_NAMES) if (name !== "color") add(name, "");
  add("verbose", "say more on standard error");
  add("help", "print help");
  return known;
}

async function proposeValue(
  kind: Kind<unknown> | undefined,
  partial: string,
  options: ProposeOptions,
  prefix = "",
): Promise<Proposals> {
  if (kind === undefined) return { proposals: [] };
  if (kind.complete === "file" || kind.complete === "directory") {
    return { proposals: [], delegate: kind.complete };
  }
  const words = kind.complete === "node" ? await options.nodeIds() : kind.values ?? [];
  // Of a list only the item under the cursor is completed; those before it stay.
  const cut = isList(kind) ? partial.lastIndexOf(kind.separator) + 1 : 0;
  const head = prefix + partial.slice(0, cut);
  const proposals = words.map((word) => ({ word: head + word, brief: "" }));
  return matching(prefix + partial, proposals);
}

function routeProposals(group: GroupRoute): Proposal[] {
  return visibleNames(group.routes).map((word) => ({
    word,
    brief: group.routes[word]?.brief ?? "",
  }));
}

function sharedFlagProposals(): Proposal[] {
  const words = ["--help", "--version", "--verbose", ...SHORTHAND_NAMES.map((name) => `--${name}`)];
  return words.map((word) => ({ word, brief: "" }));
}

function matching(partial: string, proposals: readonly Proposal[]): Proposals {
  return { proposals: proposals.filter(({ word }) => word.startsWith(partial)) };
}
