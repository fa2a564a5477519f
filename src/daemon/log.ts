import type { Logger, LogRecord } from "@logtape/logtape";

export type LogLevel = "error" | "warn" | "info" | "debug";
export type Fields = Readonly<Record<string, string | number>>;

/** What a daemon has to say while it runs. The message is fixed text; what varies is in the fields. */
export interface Log {
  error(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** A JSON object a line instead of text. */
  readonly asJson: boolean;
  readonly write: (line: string) => void;
}

/** No name or reason from outside makes a line longer than its few fields of this many characters. */
const VALUE_LENGTH_LIMIT = 500;

const PLAIN = /^[\w.:/@+-]+$/;

/** From what must be seen to what hardly anybody wants to see. */
const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/**
 * Opens a log. The library comes with the first line that is to be written, because most nodes never
 * write one and every node starts sooner without it. Closing waits for the lines said so far.
 */
export function openLog(options: LogOptions): Log & AsyncDisposable {
  const loudness = LEVELS.indexOf(options.level);
  let loading: Promise<Logger> | undefined;
  let written: Promise<void> | undefined;
  const say = (level: LogLevel, message: string, fields: Fields = {}) => {
    if (LEVELS.indexOf(level) > loudness) return;
    loading ??= loadLogger(options);
    written = loading.then((logger) => logger[level](message, fields));
  };
  return {
    error: (message, fields) => say("error", message, fields),
    warn: (message, fields) => say("warn", message, fields),
    info: (message, fields) => say("info", message, fields),
    debug: (message, fields) => say("debug", message, fields),
    [Symbol.asyncDispose]: async () => await written,
  };
}

async function loadLogger({ level, asJson, write }: LogOptions): Promise<Logger> {
  const { configure, getLogger } = await import("@logtape/logtape");
  const format = asJson ? jsonLine : textLine;
  const lowestLevel = level === "warn" ? "warning" : level;
  await configure({
    reset: true,
    sinks: { stderr: (record) => write(`${format(record)}\n`) },
    loggers: [
      { category: "peat", lowestLevel, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
  return getLogger("peat");
}

export function textLine(record: LogRecord): string {
  const fields = Object.entries(record.properties).map(([key, value]) =>
    `${key}=${quoted(clip(value))}`
  );
  const { ts, level, message } = partsOf(record);
  return [ts, level.padEnd(5), message, ...fields].join(" ");
}

export function jsonLine(record: LogRecord): string {
  const { ts, level, message } = partsOf(record);
  const fields = Object.entries(record.properties).map(([key, value]) => [key, clip(value)]);
  return JSON.stringify({ type: "log", ts, level, message, ...Object.fromEntries(fields) });
}

function partsOf(record: LogRecord): { ts: string; level: string; message: string } {
  return {
    ts: new Date(record.timestamp).toISOString(),
    level: record.level === "warning" ? "warn" : record.level,
    message: record.message.join(""),
  };
}

/** Anything but a plain word is quoted, so that a value cannot pass for another field. */
function quoted(value: unknown): string {
  const text = String(value);
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

function clip(value: unknown): unknown {
  if (typeof value !== "string" || value.length <= VALUE_LENGTH_LIMIT) return value;
  return `${value.slice(0, VALUE_LENGTH_LIMIT - 1)}…`;
}
