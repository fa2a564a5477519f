import assert from "node:assert/strict";
import { FaultWishError, parseFaultWishes } from "../../src/sim/fault_wishes.ts";
import { FAULT_KINDS } from "../../src/sim/faults.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";

Deno.test("none makes a quiet run and swarm leaves everything to the seed", () => {
  assert.deepEqual(parseFaultWishes("none"), { kinds: [], network: PERFECT_NETWORK });
  assert.deepEqual(parseFaultWishes("swarm"), {});
  const quiet = drawPlan(3, parseFaultWishes("none"));
  assert.deepEqual([quiet.faults, quiet.network], [[], PERFECT_NETWORK]);
});

Deno.test("a list names kinds of fault and how the network is", () => {
  assert.deepEqual(parseFaultWishes("crash,partition,loss=0.2,delay=50ms"), {
    kinds: ["crash", "partition"],
    network: { loss: 0.2, delayMs: 50 },
  });
  assert.deepEqual(parseFaultWishes("duplicate=1,jitter=1.5s,rateKbps=64,queue=0s").network, {
    duplicate: 1,
    jitterMs: 1_500,
    rateKbps: 64,
    queueMs: 0,
  });
});

Deno.test("every kind of fault can be wished for, and only what was wished for is drawn", () => {
  for (const kind of FAULT_KINDS) {
    const wishes = parseFaultWishes(kind);
    assert.deepEqual(wishes.kinds, [kind]);
    for (let seed = 0; seed < 20; seed++) {
      for (const fault of drawPlan(seed, wishes).faults) assert.equal(fault.kind, kind);
    }
  }
});

Deno.test("what cannot be wished for is refused with what there is", () => {
  for (const text of ["", "crsh", "crash,", "los=0.2", "crash,none,x"]) {
    assert.throws(
      () => parseFaultWishes(text),
      (error) => error instanceof FaultWishError && error.known.length > 0,
      text,
    );
  }
});

Deno.test("a value out of its range is refused", () => {
  const wrong = ["loss=2", "loss=-0.1", "loss=x", "loss=", "delay=50", "jitter=-1s", "rateKbps=-1"];
  for (const text of wrong) {
    assert.throws(() => parseFaultWishes(text), /^FaultWishError: Cannot set \w+ of the net/, text);
  }
});
