import type { NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { Host, Step } from "../host.ts";
import { timingOf } from "../plan.ts";
import type { World } from "../world.ts";
import { beatHeardIn, beatSaidIn, electionIn, heardIn, saidIn } from "./cell_talk.ts";

/**
 * How many heartbeats, signs of life of leaders and candidacies are remembered that a member did not
 * answer yet. A link that heals brings all that was said over it meanwhile at once.
 */
const UNANSWERED = 1_024;

interface Promise {
  /** By the member's own clock, which goes on when its process does not. */
  readonly until: Millis;
  /** The term of the claim that it was made to; whoever is elected again counts on none before. */
  readonly term: number;
  /** Who leads another cell is bound to by nobody of this one. */
  readonly cellId: string;
}

/** One account of them for every checker of a world, since all take down the same. */
const ACCOUNTS = new WeakMap<World, Promises>();

export function promisesIn(world: World): Promises {
  const known = ACCOUNTS.get(world);
  if (known !== undefined) return known;
  const promises = new Promises(world);
  ACCOUNTS.set(world, promises);
  return promises;
}

/**
 * What members really promised to leaders, from what they told them and from when they heard what
 * they answer. A process that forgets a promise made it nevertheless.
 */
class Promises {
  readonly #world: World;
  /** For how long a leader asks to be waited for, and a vote binds, by the profile of each. */
  readonly #promiseMs: readonly Millis[];
  readonly #voteHoldMs: readonly Millis[];
  readonly #made: Map<NodeId, Promise>[];
  readonly #heard: Map<string, Millis>[];
  /** By which of its claims a host that leads was elected; it may have renewed it since. */
  readonly #reigns: { life: number; firstTerm: number | undefined }[];
  #noted: Step | undefined;
  #broken = 0;

  constructor(world: World) {
    this.#world = world;
    const timings = world.hosts.map(({ index }) => timingOf(world.plan, index));
    this.#promiseMs = timings.map((timing) => timing.heartbeatMs * timing.heartbeatMisses);
    this.#voteHoldMs = timings.map(({ heartbeatMs }) => 2 * Math.max(500, heartbeatMs));
    this.#made = world.hosts.map(() => new Map());
    this.#heard = world.hosts.map(() => new Map());
    this.#reigns = world.hosts.map(() => ({ life: 0, firstTerm: undefined }));
  }

  /** Counts what ended before its time, so that whoever added promises up has to do it again. */
  get broken(): number {
    return this.#broken;
  }

  /** Takes down what the member heard and told, once a step whoever asks. */
  note(step: Step): void {
    if (step === this.#noted) return;
    this.#noted = step;
    const { host, now, input, outputs } = step;
    this.#noteReign(host);
    const felt = beatHeardIn(input);
    if (felt?.beat.kind === "heartbeat") {
      const key = `${felt.from} said ${felt.beat.term} ${felt.sequence}`;
      // It may come by two ways, and binds by the first.
      if (!this.#heard[host.index]!.has(key)) this.#hear(host, key, now);
    }
    if (input.kind !== "message" && outputs.length === 0) return;
    const talk = heardIn(input, host.name);
    const heard = electionIn(talk);
    if (heard?.kind === "heartbeat") {
      this.#hear(host, `${talk!.other} beat ${heard.claim.term} ${heard.sequence}`, now);
    } else if (heard?.kind === "candidacy") {
      this.#hear(host, `${talk!.other} stands ${heard.term}`, now);
    }
    for (const output of outputs) {
      const beat = beatSaidIn(output);
      if (beat?.kind === "acknowledgement") {
        const { cellId, claim: { term, nodeId: leader }, heard } = beat;
        const key = `${leader} said ${term} ${heard}`;
        this.#promise(host, { to: leader, cellId, key, term, forMs: this.#promiseMsOf(leader) });
      }
      const talk = saidIn(output, host.name);
      const said = electionIn(talk);
      if (said?.kind === "acknowledgement" && said.isBound) {
        const { other, cellId } = talk!;
        const { term } = said.claim;
        const key = `${other} beat ${term} ${said.sequence}`;
        this.#promise(host, { to: other, cellId, key, term, forMs: this.#promiseMsOf(other) });
      } else if (said?.kind === "vote" && said.granted) {
        const [{ other, cellId }, { term }] = [talk!, said];
        const forMs = this.#voteHoldMs[host.index]!;
        this.#promise(host, { to: other, cellId, key: `${other} stands ${term}`, term, forMs });
      }
    }
  }

  /** Until when the member is bound to the leader, by the member's clock. */
  until(member: Host, leader: NodeId, cellId: string): Millis {
    const made = this.#made[member.index]!.get(leader);
    return made?.cellId === cellId ? made.until : -Infinity;
  }

  /** A leader other than `except` that still leads the cell and counts on this member. */
  holderOf(member: Host, now: Millis, cellId: string, except: NodeId): NodeId | undefined {
    for (const [leader, promise] of this.#made[member.index]!) {
      if (leader === except || promise.until <= now || promise.cellId !== cellId) continue;
      if (this.#isCountedOn(this.#world.hosts[this.#world.indexOf(leader)]!, promise)) {
        return leader;
      }
    }
    return undefined;
  }

  /** Whether the leader still leads by the claim that the promise was made to, or renewed it. */
  #isCountedOn({ index, life, node }: Host, { term }: Promise): boolean {
    const { firstTerm, life: noted } = this.#reigns[index]!;
    return node !== undefined && noted === life && firstTerm !== undefined && term >= firstTerm;
  }

  #promiseMsOf(leader: NodeId): Millis {
    return this.#promiseMs[this.#world.indexOf(leader)]!;
  }

  #noteReign(host: Host): void {
    const reign = this.#reigns[host.index]!;
    const term = host.node?.affiliation.cell?.election.leadership?.claim.term;
    if (reign.life !== host.life || term === undefined) reign.firstTerm = undefined;
    reign.firstTerm ??= term;
    reign.life = host.life;
  }

  #hear(host: Host, key: string, now: Millis): void {
    const heard = this.#heard[host.index]!;
    heard.set(key, now);
    if (heard.size > UNANSWERED) heard.delete(heard.keys().next().value!);
  }

  #promise(
    host: Host,
    { to, cellId, key, term, forMs }: {
      to: NodeId;
      cellId: string;
      key: string;
      term: number;
      forMs: Millis;
    },
  ): void {
    const heardAt = this.#heard[host.index]!.get(key);
    const leader = this.#world.hosts[this.#world.indexOf(to)]!;
    if (heardAt === undefined || leader === undefined) return;
    const before = this.#made[host.index]!.get(to);
    const isContinued = before?.cellId === cellId && this.#isCountedOn(leader, before);
    const until = Math.max(heardAt + forMs, isContinued ? before.until : -Infinity);
    if (before !== undefined && (before.cellId !== cellId || until < before.until)) this.#broken++;
    this.#made[host.index]!.set(to, { until, term, cellId });
  }
}
