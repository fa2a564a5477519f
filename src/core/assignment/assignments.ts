import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Millis } from "../kernel/time.ts";
import { ASSIGNED_KEY, Assignee } from "./assignee.ts";
import type {
  AssignmentsInput,
  AssignmentsOptions,
  AssignmentsOutput,
  AssignmentView,
} from "./assignments_io.ts";
import { ISSUED_KEY, Issuer } from "./issuer.ts";
import { type AssignmentMessage, compareAssignments } from "./node_assignment.ts";

/** Whether that is what this machine keeps on the disk. */
export function isAssignmentKey(key: string): boolean {
  return key === ASSIGNED_KEY || key === ISSUED_KEY;
}

/** Everything about operators who put nodes in cells: what was issued here, and what was taken. */
export class Assignments implements Machine<AssignmentsInput, AssignmentsOutput> {
  readonly issuer: Issuer;
  readonly assignee: Assignee;
  readonly #self: NodeId;
  readonly #outputs: AssignmentsOutput[] = [];
  #misdirected = 0;

  constructor(options: AssignmentsOptions) {
    this.#self = options.self;
    this.issuer = new Issuer(options);
    this.assignee = new Assignee(options);
  }

  handle(now: Millis, input: AssignmentsInput): void {
    switch (input.kind) {
      case "recall":
        this.issuer.handle(now, { kind: "recall", value: input.stored[ISSUED_KEY] });
        this.assignee.handle(now, { kind: "recall", value: input.stored[ASSIGNED_KEY] });
        break;
      case "start":
        this.assignee.handle(now, input);
        break;
      case "issue":
      case "peer":
        this.issuer.handle(now, input);
        break;
      case "message":
        this.#receive(now, input.from, input.message);
        break;
      case "persisted":
      case "persistFailed": {
        const machine = input.key === ISSUED_KEY ? this.issuer : this.assignee;
        machine.handle(now, { kind: input.kind });
        break;
      }
      case "due":
        this.issuer.handle(now, input);
        this.assignee.handle(now, input);
        break;
    }
    this.#collect(now);
  }

  poll(): AssignmentsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return Math.min(this.issuer.deadline(), this.assignee.deadline());
  }

  /** What came in and had no effect, by the reason. */
  get refused(): Readonly<Record<string, number>> {
    const { issuer, assignee } = this;
    return {
      misdirected: this.#misdirected,
      earlier: assignee.counts.earlier,
      overRate: assignee.counts.overRate,
      unasked: issuer.counts.unasked,
      full: issuer.counts.full,
    };
  }

  /** What was issued here, and what this node itself was assigned last, the earliest first. */
  get all(): readonly AssignmentView[] {
    const { assigned } = this.assignee;
    const { issued } = this.issuer;
    const isOwn = ({ assignment }: AssignmentView) =>
      assigned !== undefined && compareAssignments(assignment, assigned.assignment) === 0;
    const all = assigned === undefined || issued.some(isOwn) ? issued : [...issued, assigned];
    return all.toSorted((left, right) => compareAssignments(left.assignment, right.assignment));
  }

  #receive(now: Millis, from: NodeId, message: AssignmentMessage): void {
    if (message.kind === "report") {
      return this.issuer.handle(now, { kind: "report", from, report: message });
    }
    const { assignment } = message;
    if (assignment.nodeId !== this.#self) return void this.#misdirected++;
    this.assignee.handle(now, { kind: "assign", assignment });
  }

  /** What a node says to itself needs no way. */
  #collect(now: Millis): void {
    const { issuer, assignee } = this;
    for (let next = issuer.poll() ?? assignee.poll(); next !== undefined;) {
      if (next.kind === "send" && next.peer === this.#self) {
        this.#receive(now, this.#self, next.message);
      } else {
        this.#outputs.push(next);
      }
      next = issuer.poll() ?? assignee.poll();
    }
  }
}
