import assert from "node:assert/strict";
import { Election } from "../../../../src/core/election/election.ts";
import { Electorate } from "../../../../src/core/election/electorate.ts";
import type { ElectionMessage } from "../../../../src/core/election/message.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { Turn } from "../../../../src/core/election/turn.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

const PACE = paceOf(PROFILES.tactical);
const NAMES = Array.from({ length: 60 }, (_, index) => `m${String(index).padStart(2, "0")}`);
const SELF = NAMES.at(-1)!;

function member(nodeId: string) {
  return { nodeId, isPresent: true, isReachable: true, isEligible: true };
}

/** The last of sixty, so that whoever asks for its vote may not be the best. */
class Crowded {
  readonly election = new Election({
    self: SELF,
    pace: PACE,
    random: new Random(1),
    stored: undefined,
    now: 0,
  });
  now = PACE.promiseMs + 1;

  constructor() {
    this.election.handle(0, { kind: "members", members: NAMES.map(member) });
    drain(this.election);
  }

  hear(from: string, message: ElectionMessage): void {
    this.election.handle(this.now, { kind: "message", from, message });
    drain(this.election);
  }
}

Deno.test("answers that a full disk keeps back are dropped at the bound, oldest first, and counted", () => {
  const { election, ...crowded } = new Crowded();
  const claim = { term: 1, nodeId: NAMES[0]! };
  for (let sequence = 1; sequence <= 515; sequence++) {
    const heartbeat = {
      kind: "heartbeat",
      promiseMs: PACE.promiseMs,
      claim,
      sequence,
      authority: "quorum",
      voters: [],
    } as const;
    election.handle(crowded.now, { kind: "message", from: claim.nodeId, message: heartbeat });
  }
  drain(election);
  assert.equal(election.bounds.answersDropped, 3);
  election.handle(crowded.now, { kind: "persisted" });
  const sent = drain(election).flatMap((output) =>
    output.kind === "send" && output.message.kind === "acknowledgement"
      ? [output.message.sequence]
      : []
  );
  assert.deepEqual([sent.length, sent[0], sent.at(-1)], [512, 4, 515]);
});

Deno.test("candidates beyond those that are compared are counted, each that asks again once", () => {
  const crowded = new Crowded();
  const candidacy = { kind: "candidacy", term: 1, heardFrom: [], roundMs: PACE.roundMs } as const;
  // The best would have the vote at once.
  for (const from of NAMES.slice(1, 19)) crowded.hear(from, candidacy);
  assert.equal(crowded.election.bounds.candidatesRefused, 2);
  crowded.hear(NAMES[1]!, candidacy);
  assert.equal(crowded.election.bounds.candidatesRefused, 2);
});

Deno.test("members that wait to be told of the leader are bounded, and who gives way is counted", () => {
  const crowded = new Crowded();
  const claim = { term: 1, nodeId: NAMES[0]! };
  const heartbeat = {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim,
    sequence: 1,
    authority: "quorum",
  } as const;
  crowded.hear(claim.nodeId, { ...heartbeat, voters: [] });
  crowded.now += PACE.heartbeatMs;
  for (const from of NAMES.slice(1, 36)) crowded.hear(from, { kind: "inquiry", claim });
  assert.equal(crowded.election.bounds.witnessesEvicted, 3);
});

Deno.test("second attempts are spread over half a round, so that two do not go on colliding", () => {
  const electorate = new Electorate(NAMES[0]!);
  electorate.members = NAMES.map(member);
  const turn = new Turn(NAMES[0]!, electorate, PACE, new Random(7));
  const waits = Array.from({ length: 200 }, () => turn.again(1_000) - 1_000);
  assert.ok(waits.every((waitMs) => waitMs >= 0 && waitMs < PACE.roundMs / 2));
  assert.ok(Math.max(...waits) - Math.min(...waits) > PACE.roundMs / 3);
});
