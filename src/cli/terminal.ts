/** What this process is attached to. Everything is asked once, when the process starts. */
export interface Terminal {
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  /** How many columns standard output has room for: no limit in a pipe. */
  readonly columns: number;
  readonly stderrColumns: number;
  readonly rows: number;
}

const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

export function env(name: string): string | undefined {
  return Deno.env.get(name);
}

/**
 * COLUMNS overrides what the terminal says. PEAT_FORCE_TTY=120 makes a pipe count as a terminal of
 * that width, which is how tests look at what people see.
 */
export function inspectTerminal(): Terminal {
  const forced = positive(env("PEAT_FORCE_TTY"));
  const size = windowSize();
  const stdoutIsTerminal = forced !== undefined || Deno.stdout.isTerminal();
  const ownColumns = positive(env("COLUMNS")) ?? forced;
  const windowColumns = ownColumns ?? size?.columns ?? USUAL_COLUMNS;
  return {
    stdoutIsTerminal,
    stderrIsTerminal: Deno.stderr.isTerminal(),
    stdinIsTerminal: Deno.stdin.isTerminal(),
    columns: stdoutIsTerminal ? windowColumns : ownColumns ?? Infinity,
    stderrColumns: windowColumns,
    rows: size?.rows ?? USUAL_ROWS,
  };
}

/** Standard error may be closed or full; there is nobody left to tell about that. */
export function writeError(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let offset = 0; offset < bytes.byteLength;) {
      offset += Deno.stderr.writeSync(bytes.subarray(offset));
    }
  } catch {
    return;
  }
}

function windowSize(): { columns: number; rows: number } | undefined {
  try {
    return Deno.consoleSize();
  } catch {
    // None of the standard streams is a terminal.
    return undefined;
  }
}

function positive(value: string | undefined): number | undefined {
  const number = Number(value ?? NaN);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
