import type { CloseCode } from "./close_code.ts";
import { noTransportCounts, type TransportEvent } from "./transport.ts";

/**
 * Tells events in their order, and counts them. What a call causes is told after the call has
 * returned, so that nobody is called back in the middle of their own work.
 */
export class EventTeller {
  readonly counts = noTransportCounts();
  readonly #onEvent: (event: TransportEvent) => void;
  #waiting: TransportEvent[] = [];
  #stopped = false;

  constructor(onEvent: (event: TransportEvent) => void) {
    this.#onEvent = onEvent;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  tell(event: TransportEvent): void {
    if (this.#stopped) return;
    this.#count(event);
    if (this.#waiting.push(event) === 1) queueMicrotask(() => this.#flush());
  }

  /** For what the network brings, which is never the middle of anybody's call. */
  tellNow(event: TransportEvent): void {
    if (this.#stopped) return;
    if (this.#waiting.length > 0) this.#flush();
    this.#call(event);
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  #flush(): void {
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) this.#call(event);
  }

  #call(event: TransportEvent): void {
    if (this.#stopped) return;
    try {
      this.#onEvent(event);
    } catch (error) {
      // The listener's own error must not pass for one of the network.
      reportError(error);
    }
  }

  #count(event: TransportEvent): void {
    switch (event.kind) {
      case "connected":
        this.counts.connected++;
        break;
      case "connectFailed":
        this.counts.connectFailed++;
        break;
      case "disconnected":
        this.counts.disconnected++;
        break;
      case "duplicateNode":
        this.counts.duplicateNodes++;
        break;
      case "refused":
        this.#countRefused(event.code);
    }
  }

  #countRefused(code: CloseCode): void {
    this.counts.refused[code] = (this.counts.refused[code] ?? 0) + 1;
  }
}
