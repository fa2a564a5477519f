import type { Millis } from "../core/kernel/time.ts";
import type { ReplayMark, ReplayWindows } from "../security/replay_windows.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** How old the marks on the disk are at most, in a formation of up to some hundred members. */
export const KEEP_EVERY_MS: Millis = 5_000;

/** Larger ones write more, and so less often: the wear of a disk is bounded too. */
const KEEP_EVERY_PER_SENDER_MS: Millis = 30;
const LONGEST_KEEP_EVERY_MS: Millis = 60_000;

export interface MarkStore {
  loadMarks(): readonly ReplayMark[];
  /** Replaces all marks. They are on the disk to stay when this returns, or it throws. */
  putMarks(marks: readonly ReplayMark[]): void;
}

export interface ReplayMarkKeeperOptions {
  readonly windows: ReplayWindows;
  readonly store: MarkStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps on the disk how far each sender has come, so that what was captured of one that is silent
 * now does not make it alive when this node starts again.
 *
 * A clean end keeps everything. A crash loses what came in the last `KEEP_EVERY_MS`: of a sender
 * that fell silent within them, datagrams of those seconds can be played once more. Whoever was
 * silent for longer stays silent.
 */
export class ReplayMarkKeeper {
  readonly #options: ReplayMarkKeeperOptions;
  #cancel: () => void = () => {};
  /** How many datagrams had been accepted when the marks were kept last. */
  #kept: number;
  #isFailing = false;

  constructor(options: ReplayMarkKeeperOptions) {
    this.#options = options;
    options.windows.restore(options.store.loadMarks());
    this.#kept = options.windows.accepted;
    this.#schedule();
  }

  /** Keeps what is not kept yet, and nothing more from then on. */
  close(): void {
    this.#cancel();
    this.#keep();
  }

  #schedule(): void {
    const { windows, clock } = this.#options;
    const wantedMs = Math.max(KEEP_EVERY_MS, windows.senders * KEEP_EVERY_PER_SENDER_MS);
    this.#cancel = clock.schedule(Math.min(wantedMs, LONGEST_KEEP_EVERY_MS), () => {
      this.#keep();
      this.#schedule();
    });
  }

  #keep(): void {
    const { windows, store, log } = this.#options;
    if (windows.accepted === this.#kept) return;
    try {
      store.putMarks(windows.marks());
      this.#kept = windows.accepted;
      this.#isFailing = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isFailing) log.warn("cannot keep what was heard already", { reason });
      this.#isFailing = true;
    }
  }
}
