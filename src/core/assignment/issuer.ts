import { Backoff } from "../kernel/backoff.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import type { AssignmentsOptions, AssignmentsOutput, AssignmentView } from "./assignments_io.ts";
import { KeptValue } from "./kept_value.ts";
import {
  type AssignmentReport,
  type AssignmentState,
  isOver,
  type NodeAssignment,
  NOT_BEGUN,
  type Progress,
} from "./node_assignment.ts";
import { readStoredAssignment, storedAssignment } from "./stored_assignment.ts";

/** Where the assignments that were issued here live on the disk. */
export const ISSUED_KEY = "assignments";

/** How many assignments may be under way at once, and how many are remembered. */
export const UNDER_WAY_LIMIT = 128;
export const ISSUED_LIMIT = 256;

/** How soon an assignment is said again to a node that can be reached. */
const SAY_AGAIN = { firstMs: 1 * SECOND, longestMs: 15 * SECOND, jitter: 0.2 } as const;
/** However often a node comes and goes, it is not told more often. */
const SHORTEST_GAP_MS: Millis = 0.5 * SECOND;

export type IssuerInput =
  | { readonly kind: "recall"; readonly value: JsonValue | undefined }
  | { readonly kind: "issue"; readonly assignment: NodeAssignment }
  | { readonly kind: "report"; readonly from: NodeId; readonly report: AssignmentReport }
  /** Who can be reached may be others than before. */
  | { readonly kind: "peer" }
  | { readonly kind: "persisted" }
  | { readonly kind: "persistFailed" }
  | { readonly kind: "due" };

/** What happens to an assignment that was issued. */
type Event =
  | "toldPending"
  | "toldInProgress"
  | "toldCompleted"
  | "toldFailed"
  | "replaced"
  | "late";
type Action = "follow" | "supersede" | "timeOut" | "correct" | "ignore";

/** The table of SPEC.md. */
const TABLE: Record<AssignmentState, Record<Event, Action>> = {
  pending: {
    toldPending: "ignore",
    toldInProgress: "follow",
    toldCompleted: "follow",
    toldFailed: "follow",
    replaced: "supersede",
    late: "timeOut",
  },
  inProgress: {
    toldPending: "ignore",
    toldInProgress: "follow",
    toldCompleted: "follow",
    toldFailed: "follow",
    replaced: "supersede",
    late: "timeOut",
  },
  completed: {
    toldPending: "ignore",
    toldInProgress: "ignore",
    toldCompleted: "ignore",
    toldFailed: "ignore",
    replaced: "ignore",
    late: "ignore",
  },
  failed: {
    toldPending: "ignore",
    toldInProgress: "ignore",
    toldCompleted: "correct",
    toldFailed: "ignore",
    replaced: "ignore",
    late: "ignore",
  },
};

const TOLD = {
  pending: "toldPending",
  inProgress: "toldInProgress",
  completed: "toldCompleted",
  failed: "toldFailed",
} as const;

interface Issued {
  readonly assignment: NodeAssignment;
  /** Which write has it on the disk. */
  readonly version: number;
  readonly deadline: Millis;
  readonly backoff: Backoff;
  progress: Progress;
  afterMs: Millis;
  wasReachable: boolean;
  saidAt: Millis;
  sayAt: Millis;
}

/** The part of a node that issues assignments and follows what becomes of them, as in SPEC.md. */
export class Issuer implements Machine<IssuerInput, AssignmentsOutput> {
  readonly counts = {
    /** Reports of what was not issued here, or not to whom it is from. */
    unasked: 0,
    /** Assignments for which there was no room. */
    full: 0,
  };
  readonly #options: AssignmentsOptions;
  readonly #random: Random;
  readonly #kept = new KeptValue();
  readonly #outputs: AssignmentsOutput[] = [];
  /** By number, the earliest first. */
  readonly #issued = new Map<number, Issued>();
  #lookAt: Millis = NEVER;

  constructor(options: AssignmentsOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  handle(now: Millis, input: IssuerInput): void {
    switch (input.kind) {
      case "recall":
        this.#recall(now, input.value);
        break;
      case "issue":
        this.#issue(now, input.assignment);
        break;
      case "report":
        this.#hear(now, input.from, input.report);
        break;
      case "persisted":
        this.#kept.persisted(now);
        break;
      case "persistFailed":
        this.#kept.refused(now);
        break;
      case "peer":
        break;
      case "due":
        if (this.#lookAt > now) return this.#write(now);
    }
    this.#look(now);
    this.#write(now);
  }

  poll(): AssignmentsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return Math.min(this.#lookAt, this.#kept.deadline);
  }

  /** Everything that was issued here and is remembered, the earliest first. */
  get issued(): readonly AssignmentView[] {
    return [...this.#issued.values()].map(({ assignment, progress, afterMs }) => (
      { assignment, ...progress, afterMs }
    ));
  }

  get hasRoom(): boolean {
    return this.#underWay().length < UNDER_WAY_LIMIT;
  }

  /** The number of the last one, below which no other may be issued here. */
  get lastNumber(): number {
    return [...this.#issued.keys()].at(-1) ?? 0;
  }

  #underWay(): Issued[] {
    return [...this.#issued.values()].filter(({ progress }) => !isOver(progress));
  }

  #recall(now: Millis, value: JsonValue | undefined): void {
    const stored = Array.isArray(value) ? value.slice(-ISSUED_LIMIT) : [];
    const entries = stored.map(readStoredAssignment).filter((entry) => entry !== undefined);
    for (const { assignment, progress, afterMs } of entries) {
      if (assignment.number <= this.lastNumber) continue;
      this.#add(now, assignment, 0, { progress, afterMs });
    }
  }

  #issue(now: Millis, assignment: NodeAssignment): void {
    if (assignment.number <= this.lastNumber || !this.hasRoom) return void this.counts.full++;
    for (const older of this.#underWay()) {
      if (older.assignment.nodeId === assignment.nodeId) this.#act(now, older, "replaced");
    }
    this.#makeRoom();
    const version = this.#kept.change(now);
    this.#add(now, assignment, version, { progress: NOT_BEGUN, afterMs: 0 });
  }

  #add(
    now: Millis,
    assignment: NodeAssignment,
    version: number,
    { progress, afterMs }: Pick<Issued, "progress" | "afterMs">,
  ): void {
    const { number } = assignment;
    this.#issued.set(number, {
      assignment,
      version,
      deadline: now + assignment.leftMs,
      backoff: new Backoff(SAY_AGAIN, this.#random.split(`assignment ${number}`)),
      progress,
      afterMs,
      wasReachable: false,
      saidAt: -Infinity,
      sayAt: now,
    });
  }

  /** What is over is forgotten first, and of that the earliest. */
  #makeRoom(): void {
    if (this.#issued.size < ISSUED_LIMIT) return;
    const over = [...this.#issued.values()].find(({ progress }) => isOver(progress));
    if (over !== undefined) this.#issued.delete(over.assignment.number);
  }

  #hear(now: Millis, from: NodeId, { issuer, number, progress }: AssignmentReport): void {
    const issued = this.#issued.get(number);
    const isAsked = issued?.assignment.issuer === issuer && issued.assignment.nodeId === from;
    if (issued === undefined || !isAsked) return void this.counts.unasked++;
    this.#act(now, issued, TOLD[progress.state], progress);
  }

  #act(now: Millis, issued: Issued, event: Event, told?: Progress): void {
    const { progress } = issued;
    switch (TABLE[progress.state][event]) {
      case "follow":
        return this.#advance(now, issued, told!);
      case "correct":
        // It was done in time, and the word of it was late.
        if (progress.reason === "timedOut") this.#advance(now, issued, told!);
        return;
      case "supersede":
        return this.#advance(now, issued, { ...progress, state: "failed", reason: "superseded" });
      case "timeOut":
        return this.#advance(now, issued, { ...progress, state: "failed", reason: "timedOut" });
      case "ignore":
        return;
    }
  }

  #advance(now: Millis, issued: Issued, progress: Progress): void {
    const { assignment: { nodeId, cellId: cell, issuer, timeoutMs } } = issued;
    const isNews = progress.state !== issued.progress.state;
    issued.progress = progress;
    if (!isNews) return;
    issued.afterMs = Math.max(0, timeoutMs - (issued.deadline - now));
    this.#kept.change(now);
    // The node itself gives notice of what becomes of its own.
    if (nodeId === this.#options.self) return;
    const { state, reason } = progress;
    const why = reason === undefined ? {} : { reason };
    this.#outputs.push({
      kind: "notice",
      notice: { type: "assignment", nodeId, cell, issuer, state, ...why },
    });
  }

  /** Says what has to be said now, and gives up what is late. */
  #look(now: Millis): void {
    this.#lookAt = NEVER;
    for (const issued of this.#underWay()) {
      if (issued.deadline <= now) this.#act(now, issued, "late");
      else this.#lookAt = Math.min(this.#lookAt, issued.deadline, this.#say(now, issued));
    }
  }

  /** Answers when to look again. Nothing is said before the disk has it (G4). */
  #say(now: Millis, issued: Issued): Millis {
    const { assignment, version, backoff } = issued;
    const { nodeId } = assignment;
    const isReachable = nodeId === this.#options.self || this.#options.isReachable(nodeId);
    if (isReachable && !issued.wasReachable) {
      backoff.reset();
      issued.sayAt = Math.max(now, issued.saidAt + SHORTEST_GAP_MS);
    }
    issued.wasReachable = isReachable;
    if (!isReachable || !this.#kept.isKept(version)) return NEVER;
    if (issued.sayAt <= now) {
      this.#outputs.push({ kind: "send", peer: nodeId, message: { kind: "assign", assignment } });
      issued.saidAt = now;
      issued.sayAt = now + backoff.next();
    }
    return issued.sayAt;
  }

  #write(now: Millis): void {
    if (!this.#kept.takeTurn(now)) return;
    const value = [...this.#issued.values()].map(
      ({ assignment, progress, afterMs, deadline }) => {
        const isDone = isOver(progress);
        const left = isDone ? 0 : Math.max(0, deadline - now);
        const leftMs = Math.min(assignment.timeoutMs, left);
        return storedAssignment({ assignment: { ...assignment, leftMs }, progress, afterMs });
      },
    );
    this.#outputs.push({ kind: "persist", key: ISSUED_KEY, value });
  }
}
