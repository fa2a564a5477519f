import { ASSIGNED_KEY } from "../../core/assignment/assignee.ts";
import { ISSUED_KEY } from "../../core/assignment/issuer.ts";
import {
  type AssignmentMessage,
  type AssignmentRank,
  compareAssignments,
  isOver,
} from "../../core/assignment/node_assignment.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { NodeOutput } from "../../core/node_io.ts";
import type { Checker } from "../checker.ts";
import type { AssignFault } from "../faults.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { assignmentsOf, mayAssign } from "../plan.ts";
import type { World } from "../world.ts";

/** G1: nobody is in a cell on the word of somebody who has no right to put it there. */
export function assignedByRight({ plan }: World): Checker {
  // Whoever has the node's own software lie can put that node anywhere, and no other.
  const rightful = assignmentsOf(plan).filter(({ by, node }) => mayAssign(by) || by === node);
  return {
    name: "assigned-by-right",
    check({ host, at, outputs }) {
      for (const output of outputs) {
        const [cell] = orderedCell(output);
        if (cell === undefined) continue;
        const isOrdered = rightful.some((fault) =>
          fault.node === host.index && fault.cell === cell && fault.atMs <= at
        );
        if (!isOrdered) return `${host.name} is in ${cell}, where nobody put it who may`;
      }
      return undefined;
    },
  };
}

/** G2: what a node does not follow any more, it never follows again. */
export function assignedLatest({ plan }: World): Checker {
  if (assignmentsOf(plan).length === 0) return { name: "assigned-latest" };
  const latest = new Map<string, AssignmentRank>();
  return {
    name: "assigned-latest",
    check({ host, outputs }) {
      const kept = keptBy(host);
      if (kept === undefined) return undefined;
      // A disk that was lost is that of another node.
      const key = `${host.name} ${host.disk.wipes}`;
      const last = latest.get(key);
      if (last !== undefined && compareAssignments(kept, last) < 0) {
        return `${host.name} takes ${kept.number} of ${kept.issuer} after ` +
          `${last.number} of ${last.issuer}`;
      }
      latest.set(key, kept);
      const other = outputs.flatMap(orderedCell).find((cell) => cell !== kept.cellId);
      if (other === undefined) return undefined;
      return `${host.name} is in ${other}, and its latest assignment is to ${kept.cellId}`;
    },
  };
}

/** G4, G7: what is said of an assignment is on the disk, and what is on the disk is found again. */
export function assignedKept({ plan }: World): Checker {
  if (assignmentsOf(plan).length === 0) return { name: "assigned-kept" };
  return {
    name: "assigned-kept",
    sees: ["start", "send", "notice"],
    check({ host, input, outputs }) {
      if (input.kind === "start") return forgotten(host);
      const kept = keptBy(host);
      for (const output of outputs) {
        const [cell] = orderedCell(output);
        if (cell !== undefined && kept === undefined) {
          return `${host.name} goes to ${cell} before its disk has why`;
        }
        const said = saidOfAssignments(output, host.name);
        if (said?.kind === "assign") {
          const { number, nodeId } = said.assignment;
          if (issuedBy(host).some((issued) => issued.number === number)) continue;
          return `${host.name} assigns ${nodeId} before its disk has it`;
        }
        // What is refused is answered, and kept nowhere.
        if (said === undefined || said.progress.state === "failed") continue;
        if (kept !== undefined && compareAssignments(said, kept) === 0) continue;
        return `${host.name} answers ${said.number} of ${said.issuer} before its disk has it`;
      }
      return undefined;
    },
  };
}

/** Whatever the disk has of assignments when a process starts, it has to know. */
function forgotten(host: Host): string | undefined {
  const { issuer, assignee: { assigned } } = host.node!.assignments;
  const kept = keptBy(host);
  const isKnown = kept === undefined ||
    assigned !== undefined && compareAssignments(assigned.assignment, kept) === 0;
  if (!isKnown) return `${host.name} forgot that ${kept.issuer} assigned it to ${kept.cellId}`;
  const numbers = new Set(issuer.issued.map(({ assignment }) => assignment.number));
  const lost = issuedBy(host).find(({ number }) => !numbers.has(number));
  return lost && `${host.name} forgot that it assigned somebody to ${lost.cellId}`;
}

/** G3: in each life of a node that issued or took it, an assignment is over within its time. */
export function assignedEnds({ plan }: World): Checker {
  if (assignmentsOf(plan).length === 0) return { name: "assigned-ends" };
  const lives = new LifeMemory(() => new Map<string, Millis>());
  return {
    name: "assigned-ends",
    check({ host, now, input }) {
      const since = lives.of(host);
      if (input.kind === "assign") since.set(`issued ${input.assignment.number}`, now);
      const { issuer, assignee: { assigned } } = host.node!.assignments;
      const all = [
        ...issuer.issued.map((view) => ({ ...view, key: `issued ${view.assignment.number}` })),
        ...assigned === undefined
          ? []
          : [{ ...assigned, key: `${assigned.assignment.number} ${assigned.assignment.issuer}` }],
      ];
      for (const { assignment, key, ...progress } of all) {
        if (isOver(progress)) continue;
        const began = since.get(key) ?? now;
        since.set(key, began);
        if (now - began < assignment.timeoutMs) continue;
        return `${host.name} has ${assignment.nodeId} assigned to ${assignment.cellId} for ` +
          `${Math.round(now - began)} ms, and it is still ${progress.state}`;
      }
      return undefined;
    },
    pending(core) {
      for (const { name, node } of core) {
        const open = node?.assignments.all.find((progress) => !isOver(progress));
        if (open !== undefined) return `${name} waits for what ${open.assignment.nodeId} is to do`;
      }
      return undefined;
    },
  };
}

/** G5: what is told to be completed is: the node was in that cell, under a leader. */
export function assignedTruth(world: World): Checker {
  const { plan, hosts } = world;
  if (assignmentsOf(plan).length === 0) return { name: "assigned-truth" };
  /** When each host was in which cell last, with a leader. */
  const ledAt = hosts.map(() => new Map<string, Millis>());
  return {
    name: "assigned-truth",
    check({ host, at, outputs }: Step) {
      const cell = host.node!.affiliation.cell;
      if (cell?.election.leader !== undefined) ledAt[host.index]!.set(cell.cellId, at);
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "assignment") continue;
        const { nodeId, cell: cellId, state } = output.notice;
        if (state !== "completed") continue;
        const node = world.indexOf(nodeId);
        const orders = assignmentsOf(plan).filter((fault) => isFor(fault, node, cellId));
        const first = Math.min(...orders.map(({ atMs }) => atMs));
        if ((ledAt[node]!.get(cellId) ?? -Infinity) >= first) continue;
        return `${host.name} takes it for completed that ${nodeId} is in ${cellId}, ` +
          "where it was not since";
      }
      return undefined;
    },
  };
}

function isFor(fault: AssignFault, node: number, cell: string): boolean {
  return fault.node === node && fault.cell === cell;
}

function orderedCell(output: NodeOutput): string[] {
  if (output.kind !== "notice" || output.notice.type !== "cellChanged") return [];
  return output.notice.cause === "order" ? [output.notice.cell] : [];
}

type Kept = AssignmentRank & { readonly cellId: string };

/** What the disk has, whatever the node thinks. */
function keptBy({ disk }: Host): Kept | undefined {
  return disk.kept(ASSIGNED_KEY) as unknown as Kept | undefined;
}

function issuedBy({ disk }: Host): readonly Kept[] {
  return (disk.kept(ISSUED_KEY) ?? []) as unknown as readonly Kept[];
}

/** What this node says itself, whether directly or over others. */
function saidOfAssignments(output: NodeOutput, self: string): AssignmentMessage | undefined {
  if (output.kind !== "send") return undefined;
  const { message: post } = output;
  if (post.kind === "assignment") return post.message;
  if (post.kind !== "forwarded" || post.envelope.origin !== self) return undefined;
  const { message } = post.envelope;
  return message.kind === "assignment" ? message.message : undefined;
}
