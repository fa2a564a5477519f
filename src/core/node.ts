import { Abilities } from "./abilities.ts";
import { Around } from "./around.ts";
import type { Assignments } from "./assignment/assignments.ts";
import { BOOT_KEY, nextBoot } from "./beacon/boot.ts";
import type { Broadcaster } from "./beacon/broadcaster.ts";
import { Belonging } from "./belonging.ts";
import type { Affiliation } from "./cell/affiliation.ts";
import { assert } from "./kernel/assert.ts";
import type { NodeId } from "./kernel/ids.ts";
import type { Machine } from "./kernel/machine.ts";
import { type Millis, NEVER, SECOND } from "./kernel/time.ts";
import { Neighbourhood, PEERS_KEY } from "./neighbourhood.ts";
import type { Notice } from "./notice.ts";
import type { PeerMessage } from "./peer_message.ts";
import type { NodeOptions } from "./node_options.ts";
import type { NodeInput, NodeOutput } from "./node_io.ts";
import { shareDocuments } from "./state/share.ts";
import type { SharedState } from "./state/shared_state.ts";
import { Spreader } from "./trust/spreader.ts";
import { Contest } from "./rivalry/contest.ts";
import { beatFor, Voice } from "./voice.ts";

/**
 * A timer is late by a few milliseconds anywhere. More is time that the node did not have: whoever
 * counts on timers has to know, and nobody was silent in it.
 */
export const LATE_MS: Millis = 20;

/** A wake-up later than this means that the node slept, which is worth telling the operator. */
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
  readonly #belonging: Belonging;
  /** Absent for a node that shares no documents. */
  readonly #shared: SharedState | undefined;
  readonly #abilities: Abilities;
  #outputs: NodeOutput[] = [];
  #taken = 0;
  #state: NodeState = "starting";
  #wakeAt: Millis = NEVER;
  #stalls = 0;

  constructor(options: NodeOptions) {
    const { nodeId, timing, contacts = [], emcon = false, random } = options;
    const { relays = true, repeats = false } = options;
    const neighbourhood = new Neighbourhood({
      nodeId,
      timing,
      contacts,
      emcon,
      relays,
      repeats,
      sources: options.sources ?? {},
      position: options.advertisement.position,
      random,
    });
    super(neighbourhood);
    this.nodeId = nodeId;
    this.emcon = emcon;
    this.#voice = new Voice(options, random.split("broadcaster"));
    this.#contest = new Contest(nodeId, random.split("rivalry"));
    this.#neighbourhood = neighbourhood;
    this.#spreader = new Spreader(random.split("spreader"));
    this.#belonging = new Belonging(options, this.#voice, this.#neighbourhood);
    this.#shared = shareDocuments(options, {
      voice: this.#voice,
      neighbourhood: this.#neighbourhood,
      affiliation: this.affiliation,
    });
    this.#abilities = new Abilities({
      nodeId,
      random,
      voice: this.#voice,
      neighbourhood: this.#neighbourhood,
      affiliation: this.affiliation,
      write: (now, write) => this.#shared?.handle(now, { kind: "write", write }),
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
    return this.#belonging.affiliation;
  }

  get assignments(): Assignments {
    return this.#belonging.assignments;
  }

  /** The documents that the node shares. */
  get shared(): SharedState | undefined {
    return this.#shared;
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
        this.#abilities.recall(now, input.stored);
        this.#belonging.recall(now, input.stored);
        return this.broadcaster.handle(now, { kind: "start", boot: nextBoot(input) });
      case "persisted":
        if (this.#abilities.persisted(now, input.key)) return;
        if (input.key !== BOOT_KEY) return this.#belonging.settle(now, input);
        this.broadcaster.handle(now, { kind: "persisted" });
        return this.#belonging.join(now);
      case "persistFailed":
        this.#tell({ type: "persistFailed", key: input.key, reason: input.reason });
        if (this.#abilities.persistFailed(input.key, input.reason)) return;
        if (input.key === PEERS_KEY) {
          return this.#neighbourhood.handle(now, { kind: "saveFailed" });
        }
        if (input.key !== BOOT_KEY) return this.#belonging.settle(now, input);
        return this.broadcaster.handle(now, { kind: "persistFailed" });
      case "rival":
        return this.#meetRival(now, input);
      case "datagram":
        this.#contest.note(now, input, this.broadcaster);
        return this.#hear(now, input);
      case "trust":
        return this.#spreader.handle(now, { ...input, kind: "held" });
      case "connected":
      case "disconnected":
        this.#spreader.handle(now, { kind: input.kind, nodeId: input.peer });
        if (input.kind === "disconnected") this.#abilities.disconnected(now, input.peer);
        this.#shared?.handle(now, { kind: input.kind, peer: input.peer });
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
        return this.affiliation.handle(now, { ...input, kind: "order" });
      case "assign":
        return this.assignments.handle(now, { ...input, kind: "issue" });
      case "stepDown":
        return this.affiliation.handle(now, input);
      case "relocated":
        this.#neighbourhood.handle(now, { kind: "moved", position: input.position });
        return this.#voice.advertise(now, { position: input.position });
      case "resources":
        this.broadcaster.resources = input.resources;
        return this.affiliation.handle(now, input);
      case "changeCapability":
        return this.#abilities.change(input.requestId, input.change);
      case "ask":
        return this.#abilities.ask(now, input.requestId, input.about, input.withinMs);
      case "documentsReady":
        return this.#shared?.handle(now, { ...input, kind: "ready" });
      case "write":
      case "saved":
      case "saveFailed":
        return this.#shared?.handle(now, input);
      case "wake":
        return;
      case "stop":
        this.#state = "stopping";
        this.#neighbourhood.handle(now, { kind: "stopping" });
        this.affiliation.handle(now, { kind: "stop" });
        return this.broadcaster.handle(now, { kind: "stop" });
    }
  }

  #hear(now: Millis, input: Extract<NodeInput, { kind: "datagram" }>): void {
    const { accepted } = this.observer.counts;
    this.#neighbourhood.handle(now, input);
    if (this.observer.counts.accepted === accepted) return; // It was heard before, or is nobody's.
    const heard = beatFor(this.affiliation, input.message);
    if (heard === undefined) return;
    this.affiliation.handle(now, { ...heard, kind: "beat" });
    const isAnswered = this.affiliation.cell?.election.followed?.spoken === heard.sequence;
    if (isAnswered) this.broadcaster.handle(now, { kind: "beaten" });
  }

  #receive(now: Millis, peer: NodeId, message: PeerMessage): void {
    switch (message.kind) {
      case "cell":
        return this.affiliation.handle(now, { ...message, kind: "message", from: peer });
      case "assignment":
        return this.assignments.handle(now, { ...message, kind: "message", from: peer });
      case "trust":
        return this.#spreader.handle(now, { ...message, kind: "message", peer });
      case "capability":
        return this.#abilities.receive(now, peer, message.message);
      case "state":
        return this.#shared?.handle(now, { ...message, kind: "message", peer });
      case "forwarded":
      case "peersWanted":
      case "introduction":
        return this.#neighbourhood.handle(now, { kind: "message", peer, message });
    }
  }

  /** Most of what comes says only that somebody is still there: nothing follows from it. */
  #isRoutine(now: Millis, input: NodeInput): boolean {
    if (input.kind !== "datagram" || !this.observer.isSettledBy(input.message)) return false;
    if (beatFor(this.affiliation, input.message) !== undefined) return false;
    return now < this.#nextDeadline();
  }

  /** Runs what is due and turns what the machines want into what the node wants. */
  #evaluate(now: Millis): void {
    this.#neighbourhood.handle(now, { kind: "due" });
    this.#followNeighbourhood(now);
    this.#outputs.push(...this.#abilities.follow(now));
    this.#followBelonging(now);
    this.#outputs.push(...this.#voice.speak(now, this.#neighbourhood, this.affiliation));
    this.#neighbourhood.handle(now, { kind: "reachDue" });
    this.#followNeighbourhood(now);
    this.#outputs.push(...this.#contest.follow(now));
    const { yieldedTo } = this.#contest;
    // No goodbye: the node of this name is still there.
    if (yieldedTo !== undefined) this.#state = "stopping";
    if (this.#spreader.deadline() <= now) this.#spreader.handle(now, { kind: "due" });
    this.#followSpreader();
    this.#shared?.handle(now, { kind: "due" });
    this.#followShared(now);
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
      this.#belonging.deadline(),
      this.#abilities.deadline(),
      this.#shared?.deadline() ?? NEVER,
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
          this.affiliation.handle(now, { kind: "peer", nodeId: output.notice.nodeId });
          this.assignments.handle(now, { kind: "peer" });
          this.#abilities.notePeer(output.notice.nodeId);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  #followBelonging(now: Millis): void {
    for (const output of this.#belonging.follow(now)) {
      if (output.kind === "notice") this.#shared?.handle(now, { kind: "related" });
      this.#outputs.push(output);
    }
  }

  #followShared(now: Millis): void {
    const shared = this.#shared;
    for (let output = shared?.poll(); output; output = shared?.poll()) {
      this.#outputs.push(output);
      if (output.kind !== "documentChanged") continue;
      this.#abilities.readDocument(now, output.key, shared?.value(output.key));
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
   * A process that was paused or starved could hear nobody meanwhile. It gives its peers that time
   * back, instead of taking its own sleep for their silence (B6). On a machine that is too busy the
   * short delays are many and add up to most of the time, so each of them counts.
   */
  #noticeStall(now: Millis): void {
    const stalledMs = now - this.#wakeAt;
    if (stalledMs < LATE_MS) return;
    this.affiliation.handle(now, { kind: "late", lateMs: stalledMs });
    this.#neighbourhood.handle(now, { kind: "stalled", stalledMs });
    if (stalledMs < STALL_MS) return;
    this.#stalls++;
    this.#tell({ type: "stalled", stalledMs });
  }

  #tell(notice: Notice): void {
    this.#outputs.push({ kind: "notice", notice });
  }
}
