import assert from "node:assert/strict";
import fc from "fast-check";
import type { Advertisement, Beacon, Pulse } from "../../../../src/core/beacon/beacon.ts";
import {
  ANSWERS_AT_ONCE,
  ANSWERS_PER_SECOND,
  Broadcaster,
  CROWD,
  EAGER_GAPS_MS,
  SECOND_TRY_MS,
  SHORTEST_GAP_MS,
} from "../../../../src/core/beacon/broadcaster.ts";
import type {
  BroadcasterInput,
  BroadcasterState,
} from "../../../../src/core/beacon/broadcaster_transitions.ts";
import { capabilityDigest } from "../../../../src/core/capability/digest.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../../src/core/kernel/time.ts";
import { type ProfileName, PROFILES } from "../../../../src/core/profile.ts";

const BOOT = 7;

const advertisement: Advertisement = { version: "1", level: 0, capabilities: [] };
const changed: Advertisement = { version: "1", level: 2, capabilities: [] };

const INPUTS: Record<BroadcasterInput["kind"], BroadcasterInput> = {
  start: { kind: "start", boot: BOOT },
  persisted: { kind: "persisted" },
  persistFailed: { kind: "persistFailed" },
  due: { kind: "due" },
  pulseDue: { kind: "pulseDue" },
  changed: { kind: "changed", advertisement: changed },
  ranked: { kind: "ranked", standing: { role: "leader" } },
  newcomer: { kind: "newcomer", address: "b:1" },
  missed: { kind: "missed" },
  beaten: { kind: "beaten" },
  stop: { kind: "stop" },
};

/** What brings a new broadcaster into each state. */
const WAYS: Record<BroadcasterState, readonly BroadcasterInput["kind"][]> = {
  idle: [],
  claiming: ["start"],
  speaking: ["start", "persisted"],
  retrying: ["start", "persistFailed"],
  silent: ["stop"],
};

/** The table of SPEC.md once more: the state after each event, and what was wanted. */
const EXPECTED: Record<BroadcasterState, Record<BroadcasterInput["kind"], string>> = {
  idle: {
    start: "claiming: claim 7",
    persisted: "idle",
    persistFailed: "idle",
    due: "idle",
    pulseDue: "idle",
    changed: "idle",
    ranked: "idle",
    newcomer: "idle",
    missed: "idle",
    beaten: "idle",
    stop: "silent",
  },
  claiming: {
    start: "claiming",
    persisted: "speaking: beacon 7.1",
    persistFailed: "retrying",
    due: "claiming",
    pulseDue: "claiming",
    changed: "claiming",
    ranked: "claiming",
    newcomer: "claiming",
    missed: "claiming",
    beaten: "claiming",
    stop: "silent",
  },
  speaking: {
    start: "speaking",
    persisted: "speaking",
    persistFailed: "speaking",
    due: "speaking: beacon 7.2",
    pulseDue: "speaking: pulse 7.2",
    changed: "speaking",
    ranked: "speaking",
    newcomer: "speaking: answer 7.2",
    missed: "speaking",
    beaten: "speaking",
    stop: "silent: goodbye 7.2, goodbye 7.3",
  },
  retrying: {
    start: "retrying",
    persisted: "retrying",
    persistFailed: "retrying",
    due: "claiming: claim 7",
    pulseDue: "retrying",
    changed: "retrying",
    ranked: "retrying",
    newcomer: "retrying",
    missed: "retrying",
    beaten: "retrying",
    stop: "silent",
  },
  silent: {
    start: "silent",
    persisted: "silent",
    persistFailed: "silent",
    due: "silent",
    pulseDue: "silent",
    changed: "silent",
    ranked: "silent",
    newcomer: "silent",
    missed: "silent",
    beaten: "silent",
    stop: "silent",
  },
};

const WAKEFUL: readonly BroadcasterState[] = ["speaking", "retrying"];

for (const [state, row] of Object.entries(EXPECTED)) {
  Deno.test(`a broadcaster that is ${state} answers every event as its table says`, () => {
    for (const [event, expected] of Object.entries(row)) {
      const broadcaster = broadcasterIn(state as BroadcasterState, { crowd: 0 });
      const isPulse = event === "pulseDue";
      const at = isPulse || broadcaster.deadline() === NEVER ? 60_000 : broadcaster.deadline();
      broadcaster.handle(at, INPUTS[event as BroadcasterInput["kind"]]);
      assert.equal(describe(broadcaster), expected, `${state} and ${event}`);
      const wantsWaking = WAKEFUL.includes(broadcaster.state);
      assert.equal(broadcaster.deadline() < NEVER, wantsWaking, `deadline after ${event}`);
    }
  });
}

Deno.test("a broadcaster that is woken early does nothing yet", () => {
  for (const state of WAKEFUL) {
    const broadcaster = broadcasterIn(state);
    const deadline = broadcaster.deadline();
    broadcaster.handle(deadline - 1, { kind: "due" });
    assert.equal(describe(broadcaster), state);
    assert.equal(broadcaster.deadline(), deadline);
  }
});

Deno.test("no beacon goes out before its boot number is on the disk", () => {
  const events = fc.constantFrom<BroadcasterInput["kind"]>(
    "start",
    "persisted",
    "persistFailed",
    "due",
    "pulseDue",
    "changed",
    "ranked",
    "newcomer",
    "missed",
    "stop",
  );
  fc.assert(
    fc.property(fc.integer(), fc.array(events, { maxLength: 40 }), (seed, kinds) => {
      const broadcaster = makeBroadcaster({ seed });
      let now = 0;
      let claimed = false;
      let safe = false;
      for (const kind of kinds) {
        now = broadcaster.deadline() === NEVER ? now + 100 : Math.max(now, broadcaster.deadline());
        if (kind === "persisted") safe ||= claimed;
        if (kind === "persistFailed") claimed = false;
        broadcaster.handle(now, INPUTS[kind]);
        for (const output of drain(broadcaster)) {
          if (output.kind === "claimBoot") claimed = true;
          else assert.ok(safe, `a ${output.kind} before the disk had its boot`);
        }
      }
    }),
    { seed: 22, numRuns: 500 },
  );
});

Deno.test("a disk that refuses the boot number is asked again, ever more rarely", () => {
  const broadcaster = broadcasterIn("claiming");
  let now = 0;
  const waits: Millis[] = [];
  for (let attempt = 0; attempt < 12; attempt++) {
    broadcaster.handle(now, { kind: "persistFailed" });
    waits.push(broadcaster.deadline() - now);
    now = broadcaster.deadline();
    broadcaster.handle(now, { kind: "due" });
    assert.equal(describe(broadcaster), "claiming: claim 7");
  }
  for (const [attempt, wait] of waits.entries()) {
    const fullMs = Math.min(30_000, 500 * 2 ** attempt);
    assert.ok(wait <= fullMs && wait >= fullMs / 2, `attempt ${attempt} waited ${wait} ms`);
  }
  broadcaster.handle(now, { kind: "persisted" });
  assert.equal(describe(broadcaster), "speaking: beacon 7.1");
});

Deno.test("a beacon carries the profile's time to live and the newest advertisement", () => {
  const broadcaster = broadcasterIn("claiming");
  broadcaster.handle(0, INPUTS.changed);
  broadcaster.handle(0, INPUTS.persisted);
  assert.deepEqual(beaconsOf(broadcaster), [{
    nodeId: "n1",
    boot: BOOT,
    sequence: 1,
    ttlMs: PROFILES.standard.beaconTtlMs,
    leaving: false,
    advertisement: changed,
    peers: 1e9,
  }]);
});

Deno.test("a change and a newcomer move the next beacon forward, never back", () => {
  for (const kind of ["changed", "newcomer"] as const) {
    const broadcaster = broadcasterIn("speaking");
    let now = 0;
    for (let beacon = 0; beacon < 2 * EAGER_GAPS_MS.length; beacon++) now = speakNext(broadcaster);
    const calmAt = broadcaster.deadline();
    broadcaster.handle(now + 50, INPUTS[kind]);
    const soonAt = broadcaster.deadline();
    assert.ok(soonAt < calmAt, "forward");
    assert.ok(soonAt >= now + SHORTEST_GAP_MS && soonAt <= now + 2 * SHORTEST_GAP_MS);
    for (let more = 0; more < 100; more++) {
      const before = broadcaster.deadline();
      broadcaster.handle(now + 60, INPUTS[kind]);
      assert.ok(broadcaster.deadline() <= before, "never back");
    }
  }
});

Deno.test("a newcomer is answered at once, it alone, and all hear a second try", () => {
  const broadcaster = broadcasterIn("speaking");
  let now = 0;
  for (let beacon = 0; beacon < 2 * EAGER_GAPS_MS.length; beacon++) now = speakNext(broadcaster);
  broadcaster.crowd = 9;
  const { sequence } = broadcaster;
  broadcaster.handle(now + 1, INPUTS.newcomer);
  const [answer, ...more] = drain(broadcaster);
  assert.ok(answer?.kind === "answer" && more.length === 0);
  assert.equal(answer.to, "b:1");
  assert.equal(answer.beacon.sequence, sequence + 1);
  const againMs = speakNext(broadcaster) - now - 1;
  assert.ok(againMs >= SECOND_TRY_MS && againMs <= 2 * SECOND_TRY_MS, `again in ${againMs} ms`);
});

Deno.test("a burst of newcomers is answered up to a bound, and the group is told for the rest", () => {
  const broadcaster = broadcasterIn("speaking", { crowd: CROWD });
  for (let count = 0; count < 10 * ANSWERS_AT_ONCE; count++) {
    broadcaster.handle(1_000, INPUTS.newcomer);
  }
  assert.equal(drain(broadcaster).length, ANSWERS_AT_ONCE);
  assert.ok(broadcaster.deadline() <= 1_000 + 2 * SHORTEST_GAP_MS);
  for (let count = 0; count < 10 * ANSWERS_AT_ONCE; count++) {
    broadcaster.handle(2_000, INPUTS.newcomer);
  }
  assert.equal(drain(broadcaster).length, ANSWERS_PER_SECOND);
});

Deno.test("about as many answer one newcomer in a crowd as in a small mesh", () => {
  const crowd = 20 * CROWD;
  let answers = 0;
  for (let seed = 0; seed < crowd; seed++) {
    const broadcaster = broadcasterIn("speaking", { crowd, seed });
    broadcaster.handle(1_000, INPUTS.newcomer);
    answers += drain(broadcaster).length;
  }
  assert.ok(answers > CROWD / 2 && answers < 2 * CROWD, `${answers} answers`);
});

Deno.test("the first beacons follow each other quickly", () => {
  const broadcaster = broadcasterIn("speaking");
  let now = 0;
  const gaps: Millis[] = [];
  for (let beacon = 0; beacon < 6; beacon++) {
    const at = speakNext(broadcaster);
    gaps.push(at - now);
    now = at;
  }
  assert.deepEqual(
    gaps.map((gap, index) => gap <= (EAGER_GAPS_MS[index] ?? SHORTEST_GAP_MS)),
    [true, true, true, true, false, false],
  );
});

const moments = fc.array(
  fc.record({
    waitMs: fc.nat(6_000),
    kind: fc.constantFrom<"changed" | "newcomer">("changed", "newcomer"),
  }),
  { maxLength: 60 },
);

for (const profile of Object.keys(PROFILES) as ProfileName[]) {
  Deno.test(`in profile ${profile} no gap is longer than the interval or shorter than the shortest`, () => {
    const { beaconIntervalMs } = PROFILES[profile];
    fc.assert(
      fc.property(fc.integer(), moments, (seed, events) => {
        const spoken = spokenTimes(makeBroadcaster({ seed, profile }), events);
        for (const [index, at] of spoken.entries()) {
          if (index === 0) continue;
          const gap = at - spoken[index - 1]!;
          assert.ok(gap <= beaconIntervalMs + 1e-6, `gap ${index} is ${gap} ms`);
          assert.ok(gap >= SHORTEST_GAP_MS - 1e-6, `gap ${index} is ${gap} ms`);
        }
      }),
      { seed: 23 },
    );
  });
}

Deno.test("sequence numbers rise by one from beacon to beacon, goodbyes included", () => {
  fc.assert(
    fc.property(fc.integer(), moments, (seed, events) => {
      const broadcaster = makeBroadcaster({ seed });
      const beacons: Beacon[] = [];
      spokenTimes(broadcaster, events, (beacon) => beacons.push(beacon));
      broadcaster.handle(1e9, INPUTS.stop);
      beacons.push(...beaconsOf(broadcaster));
      assert.deepEqual(
        beacons.map(({ sequence }) => sequence),
        beacons.map((_, index) => index + 1),
      );
      assert.deepEqual(beacons.slice(-2).map(({ leaving }) => leaving), [true, true]);
      assert.equal(beacons.filter(({ leaving }) => leaving).length, 2);
    }),
    { seed: 24 },
  );
});

Deno.test("between two beacons a node pulses, and its pulse and beacons say how often", () => {
  for (const profile of Object.keys(PROFILES) as ProfileName[]) {
    const { pulseIntervalMs } = PROFILES[profile];
    const broadcaster = makeBroadcaster({ profile, crowd: CROWD });
    const signs = signsUntil(broadcaster, 60_000);
    for (const [index, { at, pulseMs }] of signs.entries()) {
      assert.equal(pulseMs, pulseIntervalMs);
      const gapMs = at - (signs[index - 1]?.at ?? at);
      assert.ok(gapMs <= pulseIntervalMs + 1e-6, `${profile}: silent for ${gapMs} ms`);
    }
    assert.deepEqual(signs.map(({ sequence }) => sequence), signs.map((_, index) => index + 1));
  }
});

Deno.test("the larger the crowd the slower the pulse, until only beacons are left", () => {
  const pulsesIn = (crowd: number) => {
    const signs = signsUntil(makeBroadcaster({ crowd }), 600_000);
    return signs.filter(({ kind }) => kind === "pulse").length;
  };
  const counts = [0, CROWD, 2 * CROWD, 4 * CROWD, 5 * CROWD].map(pulsesIn);
  assert.equal(counts[0], counts[1]);
  assert.ok(counts[1]! > counts[2]! && counts[2]! > counts[3]!, counts.join(" "));
  assert.equal(counts[4], 0);
});

Deno.test("nodes that start together part", () => {
  const times = Array.from({ length: 50 }, (_, seed) => {
    const spoken = spokenTimes(makeBroadcaster({ seed }), [{ waitMs: 60_000, kind: "changed" }]);
    return Math.round(spoken[8]!);
  });
  assert.ok(new Set(times).size > 45, `${new Set(times).size} different times of 50`);
});

Deno.test("resources go out with the next beacon and never make one", () => {
  const broadcaster = broadcasterIn("speaking");
  const before = broadcaster.deadline();
  broadcaster.resources = {
    cpuCores: 4,
    cpuUsagePercent: 51.2,
    memoryUsagePercent: 48,
    onMains: true,
  };
  assert.equal(broadcaster.deadline(), before);
  assert.deepEqual(drain(broadcaster), []);
  broadcaster.handle(before, INPUTS.due);
  const [beacon] = beaconsOf(broadcaster);
  assert.deepEqual(beacon?.resources, {
    cpuCores: 4,
    cpuUsagePercent: 50,
    memoryUsagePercent: 50,
    onMains: true,
  });
});

Deno.test("how a node stands goes out soon, and until it stands somehow nothing of it does", () => {
  const broadcaster = broadcasterIn("speaking", { crowd: 60 });
  broadcaster.handle(broadcaster.deadline(), INPUTS.due);
  const [before] = beaconsOf(broadcaster);
  assert.equal(before?.standing, undefined);
  const now = broadcaster.deadline();
  const standing = { role: "member", parentId: "n9", linkedPeers: ["n8"] } as const;
  broadcaster.handle(now, { kind: "ranked", standing });
  assert(broadcaster.deadline() <= now + 2 * SHORTEST_GAP_MS);
  broadcaster.handle(broadcaster.deadline(), INPUTS.due);
  const [beacon] = beaconsOf(broadcaster);
  assert.deepEqual(beacon?.standing, standing);
  assert.equal(beacon?.peers, 60);
});

Deno.test("the digest is over all capabilities and follows a change of them", () => {
  const capability = (name: string) => ({ type: "sensor", name, confidence: 1 }) as const;
  const capabilities = Array.from({ length: 12 }, (_, index) => capability(`s${index}`));
  const broadcaster = broadcasterIn("speaking");
  assert.equal(broadcaster.announcement.capabilityDigest, undefined);
  broadcaster.handle(0, { kind: "changed", advertisement: { ...advertisement, capabilities } });
  broadcaster.handle(broadcaster.deadline(), INPUTS.due);
  assert.equal(beaconsOf(broadcaster)[0]?.capabilityDigest, capabilityDigest(capabilities));
  assert.notEqual(capabilityDigest(capabilities), capabilityDigest(capabilities.slice(0, 8)));
});

interface Making {
  readonly seed?: number;
  readonly profile?: ProfileName;
  /** So many that nobody pulses, unless the test is about pulses. */
  readonly crowd?: number;
}

function makeBroadcaster(
  { seed = 1, profile = "standard", crowd = 1e9 }: Making = {},
): Broadcaster {
  const broadcaster = new Broadcaster({
    nodeId: "n1",
    timing: PROFILES[profile],
    advertisement,
    random: new Random(seed),
  });
  broadcaster.crowd = crowd;
  return broadcaster;
}

function broadcasterIn(state: BroadcasterState, making?: Making): Broadcaster {
  const broadcaster = makeBroadcaster(making);
  for (const kind of WAYS[state]) broadcaster.handle(0, INPUTS[kind]);
  drain(broadcaster);
  assert.equal(broadcaster.state, state);
  return broadcaster;
}

/** Wakes the broadcaster when it wants to be; answers when that was. */
function speakNext(broadcaster: Broadcaster): Millis {
  const at = broadcaster.deadline();
  broadcaster.handle(at, { kind: "due" });
  assert.equal(beaconsOf(broadcaster).length, 1);
  return at;
}

/** Starts the broadcaster and drives it through the events, as a driver with a perfect timer. */
function spokenTimes(
  broadcaster: Broadcaster,
  events: readonly { waitMs: Millis; kind: "changed" | "newcomer" }[],
  hear: (beacon: Beacon) => void = () => {},
): Millis[] {
  const spoken: Millis[] = [];
  const note = (at: Millis) => {
    for (const beacon of beaconsOf(broadcaster)) {
      hear(beacon);
      spoken.push(at);
    }
  };
  broadcaster.handle(0, INPUTS.start);
  drain(broadcaster);
  broadcaster.handle(0, INPUTS.persisted);
  note(0);
  let now = 0;
  for (const { waitMs, kind } of events) {
    now += waitMs;
    for (let at = broadcaster.deadline(); at <= now; at = broadcaster.deadline()) {
      broadcaster.handle(at, { kind: "due" });
      note(at);
    }
    broadcaster.handle(now, INPUTS[kind]);
  }
  return spoken;
}

interface Sign extends Pick<Pulse, "sequence"> {
  readonly kind: "beacon" | "pulse";
  readonly at: Millis;
  readonly pulseMs: Millis | undefined;
}

/** Every beacon and pulse of a broadcaster that is left alone. */
function signsUntil(broadcaster: Broadcaster, end: Millis): Sign[] {
  const signs: Sign[] = [];
  broadcaster.handle(0, INPUTS.start);
  broadcaster.handle(0, INPUTS.persisted);
  for (let now = 0; now <= end; now = broadcaster.deadline()) {
    broadcaster.handle(now, INPUTS.due);
    broadcaster.handle(now, INPUTS.pulseDue);
    for (const output of drain(broadcaster)) {
      if (output.kind === "claimBoot" || output.kind === "answer") continue;
      const { sequence, pulseMs } = output.kind === "beacon" ? output.beacon : output.pulse;
      signs.push({ kind: output.kind, at: now, sequence, pulseMs });
    }
  }
  return signs;
}

function beaconsOf(broadcaster: Broadcaster): Beacon[] {
  return drain(broadcaster).flatMap((output) => output.kind === "beacon" ? [output.beacon] : []);
}

function describe(broadcaster: Broadcaster): string {
  const outputs = drain(broadcaster).map((output) => {
    if (output.kind === "claimBoot") return `claim ${output.boot}`;
    if (output.kind === "pulse") return `pulse ${output.pulse.boot}.${output.pulse.sequence}`;
    const { leaving, boot, sequence } = output.beacon;
    return `${leaving ? "goodbye" : output.kind} ${boot}.${sequence}`;
  });
  return outputs.length === 0 ? broadcaster.state : `${broadcaster.state}: ${outputs.join(", ")}`;
}

Deno.test("where all are heard by IPv4 pulses go by it alone, and one beacon in three by both", () => {
  const broadcaster = broadcasterIn("speaking", { crowd: 9 });
  const early = familiesOf(broadcaster, 3);
  broadcaster.reach = { hearsAll: true, isHeardBy: true };
  assert.deepEqual(early, { beacon: ["both", "both", "both"], pulse: [] });
  familiesOf(broadcaster, 2);
  const { beacon, pulse } = familiesOf(broadcaster, 60);
  assert.deepEqual(new Set(pulse), new Set(["ipv4"]));
  const alone = beacon.filter((families) => families === "ipv4").length;
  assert.ok(Math.abs(alone - beacon.length * 2 / 3) <= 1, `${alone} of ${beacon.length}`);
});

Deno.test("where somebody is not heard by IPv4 all goes by both, and beacons ask for both", () => {
  const broadcaster = broadcasterIn("speaking", { crowd: 9 });
  broadcaster.reach = { hearsAll: false, isHeardBy: false };
  const { beacon, pulse } = familiesOf(broadcaster, 60);
  assert.deepEqual(new Set([...beacon, ...pulse]), new Set(["both"]));
  broadcaster.handle(broadcaster.deadline() + 10_000, { kind: "due" });
  assert.equal(beaconsOf(broadcaster)[0]?.wantsBothFamilies, true);
});

Deno.test("who doubts a peer pulses soon, by both, if its pulses went by IPv4 alone", () => {
  for (const isHeardBy of [true, false]) {
    const broadcaster = broadcasterIn("speaking", { crowd: 9 });
    familiesOf(broadcaster, 30);
    broadcaster.reach = { hearsAll: true, isHeardBy };
    const before = broadcaster.deadline();
    const now = before - 500;
    broadcaster.handle(now, { kind: "missed" });
    assert.equal(broadcaster.deadline() < before, isHeardBy);
    broadcaster.reach = { hearsAll: false, isHeardBy: false };
    assert.deepEqual(new Set(Object.values(familiesOf(broadcaster, 2)).flat()), new Set(["both"]));
  }
});

/** By which families the next few signs of life go. */
function familiesOf(broadcaster: Broadcaster, signs: number) {
  const families: Record<"beacon" | "pulse", string[]> = { beacon: [], pulse: [] };
  for (let count = 0; count < signs; count++) {
    const now = broadcaster.deadline();
    broadcaster.handle(now, { kind: "due" });
    broadcaster.handle(now, { kind: "pulseDue" });
    for (const output of drain(broadcaster)) {
      if (output.kind === "beacon" || output.kind === "pulse") {
        families[output.kind].push(output.families);
      }
    }
  }
  return families;
}
