import type { NodeId } from "../core/kernel/ids.ts";
import { Random } from "../core/kernel/random.ts";
import type { Originals } from "../wire/peer_message.ts";
import type { Host } from "./host.ts";
import type { Stage } from "./stage.ts";

/** Nothing is encrypted in the simulator, so there is one group key and never another. */
const EPOCH = 1;

/**
 * The edge of a host where the formation's word about members comes in: it judges the word, keeps
 * it, acts on it, and tells the node what it holds. A signed revocation is the device id alone here,
 * and it is genuine if the device was revoked.
 */
export class Trust {
  readonly #stage: Stage;
  readonly #hangUp: (host: Host, peerHost: Host) => void;

  /** `hangUp` ends what connects a host with a node that the formation put out. */
  constructor(stage: Stage, hangUp: (host: Host, peerHost: Host) => void) {
    this.#stage = stage;
    this.#hangUp = hangUp;
  }

  /** The host hears that the other was put out. */
  learn(host: Host, other: number): void {
    const { standings, hosts } = this.#stage;
    // A node that hears of its own revocation ends; here it goes on, and others are to be proof to it.
    if (host.index === other || standings.isStranger(host.index)) return;
    if (!standings.learnRevoked(host.index, other)) return;
    const peerHost = hosts[other]!;
    this.#hangUp(host, peerHost);
    this.#stage.tell(host, { kind: "revoked", peer: peerHost.name });
    this.tell(host);
  }

  /** Tells the node that runs on the host what it holds. */
  tell(host: Host): void {
    const { standings } = this.#stage;
    // Who is in another formation has nothing from this one.
    const isStranger = standings.isStranger(host.index);
    const deviceIds = isStranger ? [] : standings.knownRevoked(host.index).map(deviceIdOf);
    const held = { deviceIds, digest: digestOf(deviceIds), epoch: EPOCH };
    this.#stage.tell(host, { kind: "trust", ...held });
  }

  statementsOf(host: Host): Originals["statements"] {
    return {
      revocationOf: (deviceId) => Uint8Array.fromHex(deviceId),
      groupKeysAfter: () => [],
      takeRevocations: (entries: readonly Uint8Array[], _from: NodeId) => {
        for (const entry of entries) this.learn(host, hostOf(entry));
      },
      takeGroupKeys: () => {},
    };
  }
}

function deviceIdOf(host: number): string {
  return host.toString(16).padStart(32, "0");
}

function hostOf(entry: Uint8Array): number {
  return Number.parseInt(entry.toHex(), 16);
}

function digestOf(deviceIds: readonly string[]): string {
  const random = new Random(deviceIds.join());
  return Array.from({ length: 8 }, () => random.uint32().toString(16).padStart(8, "0")).join("");
}
