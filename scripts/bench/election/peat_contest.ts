import type { Millis } from "../../../src/core/kernel/time.ts";
import { Parliament } from "../../../tests/unit/core/election/parliament.ts";
import type { Contest, Setting } from "./contest.ts";

/** How long a write of the ballot takes, as in `peat sim`. */
const DISK_MS: Millis = 8;

/** peat's election, the members of which learn only by silence who is gone. */
export class PeatContest implements Contest {
  readonly #parliament: Parliament;
  readonly #indexes: ReadonlyMap<string, number>;

  constructor({ seed, members, loss, delayMs, phaseMs }: Setting) {
    const parliament = this.#parliament = new Parliament({
      size: members,
      seed,
      profile: "tactical",
      loss,
      delayOf: (from, to) => delayMs(this.#index(from), this.#index(to)),
      isBlind: true,
      diskMs: DISK_MS,
    });
    this.#indexes = new Map(parliament.names.map((name, index) => [name, index]));
    for (const [name, index] of this.#indexes) {
      parliament.schedule(phaseMs[index]!, () => parliament.start(name));
    }
  }

  get now(): Millis {
    return this.#parliament.now;
  }

  set watch(watch: () => void) {
    this.#parliament.watch = watch;
  }

  runTo(at: Millis): void {
    this.#parliament.runFor(at - this.now);
  }

  kill(member: number): void {
    this.#parliament.kill(this.#parliament.names[member]!);
  }

  leading(): readonly number[] {
    return this.#parliament.leading().map(({ name }) => this.#index(name));
  }

  /** Whoever leads without a quorum does what a part of a cell may do, and nothing that binds all. */
  valid(): readonly number[] {
    return this.#parliament.leading()
      .filter(({ election }) => election!.authority(this.now) === "quorum")
      .map(({ name }) => this.#index(name));
  }

  isFollowedByAll(member: number): boolean {
    return this.#parliament.agreed() === this.#parliament.names[member];
  }

  #index(name: string): number {
    return this.#indexes.get(name)!;
  }
}
