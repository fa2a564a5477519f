import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import { type Claim, compareClaims } from "./claim.ts";

/** What a member must not forget, whatever happens to its process. */
export interface StoredBallot {
  /** The highest term that it took part in. */
  readonly term: number;
  /** Whom it gave its vote of that term. */
  readonly votedFor?: NodeId;
  /** The highest owner of a claim of that term which it followed or held. */
  readonly followed?: NodeId;
  /** The longest that it ever promised a leader to wait, where it follows one. */
  readonly promisedMs?: Millis;
}

/** How many answers may wait for the disk. Beyond it the oldest is dropped, like a lost message. */
const HELD_LIMIT = 512;

interface Held<Output> {
  readonly version: number;
  readonly output: Output;
}

/**
 * A member's vote and the highest term it knows. What promises something waits here until the disk
 * keeps what was promised (L2).
 */
export class Ballot<Output> {
  #term: number;
  #votedFor: NodeId | undefined;
  #followed: NodeId | undefined;
  #promisedMs: Millis;
  #version = 0;
  #writing: number | undefined;
  #durable = 0;
  #held: Held<Output>[] = [];
  #dropped = 0;

  constructor(stored: StoredBallot | undefined) {
    this.#term = stored?.term ?? 0;
    this.#votedFor = stored?.votedFor;
    this.#followed = stored?.followed;
    this.#promisedMs = stored?.promisedMs ?? 0;
  }

  get term(): number {
    return this.#term;
  }

  get votedFor(): NodeId | undefined {
    return this.#votedFor;
  }

  /** How many answers were dropped while the disk refused. */
  get dropped(): number {
    return this.#dropped;
  }

  get isDurable(): boolean {
    return this.#durable === this.#version;
  }

  /** No claim below this one has an effect on this member any more (L5). */
  get floor(): Claim {
    return { term: this.#term, nodeId: this.#followed ?? "" };
  }

  /** The claim is followed, or held, from here on. */
  accept({ term, nodeId }: Claim): void {
    if (compareClaims({ term, nodeId }, this.floor) <= 0) return;
    if (term > this.#term) this.#votedFor = undefined;
    this.#term = term;
    this.#followed = nodeId;
    this.#version++;
  }

  /** For how long this member ever bound itself, which whoever starts it again has to wait (L4). */
  get promisedMs(): Millis {
    return this.#promisedMs;
  }

  promise(promiseMs: Millis): void {
    if (promiseMs <= this.#promisedMs) return;
    this.#promisedMs = promiseMs;
    this.#version++;
  }

  /** Whether the vote of this term can still go to that member, whose claim would count here. */
  mayVote(term: number, nodeId: NodeId): boolean {
    if (compareClaims({ term, nodeId }, this.floor) < 0) return false;
    return term > this.#term || this.#votedFor === undefined || this.#votedFor === nodeId;
  }

  vote(term: number, nodeId: NodeId): void {
    if (term === this.#term && this.#votedFor === nodeId) return;
    if (term > this.#term) this.#followed = undefined;
    this.#term = term;
    this.#votedFor = nodeId;
    this.#version++;
  }

  /** Keeps an output back until all that was promised so far is on the disk. */
  hold(output: Output): void {
    this.#held.push({ version: this.#version, output });
    if (this.#held.length <= HELD_LIMIT) return;
    this.#held.shift();
    this.#dropped++;
  }

  /** What to write now, if there is something and nothing is being written. */
  takeWrite(): StoredBallot | undefined {
    if (this.#writing !== undefined || this.isDurable) return undefined;
    this.#writing = this.#version;
    const [votedFor, followed, promisedMs] = [this.#votedFor, this.#followed, this.#promisedMs];
    return {
      term: this.#term,
      ...(votedFor === undefined ? {} : { votedFor }),
      ...(followed === undefined ? {} : { followed }),
      ...(promisedMs === 0 ? {} : { promisedMs }),
    };
  }

  /** The write that was taken is on the disk. */
  written(): void {
    if (this.#writing === undefined) return;
    this.#durable = this.#writing;
    this.#writing = undefined;
  }

  /** The write that was taken failed; it is to be taken again. */
  notWritten(): void {
    this.#writing = undefined;
  }

  /** The outputs whose promises the disk keeps. */
  takeReady(): Output[] {
    if (this.#held.length === 0) return [];
    const ready = this.#held.filter(({ version }) => version <= this.#durable);
    this.#held = this.#held.filter(({ version }) => version > this.#durable);
    return ready.map(({ output }) => output);
  }
}
