import { printable } from "./printable.ts";
import { clipped } from "./text_width.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;

export interface ProgressOptions {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly write: (text: string) => void;
}

/**
 * One line about what is going on, with a spinner, on a terminal's standard error. Elsewhere it
 * says nothing, so that a log of a script holds only what matters.
 */
export class Progress {
  readonly #options: ProgressOptions;
  #message = "";
  #frame = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Begins the line, or changes what it says. */
  show(message: string): void {
    if (!this.#options.isTerminal) return;
    this.#message = printable(message);
    this.#timer ??= setInterval(() => this.#paint(), FRAME_MS);
    this.#paint();
  }

  /** A share that is done, from 0 to 1, as a bar behind the message. */
  showShare(message: string, share: number): void {
    this.show(`${message} ${bar(share, 20)} ${Math.floor(share * 100)}%`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#options.write("\r\x1b[K");
  }

  #paint(): void {
    const frame = FRAMES[this.#frame++ % FRAMES.length];
    this.#options.write(
      `\r\x1b[K${clipped(`${frame} ${this.#message}`, this.#options.columns - 1)}`,
    );
  }
}

/** A bar of `width` cells, filled by `share`. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
