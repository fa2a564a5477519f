import { ExitCode } from "./exit_code.ts";

const SIGNALS = [["SIGINT", ExitCode.interrupted], ["SIGTERM", ExitCode.terminated]] as const;

/**
 * Turns SIGINT and SIGTERM into an abort and an exit code. A command that stops cleanly gets the
 * abort and time to act on it; a second signal, or a command that does not, ends the process.
 */
export class Signals implements Disposable {
  readonly #abort = new AbortController();
  readonly #handlers: (readonly [Deno.Signal, () => void])[];
  #exitCode: ExitCode | undefined;

  /** `endNow` ends the process, after it has put everything in order. */
  constructor(endNow: (exitCode: ExitCode) => void, stopsCleanly: boolean) {
    this.#handlers = SIGNALS.map(([signal, exitCode]) => [signal, () => {
      const isFirst = this.#exitCode === undefined;
      this.#exitCode ??= exitCode;
      this.#abort.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
      if (!stopsCleanly || !isFirst) endNow(this.#exitCode);
    }]);
    for (const [signal, handler] of this.#handlers) Deno.addSignalListener(signal, handler);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** 130 or 143 once a signal came. */
  get exitCode(): ExitCode | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }
}
