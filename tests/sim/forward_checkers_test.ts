import assert from "node:assert/strict";
import type { PollAnswer } from "../../src/core/election/message.ts";
import type { Envelope, Forwarded } from "../../src/core/peer_message.ts";
import { forwardedTruth } from "../../src/sim/checkers/forward_checkers.ts";
import type { Step } from "../../src/sim/host.ts";
import { World } from "../../src/sim/world.ts";
import { decodeEnvelope, encodeEnvelope } from "../../src/wire/envelope.ts";
import { smallPlan } from "./plans.ts";

const OPENER = { openOrder: () => undefined, openAssignment: () => undefined };

/** What n3 answers n1, whose clocks show fractions of milliseconds. */
function answerOf(bond: PollAnswer["bond"]): Forwarded {
  const message: PollAnswer = {
    kind: "pollAnswer",
    round: 1,
    verdict: "bound",
    highestTerm: 1,
    ...(bond === undefined ? {} : { bond }),
    members: ["n1", "n2", "n3"],
  };
  const envelope: Envelope = {
    origin: "n3",
    target: "n1",
    targetBoot: 1,
    message: { kind: "cell", cellId: "alpha", message: { kind: "election", message } },
  };
  return { kind: "forwarded", hops: 1, envelope };
}

function arrived({ envelope, ...forwarded }: Forwarded): Forwarded {
  const read = decodeEnvelope(encodeEnvelope(envelope), envelope.origin, OPENER);
  return { ...forwarded, envelope: read! };
}

/** What is wrong when n3 says the one and n2 is handed the other. */
function wrongWith(said: Forwarded, handed: Forwarded): string | undefined {
  const world = new World(smallPlan());
  const checker = forwardedTruth(world);
  const step = { at: 0, now: 0 };
  const says: Step = {
    ...step,
    host: world.hosts[2]!,
    input: { kind: "wake" },
    outputs: [{ kind: "send", peer: "n2", priorityClass: "high", message: said }],
  };
  const hears: Step = {
    ...step,
    host: world.hosts[1]!,
    input: { kind: "message", peer: "n3", message: handed },
    outputs: [],
  };
  assert.equal(checker.check!(says), undefined);
  return checker.check!(hears);
}

Deno.test("what is carried was said, although durations arrive as whole milliseconds", () => {
  const claim = { term: 1, nodeId: "n2" };
  const said = answerOf({ claim, forMs: 11_609.015, heardMsAgo: 390.985 });
  assert.notDeepEqual(arrived(said), said, "or this shows nothing");
  assert.equal(wrongWith(said, arrived(said)), undefined);
  const without = answerOf({ claim, forMs: 0.5 });
  assert.equal(wrongWith(without, arrived(without)), undefined);
});

Deno.test("what is carried was not said when it is of another duration, claim or verdict", () => {
  const claim = { term: 1, nodeId: "n2" };
  const said = answerOf({ claim, forMs: 11_609.015, heardMsAgo: 390.985 });
  for (
    const other of [
      answerOf({ claim, forMs: 11_611, heardMsAgo: 391 }),
      answerOf({ claim, forMs: 11_610, heardMsAgo: 390 }),
      answerOf({ claim, forMs: 11_610 }),
      answerOf({ claim: { ...claim, term: 2 }, forMs: 11_610, heardMsAgo: 391 }),
      answerOf(undefined),
    ]
  ) {
    assert.equal(
      wrongWith(said, other),
      "n2 is handed what n3 says to n1, and it did not say that",
    );
  }
});
