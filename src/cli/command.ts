import type { ExitCode } from "./exit_code.ts";
import type { Arguments, ArgumentValues, Flags, FlagValues } from "./flags.ts";
import type { Log } from "./log.ts";
import type { Resolved } from "./config_layers.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import type { SettingKey, Settings } from "./settings.ts";

/** What a command is handed when it runs. Everything it says goes through here. */
export interface CommandContext<F extends Flags, A extends Arguments> {
  readonly flags: FlagValues<F>;
  readonly args: ArgumentValues<A>;
  /** Every setting, from flags, environment, file and defaults. */
  readonly settings: Settings;
  /** The same with where each value came from. */
  readonly resolved: Resolved;
  /** Standard output: data, and nothing else. */
  readonly out: Output;
  /** Standard error, for what a person may want to know. */
  readonly log: Log;
  /** What is going on right now; shown on a terminal's standard error only. */
  readonly progress: Progress;
  /** Aborted by SIGINT and SIGTERM when the command says `stopsCleanly`. */
  readonly signal: AbortSignal;
  readonly env: (name: string) => string | undefined;
}

export interface CommandDefinition<F extends Flags, A extends Arguments> {
  /** Lines that a person could type as they are, each with what it is for. Help begins with them. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** More than the route's one line, where there is more to know. */
  readonly description?: string;
  /** The settings that this command has flags for, beside those that every command has. */
  readonly settings?: readonly SettingKey[];
  readonly flags?: F;
  readonly args?: A;
  /**
   * The command listens to `signal` and ends by itself when it aborts. Without it the first signal
   * ends the process as soon as the program comes up for air.
   */
  readonly stopsCleanly?: boolean;
  /** It starts other programs. Every other command gives up the right to. */
  readonly startsPrograms?: boolean;
  /** Answers nothing when all went well, or the exit code. Throws a `Failure` to say why not. */
  run(context: CommandContext<F, A>): Promise<ExitCode | void> | ExitCode | void;
}

/** A command with its types forgotten, as the framework handles it. */
export interface Command {
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  readonly description?: string;
  readonly settings: readonly SettingKey[];
  readonly flags: Flags;
  readonly args: Arguments;
  readonly stopsCleanly: boolean;
  readonly startsPrograms: boolean;
  run(context: CommandContext<Flags, Arguments>): Promise<ExitCode | void> | ExitCode | void;
}

/**
 * Declares a command. One file in `commands/` holds one command, or the few of one group: flags in,
 * one call, rendering out. The file decides the shape of what it prints.
 *
 * ```ts
 * export const list = command({
 *   examples: [["peat nodes --json | jq '.[].nodeId'", "the names of all nodes"]],
 *   flags: { type: option(text, "only capabilities of this type") },
 *   async run({ flags, settings, out }) {
 *     const { openControl } = await import("../src/control/client.ts");
 *     …
 *     out.list("node", nodes, (nodes) => table(nodes, COLUMNS));
 *   },
 * });
 * ```
 */
export function command<
  const F extends Flags = Record<never, never>,
  const A extends Arguments = Record<never, never>,
>(definition: CommandDefinition<F, A>): Command {
  const { run, ...rest } = definition;
  return {
    settings: [],
    flags: {},
    args: {},
    stopsCleanly: false,
    startsPrograms: false,
    ...rest,
    // The framework fills flags and args from this very definition, so the types hold.
    run: (context) => run(context as unknown as CommandContext<F, A>),
  };
}
