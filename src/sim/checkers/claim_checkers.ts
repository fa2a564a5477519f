import { type Claim, compareClaims } from "../../core/election/claim.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { NodeOutput } from "../../core/node_io.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { beatSaidIn, type CellTalk, electionIn, heardIn, memoryKey, saidIn } from "./cell_talk.ts";

/** L1: a claim belongs to one process; no other node and no later life ever leads by it. */
export function oneClaim(): Checker {
  const holders = new Map<string, number>();
  return {
    name: "one-claim",
    sees: ["notice", "send", "multicast"],
    check({ host, outputs }) {
      for (const output of outputs) {
        const held = claimUsedIn(output, host.name);
        if (held === undefined) continue;
        const { cellId, claim: { term, nodeId } } = held;
        if (nodeId !== host.name) return `${host.name} leads by the claim ${term} of ${nodeId}`;
        const key = `${memoryKey(host, cellId)} ${term}`;
        const life = holders.get(key) ?? host.life;
        if (life !== host.life) return `${host.name} leads by its claim ${term} in two lives`;
        holders.set(key, life);
      }
      return undefined;
    },
  };
}

/** The claim that its sender leads by, if the output shows one. */
function claimUsedIn(
  output: NodeOutput,
  self: NodeId,
): { readonly cellId: string; readonly claim: Claim } | undefined {
  if (output.kind === "notice") {
    const { notice } = output;
    if (notice.type !== "leader" || notice.leaderId !== self) return undefined;
    return { cellId: notice.cell, claim: { term: notice.term!, nodeId: self } };
  }
  const beat = beatSaidIn(output);
  if (beat?.kind === "heartbeat") {
    return { cellId: beat.cellId, claim: { term: beat.term, nodeId: self } };
  }
  const talk = saidIn(output, self);
  const election = electionIn(talk);
  if (election?.kind === "heartbeat") return { cellId: talk!.cellId, claim: election.claim };
  if (talk?.message.kind !== "assignments") return undefined;
  return { cellId: talk.cellId, claim: talk.message.claim };
}

/** L2: one vote a term, over all lives, and the disk keeps it before anybody hears of it. */
export function oneVote(): Checker {
  const votes = new Map<string, NodeId>();
  return {
    name: "one-vote",
    sees: ["notice", "send"],
    check({ host, outputs }) {
      for (const output of outputs) {
        const vote = voteIn(output, host.name);
        if (vote === undefined) continue;
        const { cellId, term, to } = vote;
        const key = `${memoryKey(host, cellId)} ${term}`;
        const before = votes.get(key) ?? to;
        if (before !== to) return `${host.name} votes for ${before} and ${to} in term ${term}`;
        votes.set(key, to);
        if (!isKept(host, vote)) return `${host.name} tells of its vote ${term} before it is safe`;
      }
      return undefined;
    },
  };
}

interface Vote {
  readonly cellId: string;
  readonly term: number;
  readonly to: NodeId;
}

/** Whoever asks for votes, or won them, voted for itself. */
function voteIn(output: NodeOutput, self: NodeId): Vote | undefined {
  if (output.kind === "notice") {
    const { notice } = output;
    const isWon = notice.type === "leader" && notice.leaderId === self &&
      (notice.cause === "elected" || notice.cause === "renewed");
    return isWon ? { cellId: notice.cell, term: notice.term!, to: self } : undefined;
  }
  const talk = saidIn(output, self);
  const election = electionIn(talk);
  const { cellId, other } = talk ?? {};
  if (election?.kind === "candidacy") return { cellId: cellId!, term: election.term, to: self };
  if (election?.kind !== "vote" || !election.granted) return undefined;
  return { cellId: cellId!, term: election.term, to: other! };
}

/** A later term on the disk also keeps the node from voting in this one again. */
function isKept({ disk }: Host, { cellId, term, to }: Vote): boolean {
  const ballot = disk.kept(`cell ${cellId} ballot`);
  if (typeof ballot !== "object" || ballot === null || Array.isArray(ballot)) return false;
  const { term: keptTerm, votedFor } = ballot as { term: number; votedFor?: NodeId };
  return keptTerm > term || (keptTerm === term && votedFor === to);
}

/**
 * L5: after a member took note of a claim, over all its lives, nothing of a lower one counts. So the
 * disk has it before anybody counts on it, and who was told to move by a lower one stays.
 */
export function fence(): Checker {
  const floors = new Map<string, Claim>();

  function judge(host: Host, output: NodeOutput): string | undefined {
    const effect = effectIn(output, host.name);
    if (effect === undefined) return undefined;
    const { cellId, claim, note } = effect;
    const key = memoryKey(host, cellId);
    const floor = floors.get(key);
    if (floor !== undefined && compareClaims(claim, floor) < 0) {
      return `${host.name} ${effect.does} ${textOf(claim)} after it took note of ${textOf(floor)}`;
    }
    if (effect.does === "acknowledges" && !isNoted(host, effect)) {
      return `${host.name} acknowledges ${textOf(claim)} before its disk has that`;
    }
    if (note !== undefined && (floor === undefined || compareClaims(note, floor) > 0)) {
      floors.set(key, note);
    }
    return undefined;
  }

  /** Whoever was told what to do by a claim below the floor keeps to what it was told before. */
  function obeys({ host, input, outputs }: Step): string | undefined {
    const heard = heardIn(input, host.name);
    const said = heard?.message;
    if (heard === undefined || said?.kind !== "assignments" && said?.kind !== "moved") {
      return undefined;
    }
    const { claim } = said;
    const floor = floors.get(memoryKey(host, heard.cellId));
    if (floor === undefined || compareClaims(claim, floor) >= 0) return undefined;
    const isDone = said.kind === "moved"
      ? outputs.some((output) => isMoveTo(output, said.to))
      : host.node!.affiliation.cell?.duties.assignments === said;
    if (!isDone) return undefined;
    return `${host.name} does what ${textOf(claim)} says after it took note of ${textOf(floor)}`;
  }

  return {
    name: "fence",
    sees: ["message", "notice", "send", "multicast"],
    check(step) {
      const wrong = obeys(step);
      if (wrong !== undefined) return wrong;
      for (const output of step.outputs) {
        const wrong = judge(step.host, output);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    },
  };
}

function isMoveTo(output: NodeOutput, to: string): boolean {
  return output.kind === "notice" && output.notice.type === "cellChanged" &&
    output.notice.cell === to;
}

/** Whether the disk has that nothing below the claim has an effect any more. */
function isNoted({ disk }: Host, { cellId, claim }: Effect): boolean {
  const ballot = disk.kept(`cell ${cellId} ballot`);
  if (typeof ballot !== "object" || ballot === null || Array.isArray(ballot)) return false;
  const { term, followed = "" } = ballot as { term: number; followed?: NodeId };
  return compareClaims({ term, nodeId: followed }, claim) >= 0;
}

interface Effect {
  readonly cellId: string;
  readonly claim: Claim;
  readonly does: string;
  /** The lowest that may have an effect after it, in later lives as well, if others know of it. */
  readonly note?: Claim;
}

function effectIn(output: NodeOutput, self: NodeId): Effect | undefined {
  if (output.kind === "notice") {
    const { notice } = output;
    if (notice.type !== "leader" || notice.leaderId === undefined) return undefined;
    const claim = { term: notice.term!, nodeId: notice.leaderId };
    return { cellId: notice.cell, claim, does: "takes for its leader" };
  }
  const beat = beatSaidIn(output);
  if (beat?.kind === "heartbeat") {
    return { cellId: beat.cellId, claim: { term: beat.term, nodeId: self }, does: "leads by" };
  }
  if (beat?.kind === "acknowledgement") {
    const { cellId, claim } = beat;
    return { cellId, claim, does: "acknowledges", note: claim };
  }
  const talk = saidIn(output, self);
  return talk && electionEffectIn(talk);
}

function electionEffectIn(talk: CellTalk): Effect | undefined {
  const { cellId } = talk;
  const election = electionIn(talk);
  switch (election?.kind) {
    case "acknowledgement":
      return { cellId, claim: election.claim, does: "acknowledges", note: election.claim };
    case "heartbeat":
      return { cellId, claim: election.claim, does: "leads by" };
    case "vote": {
      const claim = { term: election.term, nodeId: talk.other };
      // Whoever wins the term may be followed in it, the one that this vote is for or another.
      const note = { term: election.term, nodeId: "" };
      return election.granted ? { cellId, claim, does: "votes for", note } : undefined;
    }
    default:
      return undefined;
  }
}

function textOf({ term, nodeId }: Claim): string {
  return `claim ${term} of ${nodeId}`;
}
