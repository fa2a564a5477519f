import type { Command } from "./command.ts";
import { resolveSettings } from "./config_layers.ts";
import { ExitCode } from "./exit_code.ts";
import { describeFailure, type Failure, toFailure, usageFailure } from "./failure.ts";
import { Log, raisedLevel } from "./log.ts";
import { ClosedPipe, Output } from "./output.ts";
import { paintFor, wantsColour } from "./paint.ts";
import { dropPrivileges } from "./privileges.ts";
import { Progress } from "./progress.ts";
import { findRoute, type Found, type GroupRoute, isGroup, visibleNames } from "./route.ts";
import { colourAmong, splitAtDashes, splitLeadingFlags, strangerAmong } from "./shorthand.ts";
import { Signals } from "./signals.ts";
import { env, inspectTerminal, type Terminal, writeError } from "./terminal.ts";

/** Runs one command line and answers the process's exit code. */
export async function run(root: GroupRoute, line: readonly string[]): Promise<ExitCode> {
  try {
    return await runLine(root, line);
  } catch (error) {
    return report(error, line);
  }
}

async function runLine(root: GroupRoute, line: readonly string[]): Promise<ExitCode> {
  const [leading, rest] = splitLeadingFlags(line);
  const found = findRoute(root, rest);
  const words = [...leading, ...found.rest];
  const [flags] = splitAtDashes(words);
  if (flags.includes("--help") || flags.includes("-h")) return await printHelp(root, found, words);
  if (isGroup(found.route)) {
    if (found.path.length > 0 || words.length > 0) return await runGroup(root, found, words);
    return await printHelp(root, found, words);
  }
  const command = await found.route.load();
  return await runCommand(command, ["peat", ...found.path].join(" "), words);
}

/** A group is not a command. Only `peat --version` stands for one. */
async function runGroup(
  root: GroupRoute,
  { route, path }: Found,
  words: readonly string[],
): Promise<ExitCode> {
  const versionAt = words.indexOf("--version");
  if (path.length === 0 && versionAt !== -1) {
    return await runLine(root, ["version", ...words.toSpliced(versionAt, 1)]);
  }
  const line = ["peat", ...path].join(" ");
  const stranger = strangerAmong(words);
  if (stranger !== undefined) {
    throw usageFailure(
      `Cannot use ${stranger}: ${line} has no such flag`,
      `run \`${line} --help\` for those there are`,
    );
  }
  const names = isGroup(route) ? visibleNames(route.routes).join(", ") : "";
  throw usageFailure(`Cannot run ${line}: the command is missing`, `add one of ${names}`);
}

async function printHelp(
  root: GroupRoute,
  found: Found,
  words: readonly string[],
): Promise<ExitCode> {
  const { helpFor } = await import("./help.ts");
  const out = openOutput("text", colourAmong(words), inspectTerminal());
  out.text(await helpFor(root, found, out.paint));
  out.close();
  return ExitCode.done;
}

async function runCommand(
  command: Command,
  line: string,
  words: readonly string[],
): Promise<ExitCode> {
  dropPrivileges(command);
  const { parseArguments } = await import("./arguments.ts");
  const parsed = await parseArguments(command, line, words);
  const resolved = await resolveSettings({ flags: parsed.settings, env, readFile: readIfThere });
  const settings = resolved.values;
  const terminal = inspectTerminal();
  const out = openOutput(settings.output, settings.color, terminal);
  const log = new Log(raisedLevel(settings.logLevel, parsed.verbosity), (said) => {
    progress.clear();
    writeError(`${said}\n`);
  });
  const progress = new Progress({
    isTerminal: terminal.stderrIsTerminal,
    columns: terminal.stderrColumns,
    write: writeError,
  });
  using signals = new Signals((exitCode) => {
    progress.clear();
    closeQuietly(out);
    Deno.exit(exitCode);
  }, command.stopsCleanly);
  try {
    const { flags, args } = parsed;
    const { signal } = signals;
    const answer = await command.run({
      flags,
      args,
      settings,
      resolved,
      out,
      log,
      progress,
      signal,
      env,
    });
    progress.clear();
    out.close();
    return signals.exitCode ?? answer ?? ExitCode.done;
  } catch (error) {
    progress.clear();
    if (signals.exitCode !== undefined) {
      closeQuietly(out);
      return signals.exitCode;
    }
    // What a command printed before it failed still belongs to whoever reads it.
    if (!(error instanceof ClosedPipe)) out.close();
    throw error;
  }
}

function openOutput(
  format: Output["format"],
  color: "auto" | "always" | "never",
  terminal: Terminal,
): Output {
  const isTerminal = terminal.stdoutIsTerminal;
  const coloured = format === "text" && wantsColour({ setting: color, isTerminal, env });
  return new Output({
    sink: Deno.stdout,
    format,
    paint: paintFor(coloured),
    isTerminal,
    columns: terminal.columns,
  });
}

/** Says what went wrong, once, in the form that was asked for. */
function report(error: unknown, line: readonly string[]): ExitCode {
  if (error instanceof ClosedPipe) return ExitCode.done;
  const failure = toFailure(error);
  writeError(`${describeFailure(failure, wantsJson(line))}\n`);
  if (wantsStack(line)) writeError(`${stackOf(failure)}\n`);
  return failure.exitCode;
}

/** The command line may be what is wrong, so its format is read without understanding the rest. */
function wantsJson(line: readonly string[]): boolean {
  const [words] = splitAtDashes(line);
  let format = env("PEAT_OUTPUT") ?? "text";
  for (const [index, word] of words.entries()) {
    if (word === "--json" || word === "--ndjson") format = "json";
    else if (word === "--output" || word === "-o") format = words[index + 1] ?? "text";
    else if (/^(--output|-o)=/.test(word)) format = word.slice(word.indexOf("=") + 1);
  }
  return format === "json" || format === "ndjson";
}

function wantsStack(line: readonly string[]): boolean {
  const [words] = splitAtDashes(line);
  const letters = words.filter((word) => /^-[a-z]+$/.test(word)).join("");
  const count = letters.split("v").length - 1 + words.filter((word) => word === "--verbose").length;
  return count >= 2;
}

function stackOf(failure: Failure): string {
  const cause = failure.cause instanceof Error ? failure.cause : failure;
  return cause.stack ?? cause.message;
}

function closeQuietly(out: Output): void {
  try {
    out.close();
  } catch {
    // The process is ending for another reason, which its exit code tells.
    return;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    const state = error instanceof Error ? error.message : String(error);
    throw usageFailure(`Cannot read the configuration ${path}: ${state}`);
  }
}
