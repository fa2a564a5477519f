import assert from "node:assert/strict";
import type { ElectionMessage } from "../../src/core/election/message.ts";
import type { NodeId } from "../../src/core/kernel/ids.ts";
import type { PeerMessage } from "../../src/core/peer_message.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { promisesIn } from "../../src/sim/checkers/promises.ts";
import type { Host, Step } from "../../src/sim/host.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

const CELL = "alpha";
const { heartbeatMs, heartbeatMisses } = PROFILES.fast;

function inCell(message: ElectionMessage): PeerMessage {
  return { kind: "cell", cellId: CELL, message: { kind: "election", message } };
}

/** A cell of three that somebody leads, with an account of what its members promise. */
class Cell {
  readonly world = new World(smallPlan({ connections: true, cell: true }));
  readonly promises = promisesIn(this.world);
  readonly leader: Host;
  readonly member: Host;
  readonly term: number;
  readonly now: number;
  #sequence = 1_000;

  constructor() {
    this.world.runUntil(20_000);
    const isLeading = ({ node }: Host) => node!.affiliation.cell!.election.leadership !== undefined;
    this.leader = this.world.hosts.find(isLeading)!;
    this.member = this.world.hosts.find((host) => host !== this.leader)!;
    this.term = this.leader.node!.affiliation.cell!.election.leadership!.claim.term;
    this.now = this.member.clock.monotonic(20_000);
    this.promises.note(this.#step(this.leader, { kind: "wake" }, []));
  }

  /** The member acknowledges a heartbeat of the leader's claim with that term. */
  acknowledge(term: number): void {
    const claim = { term, nodeId: this.leader.name };
    const sequence = this.#sequence++;
    const promiseMs = heartbeatMs * heartbeatMisses;
    const heartbeat = inCell({
      kind: "heartbeat",
      claim,
      sequence,
      authority: "quorum",
      promiseMs,
      voters: [],
    });
    const answer = inCell({ kind: "acknowledgement", claim, sequence, isBound: true });
    const peer = this.leader.name;
    this.promises.note(
      this.#step(this.member, { kind: "message", peer, message: heartbeat }, [
        { kind: "send", peer, priorityClass: "high", message: answer },
      ]),
    );
  }

  get holder(): NodeId | undefined {
    return this.promises.holderOf(this.member, this.now, CELL, this.member.name);
  }

  #step(
    host: Host,
    input: Step["input"],
    outputs: Step["outputs"],
  ): Step {
    return { host, at: 20_000, now: this.now, input, outputs };
  }
}

Deno.test("what was promised to a leader by the claim that it leads by binds whoever promised it", () => {
  const cell = new Cell();
  cell.acknowledge(cell.term);
  assert.equal(cell.holder, cell.leader.name);
});

Deno.test("what was promised to a leader that had stepped down already binds nobody when it leads again", () => {
  const cell = new Cell();
  cell.acknowledge(cell.term - 1);
  assert.equal(cell.holder, undefined);
});
