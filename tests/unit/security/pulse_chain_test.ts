import assert from "node:assert/strict";
import {
  ChainFollower,
  LINK_BYTES,
  LONGEST_GAP,
  lowByteOf,
  NO_LINK,
  type Proof,
  PulseChain,
} from "../../../src/security/pulse_chain.ts";
import { nodeOf, sharedRecord, START_MS } from "./fixtures.ts";

const LIFE = "0102030405060708";
const MEMBER = nodeOf(sharedRecord(), "drone-1").member(START_MS);
const OTHER = nodeOf(sharedRecord(), "drone-2").member(START_MS);

/** After its first beacon, which shows no link. */
function chain(life = LIFE): PulseChain {
  const made = new PulseChain(Uint8Array.fromHex(life));
  assert.equal(made.anchor(0), NO_LINK);
  assert.equal(made.link(1), undefined, "a pulse that followed now would be signed");
  return made;
}

function beaconOf(number: number, link: Uint8Array, member = MEMBER) {
  return { member, boot: 7, number, link, pulseMs: 1_000 };
}

function followed(number: number) {
  return { member: MEMBER, boot: 7, number, pulseMs: 1_000 };
}

function shown({ number, link }: Proof) {
  return { lowByte: lowByteOf(number), link };
}

function numberTaken(follower: ChainFollower, number: number, link: Uint8Array, life = LIFE) {
  const verdict = follower.take(life, shown({ number, link }));
  return typeof verdict === "string" ? verdict : verdict.number;
}

Deno.test("a pulse follows from its sender's last beacon, however many were lost in between", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  follower.follow(LIFE, beaconOf(10, sender.anchor(10)));
  const { link: _, ...taken } = follower.take(
    LIFE,
    shown({ number: 11, link: sender.link(11)! }),
  ) as Record<string, unknown>;
  assert.deepEqual(taken, followed(11));
  assert.equal(numberTaken(follower, 30, sender.link(30)!), 30);
  assert.equal(numberTaken(follower, 30 + LONGEST_GAP + 1, sender.link(95)!), "badPulse");
  assert.equal(numberTaken(follower, 30 + LONGEST_GAP, sender.link(94)!), 94);
});

Deno.test("a pulse is new once, and whoever heard it can make no other", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  follower.follow(LIFE, beaconOf(10, sender.anchor(10)));
  const link = sender.link(12)!;
  assert.equal(numberTaken(follower, 12, link), 12);
  for (const number of [10, 11, 12]) {
    assert.equal(numberTaken(follower, number, sender.link(number)!), "replayed");
  }
  for (const number of [13, 14, 40]) assert.equal(numberTaken(follower, number, link), "badPulse");
  assert.equal(numberTaken(follower, 13, NO_LINK), "badPulse");
  assert.equal(numberTaken(follower, 13, crypto.getRandomValues(new Uint8Array(16))), "badPulse");
  assert.equal(numberTaken(follower, 13, sender.link(13)!), 13, "what was refused changed nothing");
});

Deno.test("a pulse of long ago is refused when its number's lowest byte comes again", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  follower.follow(LIFE, beaconOf(250, sender.anchor(250)));
  const old = new Map<number, Uint8Array>();
  for (let number = 251; number <= 450; number++) {
    old.set(number, sender.link(number)!);
    if (number % 8 !== 0) continue; // Others were lost.
    assert.equal(numberTaken(follower, number, sender.link(number)!), number);
  }
  for (const [number, link] of old) {
    if (number > 448) continue;
    const refusal = 448 - number < LONGEST_GAP ? "replayed" : "badPulse";
    assert.equal(numberTaken(follower, number, link), refusal, `${number}`);
  }
  assert.equal(numberTaken(follower, 449, sender.link(449)!), 449);
});

Deno.test("a pulse of a life that no beacon was heard in is nobody's", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  sender.anchor(1);
  assert.equal(numberTaken(follower, 2, sender.link(2)!), "unknownDevice");
  follower.follow(LIFE, beaconOf(1, sender.anchor(1)));
  assert.equal(numberTaken(follower, 2, sender.link(2)!, "0000000000000000"), "unknownDevice");
  const again = chain("0909090909090909");
  follower.follow("0909090909090909", beaconOf(1, again.anchor(1)));
  assert.equal(
    numberTaken(follower, 2, sender.link(2)!),
    "unknownDevice",
    "its sender started anew",
  );
  assert.equal(numberTaken(follower, 2, again.link(2)!, "0909090909090909"), 2);
});

Deno.test("nobody takes the place of a life by naming it", () => {
  const [sender, thief, follower] = [chain(), chain(), new ChainFollower()];
  follower.follow(LIFE, beaconOf(10, sender.anchor(10)));
  follower.follow(LIFE, beaconOf(1_000, thief.anchor(1_000), OTHER));
  assert.equal(numberTaken(follower, 11, sender.link(11)!), 11);
  assert.equal(numberTaken(follower, 1_040, thief.link(1_040)!), "badPulse");
});

Deno.test("beacons begin a new chain before one is used up, and a late one changes nothing", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  let unsigned = 0;
  for (let number = 1; number <= 3_000; number++) {
    if (number % 6 === 1) follower.follow(LIFE, beaconOf(number, sender.anchor(number)));
    else assert.equal(numberTaken(follower, number, sender.link(number)!), number);
    if (sender.link(number) === undefined) unsigned++;
  }
  assert.equal(unsigned, 0);
  follower.follow(LIFE, beaconOf(2_990, new Uint8Array(LINK_BYTES)));
  assert.equal(numberTaken(follower, 3_001, sender.link(3_001)!), 3_001);
  assert.equal(sender.link(4_000), undefined, "where no chain reaches, pulses are signed");
});

Deno.test("nobody acknowledges in another's name what that one has not heard", () => {
  const [sender, acknowledged, follower] = [chain(), chain(), new ChainFollower()];
  const beat = {
    ...{ kind: "acknowledgement", cellId: "alpha", claim: { term: 3, nodeId: "drone-9" } } as const,
    heard: 50,
  };
  const heardLink = acknowledged.anchor(50);
  follower.follow(LIFE, { ...beaconOf(10, sender.anchor(10)), beat, heardLink });
  const take = (number: number, heard?: Proof) =>
    follower.take(
      LIFE,
      shown({ number, link: sender.link(number)! }),
      ...(heard === undefined ? [] : [shown(heard)]),
    );
  const heard = (number: number) => ({ number, link: acknowledged.link(number)! });
  // What was shown proves no other number, and what is left out or from another chain proves none.
  assert.equal(take(11, { ...heard(50), number: 51 }), "badPulse");
  assert.equal(take(11, { ...heard(51), number: 52 }), "badPulse");
  assert.equal(take(11, { number: 51, link: sender.link(51)! }), "badPulse");
  assert.equal(take(11, { ...heard(50), number: 49 }), "badPulse");
  assert.equal(take(11), "badPulse");
  const first = take(11, heard(52));
  assert.deepEqual(typeof first === "string" ? first : first.beat, { ...beat, heard: 52 });
  assert.equal(take(12, heard(51)), "badPulse", "it has heard more than that");
  const again = take(12, heard(52));
  assert.deepEqual(typeof again === "string" ? again : again.beat, { ...beat, heard: 52 });
});

Deno.test("what is news begins a chain of its own", () => {
  const [sender, follower] = [chain(), new ChainFollower()];
  follower.follow(LIFE, beaconOf(10, sender.anchor(10)));
  assert.equal(numberTaken(follower, 11, sender.link(11)!), 11);
  const news = sender.anchor(12, { news: true });
  assert.equal(numberTaken(follower, 13, sender.link(13)!), "badPulse", "the news was not heard");
  follower.follow(LIFE, beaconOf(12, news));
  assert.equal(numberTaken(follower, 13, sender.link(13)!), 13);
});
