import { Failure, toFailure, usageFailure } from "./failure.ts";
import { isList, trueOrFalse } from "./kind.ts";
import { didYouMean } from "./nearest.ts";
import {
  environmentName,
  type Setting,
  SETTING_KEYS,
  type SettingKey,
  SETTINGS,
} from "./settings.ts";
import type { Settings } from "./settings.ts";

/** Where a setting's value came from, in words that a person can act on. */
export type Origin = "default" | `flag ${string}` | `environment ${string}` | `file ${string}`;

export interface Resolved {
  readonly values: Settings;
  readonly origins: Readonly<Record<SettingKey, Origin>>;
  readonly configPath: string | undefined;
}

export interface LayerOptions {
  /** The values of flags that were given, by setting. */
  readonly flags: Partial<Record<SettingKey, unknown>>;
  readonly env: (name: string) => string | undefined;
  /** The file's text, or undefined when there is no such file. */
  readonly readFile: (path: string) => string | undefined;
}

/** Flag, then environment, then file, then default. */
export async function resolveSettings(options: LayerOptions): Promise<Resolved> {
  const configPath = findConfigPath(options);
  const file = configPath === undefined ? {} : await readConfig(configPath, options);
  const values: Partial<Record<SettingKey, unknown>> = {};
  const origins: Partial<Record<SettingKey, Origin>> = {};
  for (const key of SETTING_KEYS) {
    const [value, origin] = resolveOne(key, options, file, configPath);
    values[key] = value;
    origins[key] = origin;
  }
  // Both records were filled from the table of settings, key by key.
  return {
    values: values as Settings,
    origins: origins as Record<SettingKey, Origin>,
    configPath,
  };
}

function resolveOne(
  key: SettingKey,
  options: LayerOptions,
  file: Partial<Record<SettingKey, unknown>>,
  configPath: string | undefined,
): [unknown, Origin] {
  const setting: Setting<unknown> = SETTINGS[key];
  const flag = options.flags[key];
  if (flag !== undefined) return [flag, `flag --${setting.name}`];
  const variable = environmentName(setting);
  const fromEnvironment = options.env(variable);
  if (fromEnvironment !== undefined && fromEnvironment !== "") {
    const value = parseAt(setting, fromEnvironment, variable);
    return [value, `environment ${variable}`];
  }
  if (file[key] !== undefined) return [file[key], `file ${configPath}`];
  return [
    setting.default === undefined ? undefined : setting.kind.parse(setting.default),
    "default",
  ];
}

/** The file that the flag or the environment names, else the user's own. */
function findConfigPath({ flags, env }: LayerOptions): string | undefined {
  return stringOrUndefined(flags.config) ?? nonEmpty(env("PEAT_CONFIG")) ?? userConfigPath(env);
}

export function userConfigPath(env: (name: string) => string | undefined): string | undefined {
  const configHome = nonEmpty(env("XDG_CONFIG_HOME"));
  if (configHome !== undefined) return `${configHome}/peat/config.toml`;
  const home = nonEmpty(env("HOME"));
  return home === undefined ? undefined : `${home}/.config/peat/config.toml`;
}

async function readConfig(
  path: string,
  options: LayerOptions,
): Promise<Partial<Record<SettingKey, unknown>>> {
  const content = options.readFile(path);
  if (content !== undefined) return await parseConfig(path, content);
  const wasNamed = options.flags.config !== undefined || nonEmpty(options.env("PEAT_CONFIG"));
  if (!wasNamed) return {};
  throw usageFailure(
    `Cannot read the configuration ${path}: there is no such file`,
    "run `peat config path` to see which file is read without --config",
  );
}

async function parseConfig(
  path: string,
  content: string,
): Promise<Partial<Record<SettingKey, unknown>>> {
  const { parse, TomlError } = await import("smol-toml");
  let table: Record<string, unknown>;
  try {
    table = parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw usageFailure(
      `Cannot read the configuration ${path}: line ${error.line}, column ${error.column}: ` +
        firstReason(error.message),
      "run `peat help config` for an example",
    );
  }
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [name, value] of Object.entries(table)) {
    const key = SETTING_KEYS.find((candidate) => SETTINGS[candidate].name === name);
    if (key === undefined || key === "config") throw unknownKey(path, name);
    values[key] = readValue(path, SETTINGS[key], value);
  }
  return values;
}

/** TOML's own types where they say the same: a number for a number, an array for a list. */
function readValue(path: string, setting: Setting<unknown>, value: unknown): unknown {
  const where = `${setting.name} in ${path}`;
  const { kind } = setting;
  if (isList(kind) && Array.isArray(value)) {
    return value.map((item) =>
      parseAt({ ...setting, kind: kind.item }, scalar(where, item), where)
    );
  }
  if (typeof value === "boolean" && kind === trueOrFalse) return value;
  return parseAt(setting, scalar(where, value), where);
}

function scalar(where: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const found = Array.isArray(value)
    ? "an array"
    : `a ${typeof value}`.replace("a object", "a table");
  throw usageFailure(`Cannot use ${where}: it is ${found}`, "run `peat help config` for its type");
}

function parseAt(setting: Setting<unknown>, value: string, where: string): unknown {
  try {
    return setting.kind.parse(value);
  } catch (error) {
    const { message, hint } = toFailure(error);
    throw usageFailure(`${message} (${where})`, hint);
  }
}

function unknownKey(path: string, name: string): Failure {
  const names = SETTING_KEYS.map((key) => SETTINGS[key].name).filter((known) => known !== "config");
  return usageFailure(
    `Cannot use ${JSON.stringify(name)} in ${path}: it is not a setting`,
    didYouMean(name, names, "run `peat help config` for those there are"),
  );
}

/** The parser's message goes on with an excerpt of the file, over several lines. */
function firstReason(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/^Invalid TOML document: /, "");
}

function stringOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
