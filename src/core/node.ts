import { Abilities } from "./abilities.ts";
import { Around } from "./around.ts";
import { Assignments, isAssignmentKey } from "./assignment/assignments.ts";
import { BOOT_KEY, nextBoot } from "./beacon/boot.ts";
import type { Broadcaster } from "./beacon/broadcaster.ts";
import { Affiliation } from "./cell/affiliation.ts";
import { knownPeers, ledCell, placesAround, viewPeer } from "./cell/peer_view.ts";
import { assert } from "./kernel/assert.ts";
import type { NodeId } from "./kernel/ids.ts";
import type { Machine } from "./kernel/machine.ts";
import { type Millis, NEVER, SECOND } from "./kernel/time.ts";
import { Neighbourhood, PEERS_KEY } from "./neighbourhood.ts";
import type { PeerMessage } from "./peer_message.ts";
import type { NodeOptions } from "./node_options.ts";
import type { NodeInput, NodeOutput, Notice, Stored } from "./node_io.ts";
import { Spreader } from "./trust/spreader.ts";
import { Contest } from "./rivalry/contest.ts";
import { Voice } from "./voice.ts";

/** A timer is late by a few milliseconds anywhere; more is for whoever counts on timers to know. */
const LATE_MS: Millis = 20;

/** A wake-up later than this means that the node slept, not that the timer was a little late. */
const STALL_MS: Millis = 1 * SECOND;

export type NodeState = "starting" | "running" | "stopping" | "stopped";

/**
 * One node: owns the machines, hands inputs to them and collects what they want. The daemon gives
 * it a real clock, sockets and disk; the simulator gives it virtual ones. Neither knows a protocol.
 */
export class Node extends Around implements Machine<NodeInput, NodeOutput> {
  readonly nodeId: NodeId;
  readonly emcon: boolean;
  readonly #voice: Voice;
  readonly #neighbourhood: Neighbourhood;
  readonly #contest: Contest;
  readonly #spreader: Spreader;
  readonly #affiliation: Affiliation;
  readonly #assignments: Assignments;
  readonly #abilities: Abilities;
  #outputs: NodeOutput[] = [];
  #taken = 0;
  #state: NodeState = "starting";
  #wakeAt: Millis = NEVER;
  #stalls = 0;

  constructor(options: NodeOptions) {
    const { nodeId, timing, advertisement, contacts = [], emcon = false, random } = options;
    const { relays = true } = options;
    const neighbourhood = new Neighbourhood({
      nodeId,
      timing,
      contacts,
      emcon,
      relays,
      random,
    });
    super(neighbourhood);
    this.nodeId = nodeId;
    this.emcon = emcon;
    this.#voice = new Voice(options, random.split("broadcaster"));
    this.#contest = new Contest(nodeId, random.split("rivalry"));
    this.#affiliation = new Affiliation({
      self: nodeId,
      timing,
      settings: options.cell ?? {},
      capabilities: advertisement.capabilities,
      random: random.split("cell"),
      known: () => knownPeers(this.#neighbourhood),
      look: (peer) => viewPeer(this.#neighbourhood, peer),
      places: () => placesAround(nodeId, this.broadcaster.advertisement, this.observer),
    });
    this.#neighbourhood = neighbourhood;
    this.#spreader = new Spreader(random.split("spreader"));
    this.#assignments = new Assignments({
      self: nodeId,
      isCellless: () => this.#isCellless,
      cell: () => ledCell(this.#affiliation),
      isConnected: (peer) => this.keeper.state(peer) === "connected",
      isReachable: (peer) => this.forwarder.reaches(peer),
      random: random.split("assignments"),
    });
    this.#abilities = new Abilities({
      nodeId,
      random,
      voice: this.#voice,
      neighbourhood: this.#neighbourhood,
      affiliation: this.#affiliation,
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
    if (!this.#isRoutine(now, input)) this.#evaluate(now);
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
    return this.#voice.broadcaster;
  }

  get spreader(): Spreader {
    return this.#spreader;
  }

  get affiliation(): Affiliation {
    return this.#affiliation;
  }

  get assignments(): Assignments {
    return this.#assignments;
  }

  /** What this node and others can do. */
  get abilities(): Abilities {
    return this.#abilities;
  }

  get stalls(): number {
    return this.#stalls;
  }

  #dispatch(now: Millis, input: NodeInput): void {
    switch (input.kind) {
      case "start":
        this.#state = "running";
        this.#neighbourhood.handle(now, { kind: "recall", value: input.stored[PEERS_KEY] });
        this.#assignments.handle(now, { kind: "recall", stored: input.stored });
        this.#abilities.recall(now, input.stored);
        this.#recall(now, input.stored);
        return this.broadcaster.handle(now, { kind: "start", boot: nextBoot(input) });
      case "persisted":
        if (isAssignmentKey(input.key)) return this.#assignments.handle(now, input);
        if (this.#abilities.persisted(now, input.key)) return;
        if (input.key !== BOOT_KEY) return this.#affiliation.handle(now, input);
        this.broadcaster.handle(now, { kind: "persisted" });
        return this.#join(now);
      case "persistFailed":
        this.#tell({ type: "persistFailed", key: input.key, reason: input.reason });
        if (this.#abilities.persistFailed(input.key, input.reason)) return;
        if (input.key === PEERS_KEY) {
          return this.#neighbourhood.handle(now, { kind: "saveFailed" });
        }
        if (isAssignmentKey(input.key)) return this.#assignments.handle(now, input);
        if (input.key !== BOOT_KEY) return this.#affiliation.handle(now, input);
        return this.broadcaster.handle(now, { kind: "persistFailed" });
      case "rival":
        return this.#meetRival(now, input);
      case "datagram":
        this.#contest.note(now, input, this.broadcaster);
        return this.#neighbourhood.handle(now, input);
      case "trust":
        return this.#spreader.handle(now, { ...input, kind: "held" });
      case "connected":
      case "disconnected":
        this.#spreader.handle(now, { kind: input.kind, nodeId: input.peer });
        if (input.kind === "disconnected") this.#abilities.disconnected(now, input.peer);
        return this.#neighbourhood.handle(now, input);
      case "connectFailed":
      case "revoked":
      case "expired":
      case "succeeded":
      case "discovered":
      case "contacts":
        return this.#neighbourhood.handle(now, input);
      case "message":
        return this.#receive(now, input.peer, input.message);
      case "cellOrder":
        return this.#affiliation.handle(now, { ...input, kind: "order" });
      case "assign":
        return this.#assignments.handle(now, { ...input, kind: "issue" });
      case "stepDown":
        return this.#affiliation.handle(now, input);
      case "relocated":
        return this.#voice.advertise(now, { position: input.position });
      case "resources":
        this.broadcaster.resources = input.resources;
        return this.#affiliation.handle(now, input);
      case "changeCapability":
        return this.#abilities.change(input.requestId, input.change);
      case "ask":
        return this.#abilities.ask(now, input.requestId, input.about, input.withinMs);
      case "wake":
        return;
      case "stop":
        this.#state = "stopping";
        this.#neighbourhood.handle(now, { kind: "stopping" });
        this.#affiliation.handle(now, { kind: "stop" });
        return this.broadcaster.handle(now, { kind: "stop" });
    }
  }

  #receive(now: Millis, peer: NodeId, message: PeerMessage): void {
    switch (message.kind) {
      case "cell":
        return this.#affiliation.handle(now, { ...message, kind: "message", from: peer });
      case "assignment":
        return this.#assignments.handle(now, { ...message, kind: "message", from: peer });
      case "trust":
        return this.#spreader.handle(now, { ...message, kind: "message", peer });
      case "capability":
        return this.#abilities.receive(now, peer, message.message);
      case "forwarded":
      case "peersWanted":
      case "introduction":
        return this.#neighbourhood.handle(now, { kind: "message", peer, message });
    }
  }

  /** Most of what comes says only that somebody is still there: nothing follows from it. */
  #isRoutine(now: Millis, input: NodeInput): boolean {
    if (input.kind !== "datagram" || !this.observer.isSettledBy(input.message)) return false;
    return now < this.#nextDeadline();
  }

  /** Runs what is due and turns what the machines want into what the node wants. */
  #evaluate(now: Millis): void {
    this.#neighbourhood.handle(now, { kind: "due" });
    this.#followNeighbourhood(now);
    this.#outputs.push(...this.#abilities.follow(now));
    this.#affiliation.handle(now, { kind: "due" });
    this.#followAffiliation(now);
    this.#assignments.handle(now, { kind: "due" });
    this.#followAssignments(now);
    this.#outputs.push(...this.#voice.speak(now, this.#neighbourhood));
    this.#neighbourhood.handle(now, { kind: "reachDue" });
    this.#followNeighbourhood(now);
    this.#outputs.push(...this.#contest.follow(now));
    const { yieldedTo } = this.#contest;
    // No goodbye: the node of this name is still there.
    if (yieldedTo !== undefined) this.#state = "stopping";
    if (this.#spreader.deadline() <= now) this.#spreader.handle(now, { kind: "due" });
    this.#followSpreader();
    if (this.#state === "stopping") {
      this.#state = "stopped";
      this.#outputs.push(yieldedTo ? { kind: "stopped", yieldedTo } : { kind: "stopped" });
    }
  }

  /** A rival is answered like anybody, so that it can tell that this node is there. */
  #meetRival(now: Millis, input: Extract<NodeInput, { kind: "rival" }>): void {
    const { from, message } = input;
    if (message.kind === "ping") {
      return this.#neighbourhood.handle(now, { kind: "datagram", from, message });
    }
    if (!this.emcon) this.#contest.meet(now, input); // S1: otherwise it may not ask.
  }

  #nextDeadline(): Millis {
    if (this.#state === "stopped") return NEVER;
    return Math.min(
      this.broadcaster.deadline(),
      this.#neighbourhood.deadline(),
      this.#contest.deadline(),
      this.#spreader.deadline(),
      this.#affiliation.deadline(),
      this.#assignments.deadline(),
      this.#abilities.deadline(),
    );
  }

  #followNeighbourhood(now: Millis): void {
    const neighbourhood = this.#neighbourhood;
    for (let output = neighbourhood.poll(); output; output = neighbourhood.poll()) {
      switch (output.kind) {
        case "newcomer":
        case "missed":
          this.broadcaster.handle(now, output);
          break;
        case "arrived":
          this.#receive(now, output.from, output.message);
          break;
        case "notice":
          this.#outputs.push(output);
          if (!("nodeId" in output.notice)) break;
          this.#affiliation.handle(now, { kind: "peer", nodeId: output.notice.nodeId });
          this.#assignments.handle(now, { kind: "peer" });
          this.#abilities.notePeer(output.notice.nodeId);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  /** The first beacon names the cell that the node was in last. */
  #recall(now: Millis, stored: Stored): void {
    if (this.#isCellless) return;
    const { cell: cellId } = this.broadcaster.advertisement;
    this.#affiliation.handle(now, { kind: "recall", cellId, stored });
    this.#followAffiliation(now);
  }

  #join(now: Millis): void {
    const { boot, state } = this.broadcaster;
    if (state !== "speaking" || this.#isCellless) return;
    this.#affiliation.handle(now, { kind: "start", boot });
    this.#assignments.handle(now, { kind: "start" });
  }

  /** Whoever only listens, or passes through, is in no cell. */
  get #isCellless(): boolean {
    return this.emcon || this.broadcaster.advertisement.transient === true;
  }

  #followAffiliation(now: Millis): void {
    const affiliation = this.#affiliation;
    for (let output = affiliation.poll(); output; output = affiliation.poll()) {
      if (output.kind === "ranked") this.broadcaster.handle(now, output);
      else if (output.kind === "named") this.#voice.advertise(now, { cell: output.cellId });
      else if (output.kind === "send") this.#neighbourhood.handle(now, output);
      else this.#outputs.push(output);
    }
  }

  #followAssignments(now: Millis): void {
    const assignments = this.#assignments;
    for (let output = assignments.poll(); output; output = assignments.poll()) {
      if (output.kind === "join") {
        this.#affiliation.handle(now, { kind: "assign", cellId: output.cellId });
        this.#followAffiliation(now);
      } else if (output.kind === "directed") {
        this.#neighbourhood.handle(now, { ...output, kind: "discovered", source: "directed" });
      } else if (output.kind === "send") {
        const message = { kind: "assignment", message: output.message } as const;
        this.#neighbourhood.handle(now, { ...output, priorityClass: "critical", message });
      } else {
        this.#outputs.push(output);
      }
    }
  }

  #followSpreader(): void {
    for (let output = this.#spreader.poll(); output; output = this.#spreader.poll()) {
      const { peer, message } = output;
      const post = { kind: "trust", message } as const;
      this.#outputs.push({ kind: "send", peer, priorityClass: "high", message: post });
    }
  }

  /**
   * A process that was paused or starved could hear nobody meanwhile. It says so and gives its
   * peers that time back, instead of taking its own sleep for their silence (B6).
   */
  #noticeStall(now: Millis): void {
    const stalledMs = now - this.#wakeAt;
    if (stalledMs < LATE_MS) return;
    this.#affiliation.handle(now, { kind: "late", lateMs: stalledMs });
    if (stalledMs < STALL_MS) return;
    this.#stalls++;
    this.#neighbourhood.handle(now, { kind: "stalled", stalledMs });
    this.#tell({ type: "stalled", stalledMs });
  }

  #tell(notice: Notice): void {
    this.#outputs.push({ kind: "notice", notice });
  }
}
