import { Assignments, isAssignmentKey } from "./assignment/assignments.ts";
import { Affiliation } from "./cell/affiliation.ts";
import { knownPeers, placesAround, viewPeer } from "./cell/peer_view.ts";
import type { Stored } from "./kernel/json_value.ts";
import type { Millis } from "./kernel/time.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { NodeInput, NodeOutput } from "./node_io.ts";
import type { NodeOptions } from "./node_options.ts";
import type { Voice } from "./voice.ts";

/** Which cell a node is in, and who puts it there. */
export class Belonging {
  readonly affiliation: Affiliation;
  readonly assignments: Assignments;
  readonly #voice: Voice;
  readonly #neighbourhood: Neighbourhood;
  readonly #isSilent: boolean;
  #outputs: NodeOutput[] = [];

  constructor(options: NodeOptions, voice: Voice, neighbourhood: Neighbourhood) {
    const { nodeId: self, timing, advertisement, cell = {}, emcon = false, random } = options;
    const { observer, keeper, forwarder } = neighbourhood;
    this.#voice = voice;
    this.#neighbourhood = neighbourhood;
    this.#isSilent = emcon;
    this.affiliation = new Affiliation({
      self,
      timing,
      settings: cell,
      capabilities: advertisement.capabilities,
      random: random.split("cell"),
      known: () => knownPeers(neighbourhood),
      look: (peer) => viewPeer(neighbourhood, peer),
      places: () => placesAround(self, voice.broadcaster.advertisement, observer),
    });
    this.assignments = new Assignments({
      self,
      isCellless: () => this.isCellless,
      cell: () => ledCell(this.affiliation),
      isConnected: (peer) => keeper.state(peer) === "connected",
      isReachable: (peer) => forwarder.reaches(peer),
      random: random.split("assignments"),
    });
  }

  /** Whoever only listens, or passes through, is in no cell. */
  get isCellless(): boolean {
    return this.#isSilent || this.#voice.broadcaster.advertisement.transient === true;
  }

  deadline(): Millis {
    return Math.min(this.affiliation.deadline(), this.assignments.deadline());
  }

  /** The first beacon names the cell that the node was in last. */
  recall(now: Millis, stored: Stored): void {
    this.assignments.handle(now, { kind: "recall", stored });
    if (this.isCellless) return;
    const { cell: cellId } = this.#voice.broadcaster.advertisement;
    this.affiliation.handle(now, { kind: "recall", cellId, stored });
    this.#followAffiliation(now);
  }

  join(now: Millis): void {
    const { boot, state } = this.#voice.broadcaster;
    if (state !== "speaking" || this.isCellless) return;
    this.affiliation.handle(now, { kind: "start", boot });
    this.assignments.handle(now, { kind: "start" });
  }

  /** What became of something that was to be put on the disk. */
  settle(now: Millis, input: Extract<NodeInput, { kind: "persisted" | "persistFailed" }>): void {
    if (isAssignmentKey(input.key)) this.assignments.handle(now, input);
    else this.affiliation.handle(now, input);
  }

  /** Runs what is due and answers what the node wants of it. */
  follow(now: Millis): NodeOutput[] {
    this.affiliation.handle(now, { kind: "due" });
    this.#followAffiliation(now);
    this.assignments.handle(now, { kind: "due" });
    this.#followAssignments(now);
    const outputs = this.#outputs;
    if (outputs.length > 0) this.#outputs = [];
    return outputs;
  }

  #followAffiliation(now: Millis): void {
    const { affiliation } = this;
    for (let output = affiliation.poll(); output; output = affiliation.poll()) {
      if (output.kind === "ranked") this.#voice.broadcaster.handle(now, output);
      else if (output.kind === "named") this.#voice.advertise(now, { cell: output.cellId });
      else if (output.kind === "send") this.#neighbourhood.handle(now, output);
      else this.#outputs.push(output);
    }
  }

  #followAssignments(now: Millis): void {
    const { assignments } = this;
    for (let output = assignments.poll(); output; output = assignments.poll()) {
      if (output.kind === "join") {
        this.affiliation.handle(now, { kind: "assign", cellId: output.cellId });
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
}

/** The cell that the node is in, and whether anybody leads it. */
function ledCell({ cell }: Affiliation) {
  if (cell === undefined) return undefined;
  return { cellId: cell.cellId, hasLeader: cell.election.leader !== undefined };
}
