import assert from "node:assert/strict";
import {
  elect,
  type NearestView,
  winnerOf,
} from "../../../../src/core/election/ranking/nearest.ts";

function view(rtts: Record<number, number>, healthy: readonly number[]): NearestView<number> {
  return { rttTo: (peer) => rtts[peer], healthOf: (peer) => healthy.includes(peer) };
}

const OUTSIDE = 0xff;

Deno.test("a single eligible replica wins", () => {
  assert.deepEqual(elect([1], 1, view({}, [1])), { kind: "selfWins" });
});

Deno.test("an empty replica set has no eligible replica", () => {
  assert.deepEqual(elect([], 1, view({}, [1])), { kind: "noEligibleReplica" });
});

Deno.test("an unhealthy self falls to the peer", () => {
  assert.deepEqual(elect([1, 2], 1, view({ 2: 50 }, [2])), { kind: "peerWins", peer: 2 });
});

Deno.test("where all peers are unhealthy it falls to self", () => {
  assert.deepEqual(elect([1, 2, 3], 1, view({ 2: 50, 3: 75 }, [1])), { kind: "selfWins" });
});

Deno.test("where all are unhealthy nobody is eligible", () => {
  assert.deepEqual(elect([1, 2, 3], 1, view({}, [])), { kind: "noEligibleReplica" });
});

Deno.test("self wins against distant peers", () => {
  assert.deepEqual(elect([1, 2, 3], 1, view({ 2: 10, 3: 5 }, [1, 2, 3])), { kind: "selfWins" });
});

Deno.test("the nearest peer wins when self is outside", () => {
  const set = [0x10, 0x20, 0x30];
  const outcome = elect(set, OUTSIDE, view({ 0x10: 30, 0x20: 10, 0x30: 20 }, set));
  assert.deepEqual(outcome, { kind: "peerWins", peer: 0x20 });
});

Deno.test("of equally near peers the lowest id wins", () => {
  const set = [0xcc, 0xaa, 0xbb];
  const outcome = elect(set, OUTSIDE, view({ 0xaa: 25, 0xbb: 25, 0xcc: 25 }, set));
  assert.deepEqual(outcome, { kind: "peerWins", peer: 0xaa });
});

Deno.test("a shorter round trip goes before a lower id", () => {
  const outcome = elect([0xaa, 0xbb], OUTSIDE, view({ 0xaa: 50, 0xbb: 10 }, [0xaa, 0xbb]));
  assert.deepEqual(outcome, { kind: "peerWins", peer: 0xbb });
});

Deno.test("a peer without a measurement ranks behind every measured one", () => {
  const set = [0xaa, 0xbb, 0xcc];
  const outcome = elect(set, OUTSIDE, view({ 0xaa: 30, 0xbb: 50 }, set));
  assert.deepEqual(outcome, { kind: "peerWins", peer: 0xaa });
});

Deno.test("where nobody is measured the lowest id wins", () => {
  assert.deepEqual(elect([0xaa, 0xbb], OUTSIDE, view({}, [0xaa, 0xbb])), {
    kind: "peerWins",
    peer: 0xaa,
  });
});

Deno.test("the order of the replica set does not matter", () => {
  const orders = [[1, 2, 3], [3, 2, 1], [2, 1, 3], [1, 3, 2], [2, 3, 1], [3, 1, 2]];
  for (const set of orders) {
    const outcome = elect(set, OUTSIDE, view({ 1: 20, 2: 20, 3: 20 }, [1, 2, 3]));
    assert.deepEqual(outcome, { kind: "peerWins", peer: 1 });
  }
});

Deno.test("self and a peer at no distance are told apart by id", () => {
  assert.deepEqual(elect([5, 0x10], 5, view({ 0x10: 0 }, [5, 0x10])), { kind: "selfWins" });
  assert.deepEqual(elect([5, 0x10], 0x10, view({ 5: 0 }, [5, 0x10])), {
    kind: "peerWins",
    peer: 5,
  });
});

Deno.test("the winner has an id only when it is a peer", () => {
  assert.equal(winnerOf({ kind: "selfWins" }), undefined);
  assert.equal(winnerOf({ kind: "peerWins", peer: 0xaa }), 0xaa);
  assert.equal(winnerOf({ kind: "noEligibleReplica" }), undefined);
});

Deno.test("only one outcome says that self won", () => {
  const won = elect([1], 1, view({}, [1]));
  const lost = elect([1, 2], 1, view({ 2: 1 }, [2]));
  const nobody = elect([1], 1, view({}, []));
  assert.deepEqual([won, lost, nobody].map(({ kind }) => kind === "selfWins"), [
    true,
    false,
    false,
  ]);
});

Deno.test("each side of a partition elects by what it sees", () => {
  const set = [0xa, 0xb, 0xc, 0xd];
  assert.deepEqual(elect(set, 0xa, view({ 0xb: 5 }, [0xa, 0xb])), { kind: "selfWins" });
  assert.deepEqual(elect(set, 0xd, view({ 0xc: 5 }, [0xc, 0xd])), { kind: "selfWins" });
});

Deno.test("a peer at no distance from everybody is everybody's choice", () => {
  const set = [0x10, 0x20, 0x30];
  const winners = set.map((self) => {
    const outcome = elect(set, self, view({ 0x10: 0, 0x20: 10, 0x30: 20 }, set));
    return winnerOf(outcome) ?? self;
  });
  assert.deepEqual(winners, [0x10, 0x10, 0x10]);
});

Deno.test("dual winners: every survivor of a symmetric failover elects itself", () => {
  const survivors = [0x10, 0x20, 0x30];
  const rtts = { 0x05: 5, 0x10: 5, 0x20: 5, 0x30: 5 };
  const outcomes = survivors.map((self) =>
    elect([0x05, ...survivors], self, view(rtts, survivors))
  );
  assert.deepEqual(outcomes.map(({ kind }) => kind), ["selfWins", "selfWins", "selfWins"]);
});
