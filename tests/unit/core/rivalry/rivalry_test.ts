import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../../../src/core/kernel/random.ts";
import {
  ANSWER_MS,
  QUIET_MS,
  Rivalry,
  type RivalryOutput,
} from "../../../../src/core/rivalry/rivalry.ts";
import { outranks, type Standing } from "../../../../src/core/rivalry/standing.ts";

const OLDER: Standing = { deviceId: "bb", issuedAtMs: 1_000, boot: 5, life: "22" };
const NEWER: Standing = { deviceId: "aa", issuedAtMs: 2_000, boot: 9, life: "11" };
const from = "10.0.0.9:40000";

function drain(rivalry: Rivalry): RivalryOutput[] {
  const outputs: RivalryOutput[] = [];
  for (let output = rivalry.poll(); output; output = rivalry.poll()) outputs.push(output);
  return outputs;
}

/** Hears the rival, and answers with the nonce that it was asked with. */
function meet(rivalry: Rivalry, own: Standing, rival: Standing, now = 0): RivalryOutput[] {
  rivalry.handle(now, { kind: "heard", from, own, rival });
  const [asked] = drain(rivalry);
  if (asked?.kind !== "ask") return [];
  rivalry.handle(now + 5, { kind: "answered", nonce: asked.nonce, from, own, rival });
  if (rivalry.state === "yielding") {
    assert.deepEqual(drain(rivalry), []);
    rivalry.handle(rivalry.deadline(), { kind: "due" });
  }
  return drain(rivalry);
}

Deno.test("of any two rivals exactly one yields", () => {
  const hex = (length: number) =>
    fc.array(fc.constantFrom("0", "1", "f"), { minLength: length, maxLength: length })
      .map((digits) => digits.join(""));
  const standing: fc.Arbitrary<Standing> = fc.record({
    deviceId: hex(1),
    issuedAtMs: fc.nat(2),
    boot: fc.nat(2),
    life: hex(2),
  });
  fc.assert(fc.property(standing, standing, (left, right) => {
    const isOne = left.deviceId === right.deviceId && left.boot === right.boot &&
      left.life === right.life;
    fc.pre(!isOne);
    assert.notEqual(outranks(left, right), outranks(right, left));
    const verdicts = [
      meet(new Rivalry(new Random("left")), left, right),
      meet(new Rivalry(new Random("right")), right, left),
    ].map(([output]) => output?.kind);
    assert.deepEqual(verdicts.toSorted(), ["stays", "yields"]);
  }));
});

Deno.test("the older certificate stays, then the lower device, then the later life", () => {
  assert.ok(outranks(OLDER, NEWER));
  assert.ok(outranks({ ...NEWER, issuedAtMs: 0 }, { ...OLDER, issuedAtMs: 0 }));
  assert.ok(outranks({ ...OLDER, boot: 6 }, OLDER));
  assert.ok(outranks({ ...OLDER, life: "21" }, OLDER));
});

Deno.test("what was said before moves nobody, however often it is said", () => {
  const rivalry = new Rivalry(new Random("seed"));
  for (let now = 0; now < 60_000; now += 500) {
    if (rivalry.deadline() <= now) rivalry.handle(now, { kind: "due" });
    rivalry.handle(now, { kind: "heard", from, own: NEWER, rival: OLDER });
    const asked = drain(rivalry).find(({ kind }) => kind === "ask");
    const nonce = asked?.kind === "ask" ? asked.nonce : 0;
    const meeting = { from, own: NEWER, rival: OLDER };
    rivalry.handle(now, { kind: "answered", nonce: nonce ^ 1, ...meeting });
    // The right nonce from another life is not the answer of the one that was asked.
    const another = { ...OLDER, life: "ff" };
    rivalry.handle(now, { kind: "answered", nonce, ...meeting, rival: another });
    assert.deepEqual(drain(rivalry), []);
    assert.notEqual(rivalry.state, "yielded");
  }
});

Deno.test("a question is asked again while the rival is heard, and not too often", () => {
  const rivalry = new Rivalry(new Random("seed"));
  for (let now = 0; now < ANSWER_MS; now += 20) {
    rivalry.handle(now, { kind: "heard", from, own: NEWER, rival: OLDER });
  }
  const questions = drain(rivalry).map((output) => output.kind === "ask" && output.nonce);
  assert.equal(questions.length, ANSWER_MS / 200);
  assert.equal(new Set(questions).size, 1);
});

Deno.test("an answer that comes too late is none", () => {
  const rivalry = new Rivalry(new Random("seed"));
  rivalry.handle(0, { kind: "heard", from, own: NEWER, rival: OLDER });
  const [asked] = drain(rivalry);
  assert(asked?.kind === "ask");
  assert.equal(rivalry.deadline(), ANSWER_MS);
  rivalry.handle(ANSWER_MS, { kind: "due" });
  const { nonce } = asked;
  rivalry.handle(ANSWER_MS, { kind: "answered", nonce, from, own: NEWER, rival: OLDER });
  assert.deepEqual(drain(rivalry), []);
  assert.equal(rivalry.state, "alone");
});

Deno.test("whoever yields is told to whom, and hears no more of it", () => {
  const rivalry = new Rivalry(new Random("seed"));
  const expected = { kind: "yields", rival: OLDER, address: from, isCopy: false };
  assert.deepEqual(meet(rivalry, NEWER, OLDER), [expected]);
  assert.equal(rivalry.state, "yielded");
  assert.deepEqual(meet(rivalry, OLDER, NEWER, QUIET_MS * 2), []);
});

Deno.test("a rival that yields is told of once in a while, and a copy as one", () => {
  const rivalry = new Rivalry(new Random("seed"));
  const copy = { ...OLDER, boot: 4 };
  const expected = { kind: "stays", rival: copy, address: from, isCopy: true };
  assert.deepEqual(meet(rivalry, OLDER, copy), [expected]);
  assert.deepEqual(meet(rivalry, OLDER, copy, 1_000), []);
  assert.deepEqual(meet(rivalry, OLDER, copy, QUIET_MS + 10), [expected]);
});

Deno.test("a flood of rivals costs one question in the time of an answer", () => {
  const rivalry = new Rivalry(new Random("seed"));
  let questions = 0;
  for (let now = 0; now < 10 * ANSWER_MS; now++) {
    if (rivalry.deadline() <= now) rivalry.handle(now, { kind: "due" });
    const rival = { ...OLDER, life: String(now) };
    rivalry.handle(now, { kind: "heard", from, own: NEWER, rival });
    questions += drain(rivalry).length;
  }
  assert.equal(questions, 10);
});

Deno.test("in an open mesh a claim is told of, and stops nobody", () => {
  const rivalry = new Rivalry(new Random("seed"));
  for (let now = 0; now < QUIET_MS; now += 100) rivalry.handle(now, { kind: "claimed", from });
  assert.deepEqual(drain(rivalry), [{ kind: "claimed", address: from }]);
  assert.equal(rivalry.state, "alone");
});
