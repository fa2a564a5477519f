import {
  AliasNotFoundError,
  ArgumentParseError,
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  type CommandContext,
  FlagNotFoundError,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import type { Command } from "./command.ts";
import { type Failure, toFailure, usageFailure } from "./failure.ts";
import { type Argument, type Flag, flagName } from "./flags.ts";
import { isList } from "./kind.ts";
import { didYouMean } from "./nearest.ts";
import { type Setting, type SettingKey, SETTINGS, SHARED_SETTINGS } from "./settings.ts";
import { normalise, SHORTHAND_NAMES } from "./shorthand.ts";

/** What a command line says, before environment and file are asked. */
export interface Parsed {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly args: Readonly<Record<string, unknown>>;
  readonly settings: Partial<Record<SettingKey, unknown>>;
  readonly verbosity: number;
}

type StricliFlag = Record<string, unknown>;

/** Reads the words behind a command's name. Whatever is wrong with them is a usage failure. */
export async function parseArguments(
  command: Command,
  line: string,
  words: readonly string[],
): Promise<Parsed> {
  const shape = new Shape(command);
  const fail = (error: unknown): never => {
    throw explain(error, line, shape);
  };
  const app = buildApplication(shape.build(), {
    name: line,
    scanner: { caseStyle: "original", allowArgumentEscapeSequence: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: fail,
        exceptionWhileRunningCommand: fail,
      },
    },
    documentation: { disableAnsiColor: true },
  });
  const unused = { write: () => {} };
  await run(app, normalise(words, shape.implied), { process: { stdout: unused, stderr: unused } });
  return shape.collect();
}

/** A command's flags and arguments under the names that people type. */
class Shape {
  readonly flags: Record<string, StricliFlag> = {};
  readonly aliases: Record<string, string> = {};
  readonly implied: Record<string, string> = {};
  readonly #command: Command;
  readonly #settingKeys: readonly SettingKey[];
  #values: Record<string, unknown> = {};
  #words: readonly unknown[] = [];

  constructor(command: Command) {
    this.#command = command;
    this.#settingKeys = settingKeysOf(command);
    for (const key of this.#settingKeys) this.#addSetting(SETTINGS[key]);
    for (const [property, flag] of Object.entries(command.flags)) this.#addFlag(property, flag);
    this.flags.verbose = { kind: "counter", brief: "say more", optional: true };
    this.aliases.v = "verbose";
  }

  #addSetting(setting: Setting<unknown>): void {
    this.flags[setting.name] = valueFlag(setting.description, setting.kind, isList(setting.kind));
    if (setting.alias !== undefined) this.aliases[setting.alias] = setting.name;
    if (setting.implied !== undefined) this.implied[setting.name] = setting.implied;
  }

  #addFlag(property: string, flag: Flag<unknown>): void {
    const name = flagName(property, flag);
    const { kind } = flag;
    this.flags[name] = kind === undefined
      ? { kind: "boolean", brief: flag.brief, default: false, withNegated: false }
      : {
        ...valueFlag(flag.brief, kind, flag.shape === "repeated" || isList(kind)),
        ...(flag.required ? { optional: false } : {}),
      };
    if (flag.alias !== undefined) this.aliases[flag.alias] = name;
    if (flag.implied !== undefined) this.implied[name] = flag.implied;
  }

  build() {
    const definitions = {
      flags: this.flags,
      aliases: this.aliases,
      positional: positionals(Object.values(this.#command.args)),
    };
    return buildCommand<Record<string, unknown>, unknown[], CommandContext>({
      docs: { brief: "" },
      // The parser types its definitions from the function's parameters; ours come from a table.
      // deno-lint-ignore no-explicit-any
      parameters: definitions as any,
      func: (values, ...words) => {
        this.#values = values;
        this.#words = words;
      },
    });
  }

  collect(): Parsed {
    const flags: Record<string, unknown> = {};
    for (const [property, flag] of Object.entries(this.#command.flags)) {
      flags[property] = this.#flagValue(property, flag);
    }
    const settings: Partial<Record<SettingKey, unknown>> = {};
    for (const key of this.#settingKeys) {
      const value = this.#values[SETTINGS[key].name];
      const { kind }: Setting<unknown> = SETTINGS[key];
      if (value !== undefined) settings[key] = isList(kind) ? flat(value) : value;
    }
    const verbosity = Number(this.#values.verbose ?? 0);
    return { flags, args: this.#argumentValues(), settings, verbosity };
  }

  #flagValue(property: string, flag: Flag<unknown>): unknown {
    const value = this.#values[flagName(property, flag)];
    if (value === undefined && flag.default !== undefined) return flag.kind?.parse(flag.default);
    if (flag.shape === "repeated") return value ?? [];
    return value !== undefined && flag.kind !== undefined && isList(flag.kind)
      ? flat(value)
      : value;
  }

  #argumentValues(): Record<string, unknown> {
    const args: Record<string, unknown> = {};
    for (const [index, [property, definition]] of Object.entries(this.#command.args).entries()) {
      args[property] = definition.shape === "rest" ? this.#words : this.#words[index];
    }
    return args;
  }
}

/** Every setting that has a flag on this command. */
export function settingKeysOf(command: Command): readonly SettingKey[] {
  return [...new Set<SettingKey>([...SHARED_SETTINGS, ...command.settings])];
}

function valueFlag(brief: string, kind: { parse(text: string): unknown }, isMany: boolean) {
  return {
    kind: "parsed",
    brief,
    parse: (value: string) => kind.parse(value),
    optional: true,
    ...(isMany ? { variadic: true } : {}),
  };
}

function positionals(args: readonly Argument<unknown>[]) {
  const parameters = args.map((definition) => ({
    brief: definition.brief,
    placeholder: definition.kind.placeholder,
    parse: (value: string) => definition.kind.parse(value),
    optional: definition.shape === "optional",
  }));
  const rest = args.find((definition) => definition.shape === "rest");
  if (rest === undefined) return { kind: "tuple", parameters };
  return { kind: "array", parameter: parameters[0], minimum: rest.least ?? 0 };
}

/** A list flag may be repeated, and each of its values is a list: one list of all. */
function flat(value: unknown): unknown {
  return Array.isArray(value) ? value.flat() : value;
}

/** The parser's errors in our words, with what to type instead. */
function explain(error: unknown, line: string, shape: Shape): Failure {
  const help = `run \`${line} --help\``;
  if (error instanceof FlagNotFoundError) {
    return usageFailure(
      `Cannot use --${error.input}: ${line} has no such flag`,
      didYouMean(
        error.input,
        [...Object.keys(shape.flags), ...SHORTHAND_NAMES],
        `${help} for those there are`,
        "--",
      ),
    );
  }
  if (error instanceof AliasNotFoundError) {
    return usageFailure(`Cannot use -${error.input}: ${line} has no such flag`, help);
  }
  if (error instanceof ArgumentParseError) {
    const { message, hint } = toFailure(error.exception);
    const name = error.externalFlagNameOrPlaceholder;
    const where = Object.hasOwn(shape.flags, name) ? `--${name}` : name;
    return usageFailure(`${message} (${where})`, hint);
  }
  if (error instanceof UnsatisfiedFlagError) {
    return usageFailure(`Cannot use --${error.externalFlagName}: its value is missing`, help);
  }
  if (error instanceof UnexpectedFlagError) {
    return usageFailure(
      `Cannot use --${error.externalFlagName} twice: it was ${
        JSON.stringify(error.previousInput)
      } before`,
    );
  }
  if (error instanceof UnsatisfiedPositionalError) {
    return usageFailure(`Cannot run ${line}: ${error.placeholder} is missing`, help);
  }
  if (error instanceof UnexpectedPositionalError) {
    return usageFailure(
      `Cannot run ${line}: ${JSON.stringify(error.input)} is one argument too many`,
      help,
    );
  }
  if (error instanceof ArgumentScannerError) {
    return usageFailure(`Cannot run ${line}: ${error.message}`, help);
  }
  return toFailure(error);
}
