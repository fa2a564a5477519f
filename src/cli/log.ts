import { printable } from "./printable.ts";

export type LogLevel = "error" | "warn" | "info" | "debug";

const RANK: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** What a command has to say beside its data, a line each on standard error. */
export class Log {
  readonly #level: LogLevel;
  readonly #write: (line: string) => void;

  constructor(level: LogLevel, write: (line: string) => void) {
    this.#level = level;
    this.#write = write;
  }

  error(message: string): void {
    this.#say("error", `peat: ${message}`);
  }

  warn(message: string): void {
    this.#say("warn", `peat: warning: ${message}`);
  }

  info(message: string): void {
    this.#say("info", `peat: ${message}`);
  }

  debug(message: string): void {
    this.#say("debug", `peat: ${message}`);
  }

  /** A line that is said at every level, such as `ready …`, exactly as it is. */
  say(line: string): void {
    this.#write(printable(line));
  }

  #say(level: LogLevel, line: string): void {
    if (RANK[level] <= RANK[this.#level]) this.#write(printable(line));
  }
}

/** `-v` says one level more, `-vv` two. */
export function raisedLevel(level: LogLevel, verbosity: number): LogLevel {
  const levels: readonly LogLevel[] = ["error", "warn", "info", "debug"];
  return levels[Math.min(RANK[level] + verbosity, levels.length - 1)] ?? level;
}
