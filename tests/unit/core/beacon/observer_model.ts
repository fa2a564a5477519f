import type { Beacon } from "../../../../src/core/beacon/beacon.ts";
import type { PeerState } from "../../../../src/core/beacon/observer.ts";
import { FORGET_AFTER_MS } from "../../../../src/core/profile.ts";

export interface ModelPeer {
  state: PeerState;
  address: string;
  boot: number;
  sequence: number;
  heardAt: number;
  expiresAt: number;
}

/** What an observer's table must be, by the words of SPEC.md and with no thought for speed. */
export class ObserverModel {
  readonly peers = new Map<string, ModelPeer>();
  readonly outputs: string[] = [];
  readonly counts = {
    accepted: 0,
    duplicate: 0,
    replayed: 0,
    own: 0,
    unknown: 0,
    full: 0,
    evicted: 0,
  };

  constructor(readonly self: string, readonly limit: number) {}

  hear(now: number, address: string, beacon: Beacon): void {
    const { nodeId, boot, sequence, leaving, ttlMs } = beacon;
    if (nodeId === this.self) return void this.counts.own++;
    const peer = this.peers.get(nodeId);
    if (peer === undefined && leaving) return;
    if (peer === undefined && !this.#makeRoom()) return void this.counts.full++;
    if (boot === peer?.boot && sequence === peer.sequence) return void this.counts.duplicate++;
    const isOld = peer !== undefined &&
      (boot < peer.boot || (boot === peer.boot && sequence < peer.sequence));
    if (isOld) return void this.counts.replayed++;
    this.counts.accepted++;
    const state = leaving ? "left" : "alive";
    const expiresAt = now + (leaving ? FORGET_AFTER_MS : ttlMs);
    this.peers.set(nodeId, { state, address, boot, sequence, heardAt: now, expiresAt });
    const wasAlive = peer?.state === "alive";
    const hadLeft = peer === undefined || peer.state === "left";
    if (leaving && !hadLeft) this.outputs.push(`left ${nodeId}`);
    if (!leaving && !wasAlive) this.outputs.push(`found ${nodeId} ${address}`);
    if (!leaving && wasAlive) {
      if (boot > peer.boot) this.outputs.push(`restarted ${nodeId} ${boot}`);
      if (address !== peer.address) this.outputs.push(`moved ${nodeId} ${address}`);
    }
  }

  stall(stalledMs: number): void {
    for (const peer of this.peers.values()) {
      if (peer.state === "alive") peer.expiresAt += stalledMs;
    }
  }

  pass(now: number): void {
    for (const [nodeId, peer] of this.peers) {
      if (peer.expiresAt > now) continue;
      if (peer.state === "alive") {
        this.outputs.push(`lost ${nodeId} ${now - peer.heardAt}`);
        peer.state = "lost";
        peer.expiresAt = now + FORGET_AFTER_MS;
      } else {
        this.peers.delete(nodeId);
      }
    }
  }

  #makeRoom(): boolean {
    if (this.peers.size < this.limit) return true;
    const gone = [...this.peers].filter(([, peer]) => peer.state !== "alive");
    if (gone.length === 0) return false;
    const longest = gone.reduce((one, other) => other[1].heardAt < one[1].heardAt ? other : one);
    this.counts.evicted++;
    return this.peers.delete(longest[0]);
  }
}
