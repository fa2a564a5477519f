import assert from "node:assert/strict";
import {
  Confirmer,
  DOUBTS_AT_ONCE,
  QUESTIONS,
  QUESTIONS_PER_SECOND,
} from "../../../../src/core/beacon/confirmer.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../../src/core/kernel/time.ts";

const WITHIN_MS = 800;

Deno.test("a doubted peer is asked five times, the last time with time left to answer", () => {
  const confirmer = new Confirmer(new Random(1));
  doubt(confirmer, 0, "a");
  const asked = runUntil(confirmer, 10_000);
  assert.equal(asked.length, QUESTIONS);
  assert.equal(asked[0]!.at, 0);
  assert.ok(asked.at(-1)!.at <= 0.7 * WITHIN_MS);
  assert.equal(new Set(asked.map(({ nonce }) => nonce)).size, QUESTIONS);
  assert.equal(confirmer.deadline(), NEVER);
});

Deno.test("any of the answers ends the doubt, and only the peer's own", () => {
  const confirmer = new Confirmer(new Random(2));
  doubt(confirmer, 0, "a");
  const asked = runUntil(confirmer, 500);
  const { nonce } = asked[1]!;
  confirmer.handle(510, { kind: "pong", nodeId: "b", nonce });
  assert.deepEqual(drain(confirmer), []);
  confirmer.handle(520, { kind: "pong", nodeId: "a", nonce });
  assert.deepEqual(drain(confirmer), [{ kind: "answered", nodeId: "a" }]);
  confirmer.handle(530, { kind: "pong", nodeId: "a", nonce });
  assert.deepEqual(drain(confirmer), [], "an answer counts once");
});

Deno.test("an answer to the doubt before still counts when a peer is doubted anew", () => {
  const confirmer = new Confirmer(new Random(3));
  doubt(confirmer, 0, "a");
  const { nonce } = runUntil(confirmer, 300)[0]!;
  doubt(confirmer, 400, "a");
  assert.ok(confirmer.expects("a", nonce));
});

Deno.test("a settled peer is asked no further", () => {
  const confirmer = new Confirmer(new Random(4));
  doubt(confirmer, 0, "a");
  assert.equal(runUntil(confirmer, 0).length, 1);
  confirmer.handle(1, { kind: "settled", nodeId: "a" });
  assert.deepEqual(runUntil(confirmer, 10_000), []);
});

Deno.test("doubts that nobody settles make room when their time is up", () => {
  const confirmer = new Confirmer(new Random(5));
  for (let round = 0; round < 10; round++) {
    const at = round * 10_000;
    for (let peer = 0; peer < DOUBTS_AT_ONCE / 4; peer++) doubt(confirmer, at, `${round}-${peer}`);
    runUntil(confirmer, at + 9_000);
  }
  assert.equal(confirmer.refused, 0);
});

Deno.test("too many doubts at once are refused and counted, and questions keep their pace", () => {
  const confirmer = new Confirmer(new Random(6));
  for (let peer = 0; peer < 2 * DOUBTS_AT_ONCE; peer++) doubt(confirmer, 0, `p${peer}`);
  const asked = runUntil(confirmer, 1_000);
  assert.ok(asked.length <= 2 * QUESTIONS_PER_SECOND);
  assert.ok(confirmer.refused >= DOUBTS_AT_ONCE);
});

function doubt(confirmer: Confirmer, now: Millis, nodeId: string): void {
  confirmer.handle(now, { kind: "doubt", nodeId, address: `${nodeId}:1`, withinMs: WITHIN_MS });
}

/** Wakes the confirmer whenever it wants to be; answers what it asked and when. */
function runUntil(confirmer: Confirmer, end: Millis): { at: Millis; nonce: number }[] {
  const asked: { at: Millis; nonce: number }[] = [];
  for (let now = confirmer.deadline(); now <= end; now = confirmer.deadline()) {
    confirmer.handle(now, { kind: "due" });
    for (const output of drain(confirmer)) {
      if (output.kind === "ping") asked.push({ at: now, nonce: output.nonce });
    }
  }
  return asked;
}
