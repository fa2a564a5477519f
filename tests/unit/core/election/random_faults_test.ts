import assert from "node:assert/strict";
import { type Claim, compareClaims } from "../../../../src/core/election/claim.ts";
import type { ElectionMessage } from "../../../../src/core/election/message.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILE_NAMES } from "../../../../src/core/profile.ts";
import { Parliament } from "./parliament.ts";

const SEEDS = 250;
const TROUBLE_MS = 60_000;

/** Keeps its own books of what the members of a parliament do, and says what is wrong with it. */
class Watcher {
  readonly #parliament: Parliament;
  readonly #terms = new Map<string, number>();
  readonly #followed = new Map<string, { readonly claim: Claim; readonly life: number }>();
  readonly #holders = new Map<string, string>();
  readonly #votes = new Map<string, string>();

  constructor(parliament: Parliament) {
    this.#parliament = parliament;
    parliament.watch = () => this.look();
    parliament.overhear = (from, to, message) => this.#hear(from, to, message);
  }

  look(): void {
    const parliament = this.#parliament;
    const { now } = parliament;
    const withQuorum = parliament.leading().filter(({ election, isPaused }) =>
      !isPaused && election!.authority(now) === "quorum"
    );
    const names = withQuorum.map(({ name }) => name).join(", ");
    assert.ok(withQuorum.length <= 1, `${names} lead with quorum at ${now}`);
    for (const { name, life, election, ballot } of parliament.seats) {
      if (election === undefined) continue;
      const term = ballot?.term ?? 0;
      assert.ok(term >= (this.#terms.get(name) ?? 0), `the term of ${name} fell at ${now}`);
      this.#terms.set(name, term);
      const { leader, state } = election;
      if (leader === undefined || election.followed?.isIndirect === true) continue;
      this.#checkOrder(name, life, leader);
      if (state === "leading") this.#checkHolder(name, life, leader);
    }
  }

  #checkOrder(name: string, life: number, claim: Claim): void {
    const before = this.#followed.get(name);
    if (before?.life === life) {
      const isOlder = compareClaims(claim, before.claim) < 0;
      assert.ok(!isOlder, `${name} goes back to ${claim.nodeId} of term ${claim.term}`);
    }
    this.#followed.set(name, { claim, life });
  }

  #checkHolder(name: string, life: number, { term, nodeId }: Claim): void {
    const holder = `${name} of life ${life}`;
    const known = this.#holders.get(`${term} ${nodeId}`) ?? holder;
    assert.equal(known, holder, `two hold the claim of ${nodeId} to term ${term}`);
    this.#holders.set(`${term} ${nodeId}`, holder);
  }

  #hear(from: string, to: string, message: ElectionMessage): void {
    if (message.kind !== "vote" || !message.granted) return;
    const known = this.#votes.get(`${from} ${message.term}`) ?? to;
    assert.equal(known, to, `${from} votes for two in term ${message.term}`);
    this.#votes.set(`${from} ${message.term}`, to);
  }
}

function trouble(parliament: Parliament, random: Random): void {
  const { names } = parliament;
  const [name, other] = [random.pick(names), random.pick(names)];
  const forMs = random.pick([300, 1_500, 5_000, 15_000]);
  const after = (act: () => void) => parliament.schedule(parliament.now + forMs, act);
  switch (random.below(5)) {
    case 0:
      parliament.kill(name);
      return after(() => parliament.start(name));
    case 1:
      parliament.pause(name);
      return after(() => parliament.resume(name));
    case 2: {
      const shuffled = random.shuffled(names);
      const cut = random.between(1, names.length - 1);
      parliament.part(shuffled.slice(0, cut), shuffled.slice(cut));
      return after(() => parliament.heal());
    }
    case 3:
      parliament.cut(name, other);
      parliament.tellMembers();
      return after(() => parliament.heal());
    default: {
      const before = parliament.loss;
      parliament.loss = random.pick([0.2, 0.4]);
      return after(() => parliament.loss = before);
    }
  }
}

Deno.test("under random faults no two lead with quorum, nobody votes twice, and all agree after", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed);
    const parliament = new Parliament({
      size: random.between(2, 9),
      seed,
      profile: random.pick(["standard", "tactical", "fast"] as const),
      delayMs: random.pick([1, 5, 20, 60]),
      loss: random.pick([0, 0, 0.01, 0.05, 0.2]),
      diskMs: random.pick([1, 5, 20]),
    });
    new Watcher(parliament);
    for (const { name } of parliament.seats) {
      parliament.schedule(random.below(3_000), () => parliament.start(name));
    }
    for (let count = random.between(0, 8); count > 0; count--) {
      parliament.schedule(random.below(TROUBLE_MS), () => trouble(parliament, random));
    }
    parliament.runFor(TROUBLE_MS);
    calm(parliament);
    assert.ok(parliament.awaitAgreement(boundOf(parliament)) !== undefined, `seed ${seed}`);
  }
});

Deno.test("members that were started with different profiles have one leader with quorum for all that", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed);
    const profiles = random.shuffled(PROFILE_NAMES);
    const parliament = new Parliament({
      size: random.between(2, 7),
      seed,
      profile: "distributed",
      profileOf: (name) => profiles[name.charCodeAt(0) % profiles.length]!,
      delayMs: random.pick([1, 5, 20]),
      diskMs: random.pick([1, 5, 20]),
    });
    new Watcher(parliament);
    parliament.startAll();
    for (let count = random.between(1, 8); count > 0; count--) {
      parliament.schedule(random.below(TROUBLE_MS), () => trouble(parliament, random));
    }
    parliament.runFor(TROUBLE_MS);
    calm(parliament);
    assert.ok(parliament.awaitAgreement(boundOf(parliament)) !== undefined, `seed ${seed}`);
    // A fast member waits for a slow leader as long as that one counts on it.
    const agreed = parliament.agreed()!;
    parliament.leaders.length = 0;
    parliament.runFor(60_000);
    const others = parliament.leaders.filter(({ output }) =>
      output.leader !== undefined && output.leader.nodeId !== agreed
    );
    assert.deepEqual(others, [], `seed ${seed}`);
  }
});

/** In so long all agree once nothing goes wrong any more. */
function boundOf({ pace: { promiseMs, electionTimeoutMs, roundMs } }: Parliament): number {
  return 3 * promiseMs + 4 * electionTimeoutMs + 10 * roundMs;
}

function calm(parliament: Parliament): void {
  parliament.heal();
  parliament.loss = 0;
  for (const { name, isPaused } of parliament.seats) {
    if (isPaused) parliament.resume(name);
    parliament.start(name);
  }
}
