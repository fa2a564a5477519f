import type { Advertisement } from "./beacon/beacon.ts";
import { Broadcaster } from "./beacon/broadcaster.ts";
import { Confirmer } from "./beacon/confirmer.ts";
import { Observer, type Peer, PEER_LIMIT } from "./beacon/observer.ts";
import { Keeper } from "./connection/keeper.ts";
import { Contacts } from "./discovery/contacts.ts";
import { assert } from "./kernel/assert.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { Machine } from "./kernel/machine.ts";
import type { Random } from "./kernel/random.ts";
import { type Millis, NEVER, SECOND } from "./kernel/time.ts";
import type { Datagram } from "./messages.ts";
import type { NodeInput, NodeOutput, Notice, Stored } from "./node_io.ts";
import type { Timing } from "./profile.ts";
import { Prober } from "./rtt/prober.ts";

/** Where the boot number lives on the disk. */
const BOOT_KEY = "boot";

/** A wake-up later than this means that the node slept, not that the timer was a little late. */
const STALL_MS: Millis = 1 * SECOND;

export interface NodeOptions {
  readonly nodeId: NodeId;
  readonly timing: Timing;
  readonly advertisement: Advertisement;
  /** Where others hear beacons that the group does not bring them. */
  readonly contacts?: readonly Address[];
  readonly random: Random;
}

export type NodeState = "starting" | "running" | "stopping" | "stopped";

/**
 * One node: owns the machines, hands inputs to them and collects what they want. The daemon gives
 * it a real clock, sockets and disk; the simulator gives it virtual ones. Neither knows a protocol.
 */
export class Node implements Machine<NodeInput, NodeOutput> {
  readonly nodeId: NodeId;
  readonly #broadcaster: Broadcaster;
  readonly #observer: Observer;
  readonly #confirmer: Confirmer;
  readonly #prober: Prober;
  readonly #keeper: Keeper;
  readonly #contacts: Contacts;
  #outputs: NodeOutput[] = [];
  #taken = 0;
  #state: NodeState = "starting";
  #wakeAt: Millis = NEVER;
  #stalls = 0;

  constructor(options: NodeOptions) {
    const { nodeId, timing, advertisement, contacts = [], random } = options;
    this.nodeId = nodeId;
    this.#broadcaster = new Broadcaster({
      nodeId,
      timing,
      advertisement,
      random: random.split("broadcaster"),
    });
    this.#observer = new Observer(nodeId);
    this.#confirmer = new Confirmer(random.split("confirmer"));
    this.#contacts = new Contacts(contacts);
    this.#keeper = new Keeper(nodeId, random.split("keeper"));
    this.#prober = new Prober({
      roundMs: timing.probeRoundMs,
      peerLimit: PEER_LIMIT,
      random: random.split("prober"),
    });
  }

  handle(now: Millis, input: NodeInput): void {
    if (this.#state === "stopped") return;
    assert(
      input.kind === "start" || this.#state !== "starting",
      () => `Cannot hand ${input.kind} to ${this.nodeId}: it has not started`,
    );
    this.#noticeStall(now);
    this.#dispatch(now, input);
    this.#evaluate(now);
    this.#wakeAt = this.#nextDeadline();
  }

  poll(): NodeOutput | undefined {
    if (this.#taken < this.#outputs.length) return this.#outputs[this.#taken++];
    if (this.#taken > 0) {
      this.#outputs = [];
      this.#taken = 0;
    }
    return undefined;
  }

  deadline(): Millis {
    return this.#wakeAt;
  }

  get state(): NodeState {
    return this.#state;
  }

  get broadcaster(): Broadcaster {
    return this.#broadcaster;
  }

  get observer(): Observer {
    return this.#observer;
  }

  get confirmer(): Confirmer {
    return this.#confirmer;
  }

  get prober(): Prober {
    return this.#prober;
  }

  get contacts(): Contacts {
    return this.#contacts;
  }

  get keeper(): Keeper {
    return this.#keeper;
  }

  get stalls(): number {
    return this.#stalls;
  }

  peers(): IterableIterator<Peer> {
    return this.#observer.peers();
  }

  #dispatch(now: Millis, input: NodeInput): void {
    switch (input.kind) {
      case "start":
        this.#state = "running";
        return this.#broadcaster.handle(now, { kind: "start", boot: nextBoot(input) });
      case "datagram":
        this.#receive(now, input.from, input.message);
        return this.#noteContact(now, input);
      case "persisted":
        if (input.key !== BOOT_KEY) return;
        return this.#broadcaster.handle(now, { kind: "persisted" });
      case "persistFailed":
        this.#tell({ type: "persistFailed", key: input.key, reason: input.reason });
        if (input.key !== BOOT_KEY) return;
        return this.#broadcaster.handle(now, { kind: "persistFailed" });
      case "connected":
        this.#tell({ type: "peerConnected", nodeId: input.peer });
        return this.#keeper.handle(now, { kind: "connected", nodeId: input.peer });
      case "connectFailed":
        return this.#keeper.handle(now, { kind: "failed", nodeId: input.peer });
      case "disconnected":
        this.#tell({ type: "peerDisconnected", nodeId: input.peer, reason: input.reason });
        return this.#keeper.handle(now, { kind: "disconnected", nodeId: input.peer });
      case "wake":
        return;
      case "stop":
        this.#state = "stopping";
        return this.#broadcaster.handle(now, { kind: "stop" });
    }
  }

  #receive(now: Millis, from: Address, message: Datagram): void {
    switch (message.kind) {
      case "beacon":
        return this.#observer.handle(now, { kind: "beacon", from, beacon: message.beacon });
      case "pulse":
        return this.#observer.handle(now, { kind: "pulse", from, pulse: message.pulse });
      case "ping":
        return this.#prober.handle(now, { kind: "ping", from, nonce: message.nonce });
      case "pong":
        return this.#receivePong(now, message.from, message.nonce);
    }
  }

  /** Whoever was just heard directly is answered directly, if the observer believed it (D3). */
  #noteContact(now: Millis, { from, message }: Extract<NodeInput, { kind: "datagram" }>): void {
    if (message.kind !== "beacon" && message.kind !== "pulse") return;
    const { nodeId } = message.kind === "beacon" ? message.beacon : message.pulse;
    const peer = this.#observer.peer(nodeId);
    if (peer?.address !== from || peer.lastHeardAt !== now) return;
    this.#contacts.note(nodeId, from, message.direct === true);
  }

  #receivePong(now: Millis, nodeId: NodeId, nonce: number): void {
    const asker = this.#confirmer.expects(nodeId, nonce) ? this.#confirmer : this.#prober;
    asker.handle(now, { kind: "pong", nodeId, nonce });
  }

  /**
   * Runs what is due and turns what the machines want into what the node wants. An answer that came
   * in this step counts before anybody is given up in it.
   */
  #evaluate(now: Millis): void {
    const due = { kind: "due" } as const;
    this.#followProber(now);
    this.#followConfirmer(now);
    if (this.#observer.deadline() <= now) this.#observer.handle(now, due);
    this.#followObserver(now);
    if (this.#confirmer.deadline() <= now) this.#confirmer.handle(now, due);
    this.#followConfirmer(now);
    this.#speak(now);
    if (this.#prober.deadline() <= now) this.#prober.handle(now, due);
    this.#followProber(now);
    if (this.#keeper.deadline() <= now) this.#keeper.handle(now, due);
    this.#followKeeper();
    if (this.#state === "stopping") {
      this.#state = "stopped";
      this.#outputs.push({ kind: "stopped" });
    }
  }

  #speak(now: Millis): void {
    this.#broadcaster.crowd = this.#observer.present;
    if (this.#broadcaster.deadline() <= now) {
      this.#broadcaster.handle(now, { kind: "due" });
      this.#broadcaster.handle(now, { kind: "pulseDue" });
    }
    this.#followBroadcaster();
  }

  #nextDeadline(): Millis {
    if (this.#state === "stopped") return NEVER;
    return Math.min(
      this.#broadcaster.deadline(),
      this.#observer.deadline(),
      this.#confirmer.deadline(),
      this.#keeper.deadline(),
      this.#prober.deadline(),
    );
  }

  #followObserver(now: Millis): void {
    for (let output = this.#observer.poll(); output; output = this.#observer.poll()) {
      const { nodeId } = output;
      switch (output.kind) {
        case "found":
          this.#reach(now, nodeId, output.address);
          this.#broadcaster.handle(now, { kind: "newcomer" });
          this.#tell({ type: "peerFound", nodeId, address: output.address });
          break;
        case "moved":
          this.#reach(now, nodeId, output.address);
          break;
        case "restarted":
          this.#broadcaster.handle(now, { kind: "newcomer" });
          this.#tell({ type: "peerRestarted", nodeId, boot: output.boot });
          break;
        case "suspect":
          this.#doubt(now, nodeId, output.withinMs);
          break;
        case "lost":
          this.#forget(now, nodeId);
          this.#tell({ type: "peerLost", nodeId, silentMs: output.silentMs });
          break;
        case "left":
          this.#forget(now, nodeId);
          this.#tell({ type: "peerLeft", nodeId });
          break;
      }
    }
  }

  #reach(now: Millis, nodeId: NodeId, address: Address): void {
    this.#prober.handle(now, { kind: "peer", nodeId, address });
    const port = this.#observer.peer(nodeId)?.beacon.advertisement.port;
    if (port === undefined) return; // It takes no streams.
    this.#keeper.handle(now, { kind: "present", nodeId, address: { from: address, port } });
  }

  #doubt(now: Millis, nodeId: NodeId, withinMs: Millis): void {
    const peer = this.#observer.peer(nodeId);
    assert(peer !== undefined, () => `Cannot doubt ${nodeId}: it is not in the table`);
    this.#confirmer.handle(now, { kind: "doubt", nodeId, address: peer.address, withinMs });
  }

  #forget(now: Millis, nodeId: NodeId): void {
    this.#confirmer.handle(now, { kind: "settled", nodeId });
    this.#prober.handle(now, { kind: "gone", nodeId });
    this.#keeper.handle(now, { kind: "gone", nodeId });
    this.#contacts.forget(nodeId);
  }

  #followBroadcaster(): void {
    for (let output = this.#broadcaster.poll(); output; output = this.#broadcaster.poll()) {
      if (output.kind === "claimBoot") {
        this.#outputs.push({ kind: "persist", key: BOOT_KEY, value: output.boot });
      } else {
        this.#outputs.push({ kind: "multicast", message: output });
        for (const to of this.#contacts.addresses()) {
          this.#outputs.push({ kind: "unicast", to, message: { ...output, direct: true } });
        }
      }
    }
  }

  #followConfirmer(now: Millis): void {
    for (let output = this.#confirmer.poll(); output; output = this.#confirmer.poll()) {
      if (output.kind === "answered") this.#observer.handle(now, output);
      else this.#sendEcho(output.kind, output.to, output.nonce);
    }
  }

  #followProber(now: Millis): void {
    for (let output = this.#prober.poll(); output; output = this.#prober.poll()) {
      if (output.kind === "measured") {
        this.#observer.handle(now, { kind: "answered", nodeId: output.nodeId });
      } else {
        this.#sendEcho(output.kind, output.to, output.nonce);
      }
    }
  }

  #followKeeper(): void {
    for (let output = this.#keeper.poll(); output; output = this.#keeper.poll()) {
      const { nodeId: peer } = output;
      if (output.kind === "dial") this.#outputs.push({ kind: "connect", peer, ...output.address });
      else this.#outputs.push({ kind: "disconnect", peer });
    }
  }

  #sendEcho(kind: "ping" | "pong", to: Address, nonce: number): void {
    this.#outputs.push({ kind: "unicast", to, message: { kind, from: this.nodeId, nonce } });
  }

  /**
   * A process that was paused or starved could hear nobody meanwhile. It says so and gives its
   * peers that time back, instead of taking its own sleep for their silence (B6).
   */
  #noticeStall(now: Millis): void {
    const stalledMs = now - this.#wakeAt;
    if (stalledMs < STALL_MS) return;
    this.#stalls++;
    this.#observer.handle(now, { kind: "stalled", stalledMs });
    this.#tell({ type: "stalled", stalledMs });
  }

  #tell(notice: Notice): void {
    this.#outputs.push({ kind: "notice", notice });
  }
}

/** A number above every one that this node used before, or the driver's if it never ran. */
function nextBoot(start: { stored: Stored; firstBoot: number }): number {
  const stored = start.stored[BOOT_KEY];
  return typeof stored === "number" ? stored + 1 : start.firstBoot;
}
