import { usageFailure } from "./failure.ts";
import { type Setting, SETTING_KEYS, SETTINGS, SHARED_SETTINGS } from "./settings.ts";

/** Short ways to write a shared flag. Whichever stands last counts. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  "--json": "--output=json",
  "--ndjson": "--output=ndjson",
  "--color": "--color=always",
  "--no-color": "--color=never",
};

/** The shorthands without their dashes, for help and for guessing what was meant. */
export const SHORTHAND_NAMES = Object.keys(SHORTHANDS).map((flag) => flag.slice(2));

/**
 * Rewrites what the parser has no notion of: shorthands, and flags whose value may be left out.
 * Of a shared flag that stands there several times, the last one counts, so that a script can
 * append `--output text` to a line that says `--json` already.
 */
export function normalise(
  words: readonly string[],
  implied: Readonly<Record<string, string>>,
): string[] {
  const [before, after] = splitAtDashes(words);
  for (const word of before) refuseEmpty(word);
  const joined = joinShared(before.map((word) => SHORTHANDS[word] ?? word));
  const last = new Map<string, number>();
  joined.forEach((word, index) => {
    const name = sharedName(word);
    if (name !== undefined) last.set(name, index);
  });
  const kept = joined.filter((word, index) => {
    const name = sharedName(word);
    return name === undefined || last.get(name) === index;
  });
  return [...kept.map((word) => imply(word, implied)), ...after];
}

/**
 * Takes the shared flags that stand before the command's name, so that `peat --json nodes` is
 * `peat nodes --json`.
 */
export function splitLeadingFlags(
  words: readonly string[],
): readonly [leading: readonly string[], rest: readonly string[]] {
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? "";
    if (!word.startsWith("-") || word === "-" || word === "--") break;
    index += takesValue(word) ? 2 : 1;
  }
  return [words.slice(0, index), words.slice(index)];
}

/** The first word that is no shared flag, where nothing else can stand. */
export function strangerAmong(words: readonly string[]): string | undefined {
  return normalise(words, {}).find((word) =>
    sharedName(word) === undefined && !/^(-v+|--verbose)$/.test(word)
  );
}

/** What the words say about colour, for help, which needs no other setting. */
export function colourAmong(words: readonly string[]): "auto" | "always" | "never" {
  const flag = normalise(words, {}).find((word) => word.startsWith("--color="));
  if (flag === "--color=always") return "always";
  return flag === "--color=never" ? "never" : "auto";
}

/** `--` ends the flags; what stands behind it is never rewritten. */
export function splitAtDashes(
  words: readonly string[],
): readonly [before: readonly string[], after: readonly string[]] {
  const dashes = words.indexOf("--");
  return dashes === -1 ? [words, []] : [words.slice(0, dashes), words.slice(dashes)];
}

function takesValue(word: string): boolean {
  if (word in SHORTHANDS || word.includes("=")) return false;
  return sharedSetting(word) !== undefined;
}

/** `--output json` as the one word `--output=json`. */
function joinShared(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const value = words[index + 1];
    const setting = takesValue(word) ? sharedSetting(word) : undefined;
    if (setting === undefined || value === undefined || value === "" || value.startsWith("--")) {
      joined.push(word);
    } else {
      joined.push(`--${setting.name}=${value}`);
      index++;
    }
  }
  return joined;
}

function sharedName(word: string): string | undefined {
  const equals = word.indexOf("=");
  return equals === -1 ? undefined : sharedSetting(word.slice(0, equals))?.name;
}

function sharedSetting(flag: string): Setting<unknown> | undefined {
  const key = SETTING_KEYS.find((candidate) => {
    const { name, alias }: Setting<unknown> = SETTINGS[candidate];
    return flag === `--${name}` || (alias !== undefined && flag === `-${alias}`);
  });
  const isShared = key !== undefined && (SHARED_SETTINGS as readonly string[]).includes(key);
  return isShared ? SETTINGS[key] : undefined;
}

function imply(word: string, implied: Readonly<Record<string, string>>): string {
  const name = word.startsWith("--") ? word.slice(2) : "";
  return Object.hasOwn(implied, name) ? `${word}=${implied[name]}` : word;
}

/** The parser would take `--id=` for a word of its own. */
function refuseEmpty(word: string): void {
  if (!/^--[a-z][a-z-]*=$/.test(word)) return;
  throw usageFailure(`Cannot use ${word.slice(0, -1)}: its value is empty`);
}
