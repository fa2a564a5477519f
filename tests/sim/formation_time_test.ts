/**
 * Fleets whose clocks are wrong by years, drift, are set while they run, and lie; nodes restart and
 * lose most of what is said. Whatever happens, the formation's time is held against the true one.
 */
import assert from "node:assert/strict";
import { FormationClock, REPORT_LIFE_MS } from "../../src/core/formation_time/formation_clock.ts";
import { Random } from "../../src/core/kernel/random.ts";
import { MINUTE, SECOND } from "../../src/core/kernel/time.ts";
import { SIMULATION_EPOCH, VirtualClock } from "../../src/sim/virtual_clock.ts";

const YEAR = 365 * 24 * 60 * MINUTE;
const BEACON_EVERY = 5 * SECOND;
const DURATION = 2 * REPORT_LIFE_MS;

/** How far right clocks are from the truth at most: half a second, and what they drift. */
const TOLERANCE_MS = 5 * SECOND;

interface Machine {
  readonly clock: VirtualClock;
  formation: FormationClock;
  heardOf: Set<number>;
  isWrong: boolean;
  readonly lies: boolean;
}

class Fleet {
  readonly machines: Machine[];
  readonly #random: Random;
  readonly #signedAtMs = SIMULATION_EPOCH - 30 * 24 * 60 * MINUTE;

  constructor(seed: string) {
    const random = this.#random = new Random(seed);
    const size = 3 + random.below(8);
    // Fewer than half, the liar and whoever's clock is set wrong later among them.
    const wrong = random.below(Math.ceil(size / 2));
    this.machines = Array.from({ length: size }, (_, index) => {
      const isWrong = index < wrong;
      const errorMs = isWrong ? this.#error() : (random.unit() - 0.5) * SECOND;
      const clock = new VirtualClock({
        localAtZero: random.below(1_000_000),
        driftPpm: (random.unit() * 2 - 1) * 100,
        wallOffsetMs: errorMs,
      });
      const formation = new FormationClock();
      return { clock, formation, heardOf: new Set(), isWrong, lies: isWrong && index === 0 };
    });
    for (const machine of this.machines) this.restart(0, machine);
  }

  restart(at: number, machine: Machine): void {
    machine.formation = new FormationClock();
    machine.heardOf = new Set();
    const now = machine.clock.monotonic(at);
    machine.formation.handle(now, { kind: "proven", wallMs: this.#signedAtMs });
  }

  step(at: number): void {
    const random = this.#random;
    this.machines.forEach((from, sender) => {
      if (from.isWrong && random.chance(0.01)) from.clock.stepWall(this.#error());
      if (random.chance(0.005)) this.restart(at, from);
      const wallMs = from.lies ? random.unit() * 2 * SIMULATION_EPOCH : from.clock.wall(at);
      for (const to of this.machines) {
        if (to === from || random.chance(0.7)) continue;
        const now = to.clock.monotonic(at);
        to.formation.handle(now, { kind: "report", deviceId: `${sender}`, wallMs, expiresAtMs: 0 });
        to.heardOf.add(sender);
      }
    });
  }

  check(at: number): void {
    this.machines.forEach((machine, index) => {
      const now = machine.clock.monotonic(at);
      machine.formation.handle(now, { kind: "ownClock", wallMs: machine.clock.wall(at) });
      const { timeMs } = machine.formation.read(now);
      const where = `node ${index} at ${at}: ${timeMs - (SIMULATION_EPOCH + at)} ms off`;
      assert.ok(timeMs >= this.#signedAtMs, `T3 ${where}`);
      const known = [...machine.heardOf].map((sender) => this.machines[sender]!).concat(machine);
      const wrong = known.filter(({ isWrong }) => isWrong).length;
      if (2 * wrong >= known.length) return;
      assert.ok(Math.abs(timeMs - (SIMULATION_EPOCH + at)) <= TOLERANCE_MS, `T1 ${where}`);
    });
  }

  #error(): number {
    const random = this.#random;
    // Years, or so little that nothing that was signed contradicts it.
    const mostMs = random.chance(0.5) ? 40 * YEAR : YEAR / 20;
    return (MINUTE + random.unit() * mostMs) * (random.chance(0.5) ? 1 : -1);
  }
}

Deno.test("no fleet whose clocks are mostly right ever takes another time for the formation's", () => {
  for (let round = 0; round < 40; round++) {
    const fleet = new Fleet(`fleet ${round}`);
    for (let at = 0; at < DURATION; at += BEACON_EVERY) {
      fleet.step(at);
      fleet.check(at + 1);
    }
  }
});
