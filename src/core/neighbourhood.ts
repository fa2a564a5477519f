import type { Beacon } from "./beacon/beacon.ts";
import { noticeOf } from "./discovery/hybrid_notice.ts";
import { relayNoticeOf } from "./discovery/relay_notice.ts";
import { saidAddress, type SourceEvent, type SourceName } from "./discovery/source.ts";
import { assert } from "./kernel/assert.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import { drain, type Machine } from "./kernel/machine.ts";
import type { Millis } from "./kernel/time.ts";
import type { NodeInput } from "./node_io.ts";
import type {
  NeighbourhoodInput,
  NeighbourhoodOptions,
  NeighbourhoodOutput,
} from "./neighbourhood_io.ts";
import { NeighbourhoodMachines } from "./neighbourhood_machines.ts";
import type { Notice } from "./notice.ts";
import type { Forwarded, RelayMessage } from "./peer_message.ts";

/** Where the remembered peers live on the disk. */
export const PEERS_KEY = "peers";

/**
 * Keeps track of peers: who is there, how far they are, who is connected. It owns the machines that
 * find that out, and hands on from one to another what each learns.
 */
export class Neighbourhood extends NeighbourhoodMachines
  implements Machine<NeighbourhoodInput, NeighbourhoodOutput> {
  readonly #nodeId: NodeId;
  readonly #emcon: boolean;
  readonly #relays: boolean;
  readonly #directs: boolean;
  #outputs: NeighbourhoodOutput[] = [];
  #taken = 0;

  constructor(options: NeighbourhoodOptions) {
    super(options);
    this.#nodeId = options.nodeId;
    this.#emcon = options.emcon;
    this.#relays = options.relays;
    this.#directs = options.sources.directed ?? true;
  }

  handle(now: Millis, input: NeighbourhoodInput): void {
    switch (input.kind) {
      case "datagram":
        return this.#receive(now, input);
      case "connected":
        this.#tell({ type: "peerConnected", nodeId: input.peer });
        this.#learn(now, "connection", { kind: "seen", nodeId: input.peer, addresses: [] });
        if (this.#relays) this.relay.handle(now, { kind: "connected", nodeId: input.peer });
        this.keeper.handle(now, { kind: "connected", nodeId: input.peer });
        return this.forwarder.handle(now, { kind: "connected", nodeId: input.peer });
      case "connectFailed":
        this.keeper.handle(now, { kind: "failed", nodeId: input.peer });
        return this.hybrid.handle(now, { kind: "failed", nodeId: input.peer });
      case "disconnected":
        this.#tell({ type: "peerDisconnected", nodeId: input.peer, reason: input.reason });
        this.#learn(now, "connection", { kind: "lost", nodeId: input.peer });
        this.relay.handle(now, { kind: "disconnected", nodeId: input.peer });
        this.forwarder.handle(now, { kind: "disconnected", nodeId: input.peer });
        return this.keeper.handle(now, { kind: "disconnected", nodeId: input.peer });
      case "message":
        return this.#take(now, input.peer, input.message);
      case "send":
        this.forwarder.handle(now, input);
        return this.#followForwarder();
      case "revoked":
        this.#putOut(now, input.peer);
        return this.#tell({ type: "peerRevoked", nodeId: input.peer });
      case "expired":
        this.#putOut(now, input.peer);
        return this.#tell({ type: "peerExpired", nodeId: input.peer });
      case "succeeded":
        return this.#disown(now, input.kind, input.peer);
      case "discovered":
        if (input.source === "directed" && !this.#directs) return;
        return this.#learn(now, input.source, input.event);
      case "moved":
        return this.sources.handle(now, input);
      case "contacts":
        return this.contacts.name(input.addresses);
      case "recall":
      case "saveFailed":
      case "stopping":
        this.memory.handle(now, input);
        return this.#followMemory(now);
      case "stalled":
        return this.observer.handle(now, input);
      case "due":
        return this.#judge(now);
      case "reachDue":
        return this.#reachOut(now);
    }
  }

  poll(): NeighbourhoodOutput | undefined {
    if (this.#taken < this.#outputs.length) return this.#outputs[this.#taken++];
    if (this.#taken > 0) {
      this.#outputs = [];
      this.#taken = 0;
    }
    return undefined;
  }

  #take(now: Millis, peer: NodeId, message: RelayMessage | Forwarded): void {
    if (message.kind === "forwarded") {
      this.forwarder.handle(now, { kind: "message", peer, message });
      return this.#followForwarder();
    }
    if (this.#relays) this.relay.handle(now, { kind: "message", peer, message });
  }

  #receive(now: Millis, { from, link, message }: Extract<NodeInput, { kind: "datagram" }>): void {
    switch (message.kind) {
      case "beacon": {
        const { beacon, direct } = message;
        this.observer.handle(now, { ...message, from });
        // What was refused is said to nobody else.
        if (this.observer.peer(beacon.nodeId)?.beacon !== beacon) return;
        this.#noteSaid(now, beacon, from);
        if (direct === true) return;
        const heard = { beacon, link, hops: 0, ageMs: 0, address: from };
        return this.repeater?.handle(now, { kind: "heard", ...heard });
      }
      case "pulse":
        return this.observer.handle(now, { ...message, from });
      case "repeated":
        if (this.#relays) this.relay.handle(now, { kind: "repeated", message });
        return this.repeater?.handle(now, { ...message, kind: "heard", link });
      case "ping":
        return this.prober.handle(now, { kind: "ping", from, nonce: message.nonce });
      case "pong":
        return this.#receivePong(now, message.from, message.nonce);
    }
  }

  #noteSaid(now: Millis, beacon: Beacon, from: Address): void {
    const { leaving, nodeId, advertisement } = beacon;
    if (advertisement.transient === true) return; // It soon leaves, and is nobody to be found.
    const address = saidAddress(from, advertisement);
    this.sources.handle(
      now,
      leaving ? { kind: "gone", nodeId } : { kind: "said", beacon, address },
    );
  }

  #followSources(now: Millis): void {
    for (const output of drain(this.sources)) {
      if (output.kind === "tell") this.#learn(now, output.source, output.event);
      else this.#tell(output.notice);
    }
  }

  #receivePong(now: Millis, nodeId: NodeId, nonce: number): void {
    const asker = this.confirmer.expects(nodeId, nonce) ? this.confirmer : this.prober;
    asker.handle(now, { kind: "pong", nodeId, nonce });
  }

  /** An answer that came in this step counts before anybody is given up in it. */
  #judge(now: Millis): void {
    const due = { kind: "due" } as const;
    this.#followProber(now);
    this.#followConfirmer(now);
    if (this.observer.deadline() <= now) this.observer.handle(now, due);
    this.#followObserver(now);
    if (this.confirmer.deadline() <= now) this.confirmer.handle(now, due);
    this.#followConfirmer(now);
    if (this.relay.deadline() <= now) this.relay.handle(now, due);
    this.#followRelay(now);
    if (this.memory.deadline() <= now) this.memory.handle(now, due);
    this.#followMemory(now);
    if (this.sources.deadline() <= now) this.sources.handle(now, due);
    this.#followSources(now);
    this.#followHybrid(now);
  }

  #reachOut(now: Millis): void {
    const due = { kind: "due" } as const;
    if (this.prober.deadline() <= now) this.prober.handle(now, due);
    this.#followProber(now);
    if (this.keeper.deadline() <= now) this.keeper.handle(now, due);
    this.#followKeeper();
    if (this.repeater !== undefined && this.repeater.deadline() <= now) {
      this.repeater.handle(now, due);
      this.#outputs.push(...drain(this.repeater));
    }
  }

  #followObserver(now: Millis): void {
    for (let output = this.observer.poll(); output; output = this.observer.poll()) {
      const { nodeId } = output;
      switch (output.kind) {
        case "heardDirectly":
          this.contacts.note(nodeId, output.address);
          this.#noteHeard(now, nodeId);
          break;
        case "heardThroughGroup":
          this.contacts.forget(nodeId); // D2
          this.#noteHeard(now, nodeId);
          break;
        case "found":
          this.#meet(now, nodeId, output.address);
          // Two that meet need not tell each other twice: who answered a beacon has heard it.
          if (!output.knows) this.#outputs.push({ kind: "newcomer", address: output.address });
          this.#tell({ type: "peerFound", nodeId, address: output.address });
          break;
        case "moved":
          this.#meet(now, nodeId, output.address);
          break;
        case "restarted":
          if (!output.knows) this.#outputs.push({ kind: "newcomer", address: output.address });
          this.#tell({ type: "peerRestarted", nodeId, boot: output.boot });
          break;
        case "changed":
          if (output.aspects.includes("streams")) this.#noteHeard(now, nodeId);
          this.#tell({ type: "peerChanged", nodeId, changed: output.aspects });
          break;
        case "suspect":
          this.#doubt(now, nodeId, output.withinMs);
          this.#outputs.push({ kind: "missed" });
          break;
        case "lost":
          this.#forget(now, nodeId);
          this.relay.handle(now, { kind: "unheard" });
          break;
        case "left":
          this.#forget(now, nodeId);
          this.#tell({ type: "peerLeft", nodeId });
          break;
      }
    }
  }

  #meet(now: Millis, nodeId: NodeId, address: Address): void {
    if (!this.#emcon) this.prober.handle(now, { kind: "peer", nodeId, address });
    this.relay.handle(now, { kind: "heard", nodeId });
    this.#noteHeard(now, nodeId);
  }

  /** By which way a peer is heard. The other way, if it was that before, has lost it. */
  #noteHeard(now: Millis, nodeId: NodeId): void {
    const peer = this.observer.peer(nodeId);
    if (peer === undefined || (peer.state !== "alive" && peer.state !== "suspect")) return;
    const [way, other] = peer.isDirect
      ? ["direct", "multicast"] as const
      : ["multicast", "direct"] as const;
    const addresses = [saidAddress(peer.address, peer.beacon.advertisement)];
    this.#learn(now, way, { kind: "seen", nodeId, addresses });
    this.#learn(now, other, { kind: "lost", nodeId });
    if (peer.beacon.advertisement.transient === true) return; // It will not be met again.
    this.memory.handle(now, { kind: "heard", nodeId, address: addresses[0]! });
  }

  #followMemory(now: Millis): void {
    for (let output = this.memory.poll(); output; output = this.memory.poll()) {
      if (output.kind === "tell") this.#learn(now, "remembered", output.event);
      else this.#outputs.push({ kind: "persist", key: PEERS_KEY, value: output.value });
    }
  }

  #learn(now: Millis, source: SourceName, event: SourceEvent): void {
    this.hybrid.handle(now, { kind: "source", source, event });
  }

  #doubt(now: Millis, nodeId: NodeId, withinMs: Millis): void {
    const peer = this.observer.peer(nodeId);
    assert(peer !== undefined, () => `Cannot doubt ${nodeId}: it is not in the table`);
    this.confirmer.handle(now, { kind: "doubt", nodeId, address: peer.address, withinMs });
  }

  /** The peer is no member any more. */
  #putOut(now: Millis, nodeId: NodeId): void {
    this.#disown(now, "putOut", nodeId);
    this.memory.handle(now, { kind: "banned", nodeId });
  }

  /** What was known of the peer was known of a device that is not the node of that name any more. */
  #disown(now: Millis, kind: "putOut" | "succeeded", nodeId: NodeId): void {
    this.observer.handle(now, { kind: "disowned", nodeId });
    this.relay.handle(now, { kind, nodeId });
    this.repeater?.handle(now, { kind: "disowned", nodeId });
    this.sources.handle(now, { kind: "gone", nodeId });
    this.#forget(now, nodeId);
  }

  #forget(now: Millis, nodeId: NodeId): void {
    this.confirmer.handle(now, { kind: "settled", nodeId });
    this.prober.handle(now, { kind: "gone", nodeId });
    this.keeper.handle(now, { kind: "gone", nodeId });
    this.forwarder.handle(now, { kind: "gone", nodeId });
    this.contacts.forget(nodeId);
    for (const source of ["multicast", "direct", "connection"] as const) {
      this.#learn(now, source, { kind: "lost", nodeId });
    }
  }

  #followHybrid(now: Millis): void {
    for (let output = this.hybrid.poll(); output; output = this.hybrid.poll()) {
      const { nodeId } = output;
      if (!this.#emcon) this.meeting.follow(now, nodeId);
      const peer = this.observer.peer(nodeId);
      const silentMs = peer?.state === "lost" ? now - peer.lastHeardAt : undefined;
      // Whoever tells of it may know whether it is still there.
      if (output.kind === "silent") this.#outputs.push({ kind: "doubt", peer: nodeId });
      const notice = noticeOf(output, silentMs);
      if (notice !== undefined) this.#tell(notice);
    }
  }

  #followConfirmer(now: Millis): void {
    for (let output = this.confirmer.poll(); output; output = this.confirmer.poll()) {
      if (output.kind === "answered") this.observer.handle(now, output);
      else this.#sendEcho(output.kind, output.to, output.nonce);
    }
  }

  #followProber(now: Millis): void {
    for (let output = this.prober.poll(); output; output = this.prober.poll()) {
      if (output.kind === "measured") {
        this.observer.handle(now, { kind: "answered", nodeId: output.nodeId });
      } else {
        this.#sendEcho(output.kind, output.to, output.nonce);
      }
    }
  }

  #followKeeper(): void {
    for (let output = this.keeper.poll(); output; output = this.keeper.poll()) {
      const { nodeId: peer } = output;
      if (output.kind === "dial") this.#outputs.push({ kind: "connect", peer, ...output.address });
      else this.#outputs.push({ kind: "disconnect", peer });
    }
  }

  #followForwarder(): void {
    this.#outputs.push(...drain(this.forwarder));
  }

  #followRelay(now: Millis): void {
    for (let output = this.relay.poll(); output; output = this.relay.poll()) {
      if (output.kind === "send") {
        if (!this.#emcon) this.#outputs.push({ ...output, priorityClass: "normal" }); // S1
      } else if (output.kind === "relayed") {
        const { nodeId, address, beacon: { advertisement } } = output.peer;
        const addresses = [saidAddress(address, advertisement)];
        this.#learn(now, "relay", { kind: "seen", nodeId, addresses });
      } else if (output.kind === "lost") {
        const { nodeId, via, why } = output;
        if (why === "heard") this.forwarder.handle(now, { kind: "heard", nodeId, via });
        this.#learn(now, "relay", { kind: "lost", nodeId });
        if (this.hybrid.acquaintance(nodeId) === "absent") {
          this.keeper.handle(now, { kind: "gone", nodeId });
        }
      }
      const notice = relayNoticeOf(output);
      if (notice !== undefined) this.#tell(notice);
    }
  }

  #sendEcho(kind: "ping" | "pong", to: Address, nonce: number): void {
    if (this.#emcon) return; // S1
    this.#outputs.push({ kind: "unicast", to, message: { kind, from: this.#nodeId, nonce } });
  }

  #tell(notice: Notice): void {
    this.#outputs.push({ kind: "notice", notice });
  }
}
