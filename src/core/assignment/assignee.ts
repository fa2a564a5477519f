import type { NodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { AssignmentsOutput, AssignmentView, Situation } from "./assignments_io.ts";
import { KeptValue } from "./kept_value.ts";
import {
  type AssignmentRank,
  type AssignmentState,
  compareAssignments,
  isOver,
  type NodeAssignment,
  NOT_BEGUN,
  type Progress,
} from "./node_assignment.ts";
import { readStoredAssignment, storedAssignment } from "./stored_assignment.ts";

/** Where the last assignment that this node took lives on the disk. */
export const ASSIGNED_KEY = "assigned";

/** How often issuers are told how far it is. Whoever was not told asks again. */
const REPORTS_PER_SECOND = 16;
const REPORTS_AT_ONCE = 32;

export type AssigneeInput =
  | { readonly kind: "recall"; readonly value: JsonValue | undefined }
  | { readonly kind: "start" }
  /** Somebody who was proven to have the right to, assigns this node. */
  | { readonly kind: "assign"; readonly assignment: NodeAssignment }
  | { readonly kind: "persisted" }
  | { readonly kind: "persistFailed" }
  | { readonly kind: "due" };

/** What happens to the assignment that is held. */
type Event = "later" | "again" | "earlier" | "kept" | "started" | "looked" | "late";
type Action =
  | "take"
  | "replace"
  | "answer"
  | "refuse"
  | "begin"
  | "resume"
  | "meet"
  | "judge"
  | "timeOut"
  | "ignore";

/** The table of SPEC.md. Nothing at all is held while it is `none`. */
const TABLE: Record<AssignmentState | "none", Record<Event, Action>> = {
  none: {
    later: "take",
    again: "ignore",
    earlier: "ignore",
    kept: "ignore",
    started: "ignore",
    looked: "ignore",
    late: "ignore",
  },
  pending: {
    later: "replace",
    again: "answer",
    earlier: "refuse",
    kept: "begin",
    started: "begin",
    looked: "ignore",
    late: "timeOut",
  },
  inProgress: {
    later: "replace",
    again: "answer",
    earlier: "refuse",
    kept: "ignore",
    started: "resume",
    looked: "judge",
    late: "timeOut",
  },
  completed: {
    later: "take",
    again: "answer",
    earlier: "refuse",
    kept: "ignore",
    started: "meet",
    looked: "ignore",
    late: "ignore",
  },
  failed: {
    later: "take",
    again: "answer",
    earlier: "refuse",
    kept: "ignore",
    started: "ignore",
    looked: "ignore",
    late: "ignore",
  },
};

interface Held {
  readonly assignment: NodeAssignment;
  /** Which write has it on the disk. */
  readonly version: number;
  deadline: Millis;
  progress: Progress;
  afterMs: Millis;
  /** The node was seen in the cell. */
  hasArrived: boolean;
}

/** The part of a node that is assigned. SPEC.md has the rules and the invariants. */
export class Assignee implements Machine<AssigneeInput, AssignmentsOutput> {
  readonly counts = {
    /** Said again after it was taken. */
    repeated: 0,
    /** Issued before the one that is held. */
    earlier: 0,
    /** Reports that were not sent, because too many were asked for. */
    overRate: 0,
  };
  readonly #situation: Situation;
  readonly #kept = new KeptValue();
  readonly #reports = new TokenBucket(REPORTS_PER_SECOND, REPORTS_AT_ONCE);
  readonly #outputs: AssignmentsOutput[] = [];
  #held: Held | undefined;
  #hasStarted = false;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  handle(now: Millis, input: AssigneeInput): void {
    switch (input.kind) {
      case "recall":
        this.#recall(now, input.value);
        break;
      case "start":
        this.#hasStarted = true;
        this.#act(now, "started");
        break;
      case "assign":
        this.#hear(now, input.assignment);
        break;
      case "persisted":
        this.#kept.persisted(now);
        this.#act(now, "kept");
        break;
      case "persistFailed":
        this.#kept.refused(now);
        break;
      case "due":
        this.#act(now, "looked");
        if (this.#held !== undefined && this.#held.deadline <= now) this.#act(now, "late");
        break;
    }
    this.#write(now);
  }

  poll(): AssignmentsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    const held = this.#held;
    const late = held === undefined || isOver(held.progress) ? NEVER : held.deadline;
    return Math.min(late, this.#kept.deadline);
  }

  /** The last assignment that this node took. */
  get assigned(): AssignmentView | undefined {
    if (this.#held === undefined) return undefined;
    const { assignment, progress, afterMs } = this.#held;
    return { assignment, ...progress, afterMs };
  }

  #recall(now: Millis, value: JsonValue | undefined): void {
    const stored = readStoredAssignment(value);
    if (stored === undefined || stored.assignment.nodeId !== this.#situation.self) return;
    const deadline = now + stored.assignment.leftMs;
    this.#held = { ...stored, version: 0, deadline, hasArrived: false };
  }

  #hear(now: Millis, assignment: NodeAssignment): void {
    const held = this.#held;
    const order = held === undefined ? 1 : compareAssignments(assignment, held.assignment);
    if (order > 0) return this.#act(now, "later", assignment);
    if (order < 0) {
      this.counts.earlier++; // G2
      return this.#act(now, "earlier", assignment);
    }
    this.counts.repeated++;
    if (held !== undefined) held.deadline = Math.min(held.deadline, now + assignment.leftMs);
    this.#act(now, "again", assignment);
  }

  #act(now: Millis, event: Event, said?: NodeAssignment): void {
    switch (TABLE[this.#held?.progress.state ?? "none"][event]) {
      case "replace":
        this.#conclude(now, "superseded");
        return this.#take(now, said!);
      case "take":
        return this.#take(now, said!);
      case "answer":
        return this.#report(now);
      case "refuse": {
        const progress = { ...NOT_BEGUN, state: "failed", reason: "superseded" } as const;
        return this.#tell(now, said!, progress);
      }
      case "begin":
        return this.#begin(now);
      case "resume":
      case "meet":
        return this.#enter();
      case "judge":
        return this.#judge(now);
      case "timeOut":
        return this.#conclude(now, "timedOut");
      case "ignore":
        return;
    }
  }

  #take(now: Millis, assignment: NodeAssignment): void {
    this.#meetNobody();
    this.#held = {
      assignment,
      version: this.#kept.change(now),
      deadline: now + assignment.leftMs,
      progress: NOT_BEGUN,
      afterMs: assignment.timeoutMs - assignment.leftMs,
      hasArrived: false,
    };
    if (this.#situation.isCellless()) this.#conclude(now, "noCells");
  }

  /** Only what is on the disk is begun, and so nothing is forgotten that was answered (G4). */
  #begin(now: Millis): void {
    const held = this.#held!;
    if (!this.#hasStarted || !this.#kept.isKept(held.version)) return;
    this.#enter();
    this.#advance(now, { ...held.progress, state: "inProgress", ...this.#look() });
  }

  /** Seeks the cell, and whom it shall find there. */
  #enter(): void {
    const { assignment: { cellId, peers }, progress } = this.#held!;
    if (!isOver(progress)) this.#outputs.push({ kind: "join", cellId });
    for (const { nodeId, addresses } of peers) {
      const known = addresses.map((from) => ({ from }));
      this.#outputs.push({ kind: "directed", event: { kind: "seen", nodeId, addresses: known } });
    }
  }

  /** What the last assignment told of peers is not said any more. */
  #meetNobody(): void {
    for (const { nodeId } of this.#held?.assignment.peers ?? []) {
      this.#outputs.push({ kind: "directed", event: { kind: "lost", nodeId } });
    }
  }

  #judge(now: Millis): void {
    const held = this.#held!;
    const isThere = this.#situation.cell()?.cellId === held.assignment.cellId;
    if (held.hasArrived && !isThere) return this.#conclude(now, "movedOn");
    held.hasArrived ||= isThere;
    const seen = this.#look();
    if (seen.isMember && seen.missingPeers.length === 0) {
      return this.#advance(now, { state: "completed", ...seen });
    }
    const { isMember, missingPeers } = held.progress;
    const isNews = seen.isMember !== isMember || seen.missingPeers.join() !== missingPeers.join();
    if (!isNews) return;
    held.progress = { ...held.progress, ...seen };
    this.#report(now);
  }

  #look(): Pick<Progress, "isMember" | "missingPeers"> {
    const { cell, isConnected, self } = this.#situation;
    const { cellId, peers } = this.#held!.assignment;
    const there = cell();
    return {
      isMember: there?.cellId === cellId && there.hasLeader,
      missingPeers: peers.map(({ nodeId }) => nodeId)
        .filter((nodeId) => nodeId !== self && !isConnected(nodeId)),
    };
  }

  #conclude(now: Millis, reason: NonNullable<Progress["reason"]>): void {
    this.#advance(now, { ...this.#look(), state: "failed", reason });
    this.#meetNobody();
  }

  #advance(now: Millis, progress: Progress): void {
    const held = this.#held!;
    const { assignment: { nodeId, cellId: cell, issuer, timeoutMs } } = held;
    const { state, reason } = progress;
    held.progress = progress;
    held.afterMs = Math.max(0, timeoutMs - (held.deadline - now));
    this.#kept.change(now);
    this.#outputs.push({
      kind: "notice",
      notice: {
        type: "assignment",
        nodeId,
        cell,
        issuer,
        state,
        ...(reason === undefined ? {} : { reason }),
      },
    });
    this.#report(now);
  }

  #report(now: Millis): void {
    const { assignment, version, progress } = this.#held!;
    if (this.#kept.isKept(version)) this.#tell(now, assignment, progress); // G4
  }

  #tell(now: Millis, { issuer, number }: AssignmentRank, progress: Progress): void {
    if (!this.#canTell(issuer)) return;
    if (!this.#reports.take(now)) return void this.counts.overRate++;
    const message = { kind: "report", issuer, number, progress } as const;
    this.#outputs.push({ kind: "send", peer: issuer, message });
  }

  #canTell(issuer: NodeId): boolean {
    return issuer === this.#situation.self || this.#situation.isReachable(issuer);
  }

  #write(now: Millis): void {
    const held = this.#held;
    if (held === undefined || !this.#kept.takeTurn(now)) return;
    const leftMs = Math.min(
      held.assignment.timeoutMs,
      isOver(held.progress) ? 0 : Math.max(0, held.deadline - now),
    );
    const { progress, afterMs } = held;
    const value = storedAssignment({
      assignment: { ...held.assignment, leftMs },
      progress,
      afterMs,
    });
    this.#outputs.push({ kind: "persist", key: ASSIGNED_KEY, value });
  }
}
