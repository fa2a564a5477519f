import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CONNECTION_LIMIT,
  type ConnectionState,
  Keeper,
  type KeeperInput,
  LONGEST_SETTLE_MS,
  SETTLE_MS,
  STEADY_AFTER_MS,
  YIELD_MS,
} from "../../../../src/core/connection/keeper.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../../src/core/kernel/time.ts";

type Event = Exclude<KeeperInput["kind"], "due">;

/** What brings the peer into each state, and what each event does there. SPEC.md says the same. */
const WAYS: Record<ConnectionState | "absent", readonly (Event | "due")[]> = {
  absent: [],
  waiting: ["present"],
  dialling: ["present", "due"],
  connected: ["present", "due", "connected"],
};

const EXPECTED: Record<ConnectionState | "absent", Record<Event, string>> = {
  absent: {
    present: "waiting",
    gone: "absent",
    connected: "connected",
    failed: "absent",
    disconnected: "absent",
  },
  waiting: {
    present: "waiting",
    gone: "absent",
    connected: "connected",
    failed: "waiting",
    disconnected: "waiting",
  },
  dialling: {
    present: "dialling",
    gone: "absent: hangUp b",
    connected: "connected",
    failed: "waiting",
    disconnected: "dialling",
  },
  connected: {
    present: "connected",
    gone: "absent: hangUp b",
    connected: "connected",
    failed: "connected",
    disconnected: "waiting",
  },
};

for (const [state, row] of Object.entries(EXPECTED)) {
  Deno.test(`a peer that is ${state} to the keeper moves as the table says`, () => {
    for (const [event, expected] of Object.entries(row)) {
      const keeper = makeKeeper();
      for (const step of WAYS[state as ConnectionState]) {
        hand(keeper, step === "due" ? keeper.deadline() : 0, step);
      }
      drain(keeper);
      hand(keeper, 10_000, event as Event);
      const wanted = drain(keeper).map(({ kind, nodeId }) => `${kind} ${nodeId}`);
      const now = keeper.state("b") ?? "absent";
      assert.equal([now, ...wanted].join(": "), expected, `${state} and ${event}`);
    }
  });
}

Deno.test("the lower of two ids dials first, the higher when the other had its chance", () => {
  const lower = makeKeeper("a");
  hand(lower, 5, "present");
  assert.equal(lower.deadline(), 5 + SETTLE_MS);
  const higher = makeKeeper("c");
  hand(higher, 5, "present");
  assert.equal(higher.deadline(), 5 + SETTLE_MS + YIELD_MS);
  hand(higher, 5 + SETTLE_MS + YIELD_MS, "due");
  assert.deepEqual(drain(higher).map(({ kind }) => kind), ["dial"]);
});

Deno.test("a peer that is back after a connection that lasted is dialled at once", () => {
  for (const [lastedMs, isAtOnce] of [[STEADY_AFTER_MS, true], [STEADY_AFTER_MS - 1, false]]) {
    const keeper = makeKeeper("a");
    hand(keeper, 0, "present");
    hand(keeper, 0, "connected");
    hand(keeper, Number(lastedMs), "gone");
    hand(keeper, 15_000, "present");
    hand(keeper, 15_000, "due");
    assert.equal(keeper.state("b"), isAtOnce ? "dialling" : "waiting");
    hand(keeper, 15_000 + SETTLE_MS, "due");
    assert.equal(keeper.state("b"), "dialling");
  }
});

Deno.test("nobody is dialled while others still come, though not for ever", () => {
  const keeper = makeKeeper();
  const dials: [Millis, string][] = [];
  for (let now = 0; now < 20_000; now += 10) {
    // One peer in every 400 ms, for eight seconds.
    if (now % 400 === 0 && now < 8_000) {
      const address = { from: "x:1", port: 1 };
      keeper.handle(now, { kind: "present", nodeId: `b${now}`, address });
    }
    keeper.handle(now, { kind: "due" });
    for (const { nodeId } of drain(keeper)) dials.push([now, nodeId]);
  }
  assert.equal(dials.length, 20);
  assert.deepEqual(dials[0], [LONGEST_SETTLE_MS, "b0"]);
  const last = dials.find(([_, nodeId]) => nodeId === "b7600")!;
  assert.ok(last[0] >= 7_600 + SETTLE_MS && last[0] <= 7_600 + LONGEST_SETTLE_MS);
});

Deno.test("a peer is dialled once, however often it is heard", () => {
  const events = fc.array(
    fc.record({
      waitMs: fc.nat(40_000),
      kind: fc.constantFrom<Event>(
        "present",
        "gone",
        "connected",
        "failed",
        "disconnected",
      ),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.constantFrom("a", "c"), events, (self, events) => {
      const keeper = makeKeeper(self);
      let now = 0;
      let isTried = false;
      for (const { waitMs, kind } of events) {
        now += waitMs;
        for (const step of ["due", kind, "due"] as const) {
          hand(keeper, now, step);
          if (step === "connected") isTried = true;
          if (step === "failed" || step === "disconnected") isTried = false;
          for (const output of drain(keeper)) {
            assert.ok(output.kind === "hangUp" || !isTried, `dialled again at ${now}`);
            isTried = output.kind === "dial";
          }
        }
        assert.ok(keeper.deadline() > now, "nothing is due after it was handled");
      }
    }),
    { seed: 61, numRuns: 500 },
  );
});

Deno.test("a peer that cannot be reached is dialled ever more rarely, and not at all once it is gone", () => {
  const keeper = makeKeeper();
  hand(keeper, 0, "present");
  const gaps: Millis[] = [];
  let now = 0;
  for (let dial = 0; dial < 12; dial++) {
    gaps.push(keeper.deadline() - now);
    now = keeper.deadline();
    hand(keeper, now, "due");
    assert.deepEqual(drain(keeper).map(({ kind }) => kind), ["dial"]);
    hand(keeper, now, "failed");
  }
  for (const [attempt, gap] of gaps.slice(1).entries()) {
    const fullMs = Math.min(30_000, 500 * 2 ** attempt);
    assert.ok(gap >= fullMs / 2 && gap <= fullMs, `dial ${attempt} came after ${gap} ms`);
  }
  hand(keeper, now, "gone");
  hand(keeper, now + 100_000, "due");
  assert.deepEqual(drain(keeper), []);
  assert.equal(keeper.deadline(), NEVER);
});

Deno.test("a connection that lasted is dialled again soon, one that flaps is not", () => {
  const redialGap = (lastedMs: Millis) => {
    const keeper = makeKeeper();
    let now = 0;
    for (let round = 0; round < 6; round++) {
      hand(keeper, now, "present");
      now = Math.max(now, keeper.deadline());
      hand(keeper, now, "due");
      hand(keeper, now, "connected");
      now += lastedMs;
      hand(keeper, now, "disconnected");
    }
    return keeper.deadline() - now;
  };
  assert.ok(redialGap(STEADY_AFTER_MS) <= 500);
  assert.ok(redialGap(100) >= 4_000);
});

Deno.test("peers beyond the bound are counted and not dialled", () => {
  const keeper = makeKeeper("a");
  for (let peer = 0; peer < CONNECTION_LIMIT + 5; peer++) {
    keeper.handle(0, { kind: "present", nodeId: `p${peer}`, address: { from: "x", port: 1 } });
  }
  const dialledAt: Millis[] = [];
  for (let now = keeper.deadline(); now < NEVER; now = keeper.deadline()) {
    keeper.handle(now, { kind: "due" });
    for (const _dial of drain(keeper)) dialledAt.push(now);
  }
  assert.equal(dialledAt.length, CONNECTION_LIMIT);
  assert.ok(dialledAt.at(-1)! > 1_000, "so many dials do not come at once");
  assert.equal(keeper.refused, 5);
});

Deno.test("a peer beyond the bound that is gone loses the connection that it made", () => {
  const keeper = new Keeper("a", new Random(1), 1);
  keeper.handle(0, { kind: "connected", nodeId: "b" });
  keeper.handle(0, { kind: "connected", nodeId: "beyond" });
  keeper.handle(1, { kind: "gone", nodeId: "beyond" });
  assert.deepEqual(drain(keeper), [{ kind: "hangUp", nodeId: "beyond" }]);
  assert.equal(keeper.state("b"), "connected");
});

Deno.test("a peer is dialled where it was heard last", () => {
  const keeper = makeKeeper("c");
  hand(keeper, 0, "present");
  keeper.handle(10, { kind: "present", nodeId: "b", address: { from: "elsewhere", port: 7 } });
  hand(keeper, SETTLE_MS + YIELD_MS, "due");
  const dials = drain(keeper);
  assert.deepEqual(dials, [{ kind: "dial", nodeId: "b", address: { from: "elsewhere", port: 7 } }]);
});

function makeKeeper(self = "a"): Keeper {
  return new Keeper(self, new Random(1));
}

function hand(keeper: Keeper, now: Millis, kind: Event | "due"): void {
  if (kind === "due") return keeper.handle(now, { kind });
  if (kind !== "present") return keeper.handle(now, { kind, nodeId: "b" });
  keeper.handle(now, { kind, nodeId: "b", address: { from: "b:1", port: 9 } });
}
