import type { Millis } from "../../core/kernel/time.ts";
import { Timer } from "./timer.ts";

/** Less than this is not worth telling; it is less than the smallest window. */
const WORTH_TELLING_BYTES = 4 << 10;

/** Where bulk is fast, a receipt for every read would cost both sides more than the reads. */
const AT_ONCE_BYTES = 128 << 10;

/** Where it is slow, this is how long a receipt waits for more. It is short beside the round trip. */
const SOON_MS: Millis = 1;

/**
 * Tells the sender of bulk how much of it was read, so that more may be on its way: at once when it
 * is much, and soon when it is little, since a sender whose window is full sends nothing more.
 */
export class BulkReceipts {
  readonly #tell: (totalBytes: number) => void;
  readonly #timer = new Timer();
  #readBytes = 0;
  #toldBytes = 0;

  constructor(tell: (totalBytes: number) => void) {
    this.#tell = tell;
  }

  read(totalBytes: number): void {
    this.#readBytes = totalBytes;
    const untoldBytes = totalBytes - this.#toldBytes;
    if (untoldBytes >= AT_ONCE_BYTES) this.#tellAll();
    else if (untoldBytes >= WORTH_TELLING_BYTES) this.#timer.start(SOON_MS, () => this.#tellAll());
  }

  stop(): void {
    this.#timer.stop();
  }

  #tellAll(): void {
    this.#timer.stop();
    this.#toldBytes = this.#readBytes;
    this.#tell(this.#readBytes);
  }
}
