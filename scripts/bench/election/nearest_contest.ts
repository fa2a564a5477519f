import { DeadlineHeap } from "../../../src/core/kernel/deadline_heap.ts";
import { Random } from "../../../src/core/kernel/random.ts";
import type { Millis } from "../../../src/core/kernel/time.ts";
import type { Contest, Setting } from "./contest.ts";
import { NearestReplica, type NearestRole } from "./nearest_replica.ts";
import { HEARTBEAT_MS } from "./setting.ts";

/** A heartbeat that arrives, or a member's own tick when nobody sent it. */
interface Happening {
  readonly to: number;
  readonly from: number | undefined;
  readonly role: NearestRole;
}

/** The baseline: members under the nearest-RTT rules. The lowest id leads from the start. */
export class NearestContest implements Contest {
  readonly #setting: Setting;
  readonly #random: Random;
  readonly #replicas: readonly NearestReplica[];
  readonly #dead = new Set<number>();
  readonly #agenda = new DeadlineHeap<Happening>();
  now: Millis = 0;
  watch: () => void = () => {};

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#random = new Random(setting.seed).split("nearest");
    const set = Array.from({ length: setting.members }, (_, id) => id);
    this.#replicas = set.map((id) => {
      const rttTo = (peer: number) => 2 * setting.delayMs(id, peer);
      return new NearestReplica(id, set, rttTo, id === 0 ? "leader" : "replica");
    });
    for (const id of set) this.#schedule(setting.phaseMs[id]!, id, undefined, "replica");
  }

  runTo(end: Millis): void {
    for (let at = this.#agenda.deadline(); at <= end; at = this.#agenda.deadline()) {
      this.now = at;
      this.#happen(this.#agenda.pop(at)!);
    }
    this.now = end;
  }

  kill(member: number): void {
    this.#dead.add(member);
    this.watch();
  }

  leading(): readonly number[] {
    return this.#running().filter(({ role }) => role === "leader").map(({ id }) => id);
  }

  /** Nothing but the role stands behind what a leader does. */
  valid(): readonly number[] {
    return this.leading();
  }

  isFollowedByAll(member: number): boolean {
    return this.#running().every(({ leader }) => leader === member);
  }

  #running(): readonly NearestReplica[] {
    return this.#replicas.filter(({ id }) => !this.#dead.has(id));
  }

  #schedule(at: Millis, to: number, from: number | undefined, role: NearestRole): void {
    this.#agenda.push(at, { to, from, role });
  }

  #happen({ to, from, role }: Happening): void {
    if (this.#dead.has(to)) return;
    const replica = this.#replicas[to]!;
    const before = replica.leader;
    if (from === undefined) this.#tick(replica);
    else replica.hear(this.now, from, role);
    if (replica.leader !== before) this.watch();
  }

  #tick(replica: NearestReplica): void {
    const { delayMs, loss } = this.#setting;
    const role = replica.tick(this.now);
    for (const { id } of this.#replicas) {
      if (id === replica.id || this.#random.chance(loss)) continue;
      this.#schedule(this.now + delayMs(replica.id, id), id, replica.id, role);
    }
    this.#schedule(this.now + HEARTBEAT_MS, replica.id, undefined, role);
  }
}
