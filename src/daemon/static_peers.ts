import type { PeerAddress } from "../core/discovery/source.ts";
import { Backoff } from "../core/kernel/backoff.ts";
import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { Random } from "../core/kernel/random.ts";
import { MINUTE, SECOND } from "../core/kernel/time.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { NamedPeer } from "./peers_file.ts";

/** How soon a name is looked up again that led nowhere, and whose peer is not heard. */
const LOOK_AGAIN = { firstMs: 5 * SECOND, longestMs: 5 * MINUTE, jitter: 0.2 } as const;

export interface StaticPeersOptions {
  readonly peers: readonly NamedPeer[];
  /** Addresses that were given otherwise, and are contacts as well. */
  readonly contacts: readonly Address[];
  /** Where a peer takes streams whose address names the port for beacons alone. */
  readonly port: number;
  readonly resolve: (text: string) => Promise<Address>;
  /** Whether a peer is heard now, so that its names need no second look. */
  readonly isHeard: (nodeId: NodeId) => boolean;
  readonly hand: (input: NodeInput) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * What an operator wrote down, as a source: it never loses a peer. A host may have moved, so as long
 * as its peer is not heard its name is looked up again and again, ever more rarely.
 */
export class StaticPeers {
  readonly #options: StaticPeersOptions;
  readonly #resolved = new Map<string, Address>();
  readonly #backoff: Backoff;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(options: StaticPeersOptions) {
    this.#options = options;
    this.#backoff = new Backoff(LOOK_AGAIN, options.random);
  }

  async start(): Promise<void> {
    await this.#look(this.#options.peers);
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  async #look(peers: readonly NamedPeer[]): Promise<void> {
    const texts = new Set(peers.flatMap(({ addresses }) => addresses));
    const changed = await Promise.all([...texts].map((text) => this.#resolve(text)));
    if (this.#closed) return;
    if (changed.includes(true)) this.#tell();
    const delayMs = this.#backoff.next();
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    const { peers, isHeard } = this.#options;
    await this.#look(peers.filter(({ nodeId }) => nodeId === undefined || !isHeard(nodeId)));
  }

  /** Answers whether the name leads elsewhere than before. What it led to once stays until then. */
  async #resolve(text: string): Promise<boolean> {
    try {
      const address = await this.#options.resolve(text);
      const isNew = this.#resolved.get(text) !== address;
      this.#resolved.set(text, address);
      return isNew;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn("cannot find a peer's address now", { address: text, reason });
      return false;
    }
  }

  #tell(): void {
    const { peers, contacts, port, hand } = this.#options;
    const named: Address[] = [...contacts];
    for (const { nodeId, addresses } of peers) {
      const found = addresses.flatMap((text) => this.#resolved.get(text) ?? []);
      if (nodeId === undefined) {
        named.push(...found);
        continue;
      }
      const known: PeerAddress[] = found.map((from) => ({ from, port }));
      hand({
        kind: "discovered",
        source: "static",
        event: { kind: "seen", nodeId, addresses: known },
      });
    }
    hand({ kind: "contacts", addresses: named });
  }
}
