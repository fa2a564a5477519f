import assert from "node:assert/strict";
import { NearestReplica } from "../../../scripts/bench/election/nearest_replica.ts";

const SET = [0, 1, 2, 3];

function replica(id: number, rttMs = 10): NearestReplica {
  return new NearestReplica(id, SET, () => rttMs, "replica");
}

Deno.test("the baseline's leader is silent after three heartbeats, the boundary included", () => {
  const member = replica(2);
  member.hear(100, 0, "leader");
  member.tick(1_599);
  assert.equal(member.leader, 0);
  member.tick(1_600);
  assert.equal(member.leader, 2);
});

Deno.test("the baseline's new leader says so only in the tick after its election", () => {
  const member = replica(2);
  member.hear(0, 0, "leader");
  assert.equal(member.tick(1_500), "replica");
  assert.equal(member.role, "leader");
  assert.equal(member.tick(2_000), "leader");
});

Deno.test("the baseline elects nobody before it has heard a leader", () => {
  const member = replica(2);
  member.hear(0, 1, "replica");
  member.tick(60_000);
  assert.equal(member.leader, undefined);
});

Deno.test("the baseline's leader gives way to a lower id, and to no higher one", () => {
  const member = new NearestReplica(1, SET, () => 10, "leader");
  member.hear(0, 3, "leader");
  assert.equal(member.leader, 1);
  member.hear(10, 0, "leader");
  assert.equal(member.role, "replica");
  assert.equal(member.leader, 0);
});

Deno.test("the baseline keeps to its leader unless one of a lower id is heard", () => {
  const member = replica(3);
  member.hear(0, 1, "leader");
  member.hear(10, 2, "leader");
  assert.equal(member.leader, 1);
  member.hear(20, 0, "leader");
  assert.equal(member.leader, 0);
});

Deno.test("the baseline leaves the lead to a healthy peer of a lower id at no distance", () => {
  const member = replica(2, 0);
  member.hear(0, 0, "leader");
  member.hear(1_400, 1, "replica");
  member.tick(1_500);
  assert.equal(member.role, "replica");
  assert.equal(member.leader, undefined);
});
