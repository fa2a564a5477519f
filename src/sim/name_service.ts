import { type Millis, SECOND } from "../core/kernel/time.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { SourceEvent } from "../core/discovery/source.ts";
import type { Host, Step } from "./host.ts";
import type { Stage } from "./stage.ts";

/** How soon a node is announced, how long a goodbye takes, and how long a doubt. */
const ANNOUNCED_MS: Millis = 1 * SECOND;
const GOODBYE_MS: Millis = 1 * SECOND;
const DOUBT_MS: Millis = 10 * SECOND;

/**
 * The name service of a network without multicast beacons. It tells of a node until that one says
 * goodbye, or until somebody doubts it and it does not answer. Faults of the network pass it by: it
 * may tell of whom nobody reaches, and that is what it is here for.
 */
export class NameService {
  readonly #stage: Stage;
  readonly #port: number | undefined;

  constructor(stage: Stage, port: number | undefined) {
    this.#stage = stage;
    this.#port = port;
  }

  follow({ host, input, outputs }: Step): void {
    if (input.kind === "start") this.#introduce(host);
    for (const output of outputs) {
      if (output.kind === "stopped") this.#takeLeave(host);
      if (output.kind === "doubt") this.#lookAgain(host, output.peer);
    }
  }

  #introduce(newcomer: Host): void {
    for (const host of this.#stage.hosts) {
      if (host === newcomer || host.node === undefined) continue;
      this.#tell(host, ANNOUNCED_MS, () => this.#seen(newcomer));
      this.#tell(newcomer, ANNOUNCED_MS, () => this.#seen(host));
    }
  }

  #takeLeave(leaver: Host): void {
    for (const host of this.#stage.hosts) {
      if (host === leaver) continue;
      // It may have come again meanwhile, and was announced again then.
      this.#tell(host, GOODBYE_MS, () => leaver.node === undefined ? lost(leaver) : undefined);
    }
  }

  /** Who does not answer is lost, and found again when it answers after all. */
  #lookAgain(asker: Host, peer: string, wasLost = false): void {
    const doubted = this.#stage.hosts[this.#stage.indexOf(peer)]!;
    this.#tell(asker, DOUBT_MS, () => {
      if (doubted.state === "up") return wasLost ? this.#seen(doubted) : undefined;
      if (doubted.state === "paused") this.#lookAgain(asker, peer, true);
      return lost(doubted); // One that is down is announced when it starts.
    });
  }

  #tell(host: Host, delayMs: Millis, what: () => SourceEvent | undefined): void {
    const { life } = host;
    this.#stage.schedule(this.#stage.now + delayMs, (at) => {
      const event = what();
      if (event === undefined) return;
      const input: NodeInput = { kind: "discovered", source: "mdns", event };
      host.tell(at, life, input);
    });
  }

  #seen({ name }: Host): SourceEvent {
    return { kind: "seen", nodeId: name, addresses: [{ from: name, port: this.#port }] };
  }
}

function lost({ name }: Host): SourceEvent {
  return { kind: "lost", nodeId: name };
}
