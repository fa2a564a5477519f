import type { TransportEvent } from "../../../src/net/transport.ts";

type Kind = TransportEvent["kind"];
type EventOf<K extends Kind> = Extract<TransportEvent, { kind: K }>;

const PATIENCE_MS = 15_000;

/** What a transport told, and a way to wait for what it will. */
export class EventLog {
  readonly events: TransportEvent[] = [];
  readonly #checks = new Set<() => void>();
  /** Sees each event before those who wait for it. */
  onEvent: (event: TransportEvent) => void = () => {};

  readonly receive = (event: TransportEvent): void => {
    this.events.push(event);
    this.onEvent(event);
    for (const check of [...this.#checks]) check();
  };

  of<K extends Kind>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  /** The first event of the kind, or the one whose number is given, as soon as there is one. */
  async next<K extends Kind>(kind: K, number = 1): Promise<EventOf<K>> {
    await this.until(() => this.of(kind).length >= number, `${kind} number ${number}`);
    return this.of(kind)[number - 1]!;
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        const seen = this.events.slice(-10).map((event) => JSON.stringify(event));
        reject(new Error(`Cannot go on without ${what}: the last events are ${seen.join(", ")}`));
      }, PATIENCE_MS);
      this.#checks.add(check);
      check();
    });
  }
}
