/** Gives text a meaning that a terminal can show. Without colour every method answers its input. */
export interface Paint {
  readonly enabled: boolean;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

const PLAIN: Paint = {
  enabled: false,
  good: (text) => text,
  warn: (text) => text,
  bad: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
};

const COLOURED: Paint = {
  enabled: true,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  warn: (text) => `\x1b[33m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  faint: (text) => `\x1b[2m${text}\x1b[22m`,
};

export function paintFor(enabled: boolean): Paint {
  return enabled ? COLOURED : PLAIN;
}

export interface ColourChoice {
  /** The setting: `never` from --no-color, `always` from --color, `auto` when nobody said. */
  readonly setting: "auto" | "always" | "never";
  /** Whether the setting came from this command line, and so weighs more than the environment. */
  readonly isTerminal: boolean;
  readonly env: (name: string) => string | undefined;
}

/** Whether to colour: --no-color, then NO_COLOR, then --color, then FORCE_COLOR, then a terminal. */
export function wantsColour({ setting, isTerminal, env }: ColourChoice): boolean {
  if (setting === "never") return false;
  if (isSet(env("NO_COLOR"))) return false;
  if (setting === "always") return true;
  const forced = env("FORCE_COLOR") ?? env("CLICOLOR_FORCE");
  if (isSet(forced)) return forced !== "0" && forced !== "false";
  return isTerminal && env("TERM") !== "dumb";
}

/** NO_COLOR's own rule: present and not empty, whatever it says. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
