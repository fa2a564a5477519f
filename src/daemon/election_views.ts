import type { CandidateView, ElectionView, ExplanationView } from "../control/election_contract.ts";
import type { Cell } from "../core/cell/cell.ts";
import { type Candidate, explainElection } from "../core/cell/explanation.ts";
import { viewOf } from "../core/cell/choice.ts";
import { operatorWeight } from "../core/cell/policy.ts";
import { isSameClaim } from "../core/election/claim.ts";
import { SCORE_WEIGHTS } from "../core/election/ranking/leadership_score.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { type Millis, NEVER } from "../core/kernel/time.ts";
import type { Node } from "../core/node.ts";
import type { LeaderHistory } from "./leader_history.ts";

/** The cell that the node is in, or an error that says what to do about it. */
export function cellOf(node: Node): Cell {
  const { cell } = node.affiliation;
  if (cell !== undefined) return cell;
  const state = node.emcon ? "it only listens, and is in no cell" : "it is in no cell";
  throw new OperatingError(`Cannot tell who leads at ${node.nodeId}: ${state}`, {
    code: "no-cell",
    hint: "run it with --cell ID",
  });
}

export function electionView(
  node: Node,
  now: Millis,
  history: LeaderHistory,
): ElectionView {
  const cell = cellOf(node);
  const { election } = cell;
  const { leader } = election;
  const leaseMs = leaseOf(cell, now);
  return {
    cell: cell.cellId,
    nodeId: node.nodeId,
    ...(leader === undefined ? {} : { leaderId: leader.nodeId }),
    ...authorityOf(cell, now),
    term: leader?.term ?? election.term,
    state: stateOf(cell),
    ...(leader === undefined || history.since === undefined ? {} : { since: history.since }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    members: membersOf(cell),
    transitions: history.transitions,
    patienceMs: Math.round(election.patienceMs(now)),
    counts: { ...election.counts },
    bounds: boundsOf(cell),
  };
}

/** What became of whatever found a list full, in the cell and its election. */
function boundsOf({ election, roster }: Cell): Record<string, number> {
  return {
    ...election.bounds,
    membersRefused: roster.refused,
    removalsForgottenEarly: roster.hurried,
    removalsLost: roster.lost,
  };
}

export function explanationView(node: Node, now: Millis): ExplanationView {
  const cell = cellOf(node);
  const { choice } = node.affiliation;
  const { policy } = cell.charter;
  const { leader, term } = cell.election;
  const candidates = explainElection({
    now: viewOf(cell),
    choice: leader === undefined ? undefined : choice,
  });
  const operator = operatorWeight({ policy, phase: "cell" });
  return {
    cell: cell.cellId,
    term: leader?.term ?? term,
    ranking: policy,
    weights: { ...SCORE_WEIGHTS, ...(operator === 0 ? {} : { operator }) },
    candidates: candidates.map(candidateView),
    ...(leader === undefined ? {} : { winner: leader.nodeId }),
    ...authorityOf(cell, now),
  };
}

function candidateView(candidate: Candidate): CandidateView {
  const { nodeId, isEligible, reason, score, operatorScore, total, totalNow } = candidate;
  return {
    nodeId,
    eligible: isEligible,
    reason,
    total,
    compute: score.compute,
    communication: score.communication,
    sensors: score.sensors,
    power: score.power,
    reliability: score.reliability,
    ...(operatorScore === undefined ? {} : { operator: operatorScore }),
    ...(totalNow === undefined ? {} : { totalNow }),
  };
}

function authorityOf({ election }: Cell, now: Millis): Pick<ElectionView, "authority"> {
  const authority = election.authority(now);
  return authority === undefined ? {} : { authority };
}

function stateOf({ election: { state, leadership } }: Cell): ElectionView["state"] {
  if (leadership !== undefined) return "leader";
  return state === "polling" || state === "standing" ? "candidate" : "follower";
}

/** Absent where nobody leads, and for a leader that needs nobody else's promise. */
function leaseOf({ election }: Cell, now: Millis): number | undefined {
  const { leadership, followed } = election;
  const until = leadership?.quorumUntil() ??
    (followed === undefined ? NEVER : followed.heardAt + followed.promiseMs);
  return until === NEVER ? undefined : Math.max(0, Math.round(until - now));
}

/** Roles are the present leader's word, or nobody's. */
function membersOf(cell: Cell): ElectionView["members"] {
  const { roster, duties, election: { leader } } = cell;
  const isAssigned = leader !== undefined && isSameClaim(duties.assignments?.claim, leader);
  return roster.members.map((nodeId) => {
    const assigned = isAssigned ? duties.roleOf(nodeId) : undefined;
    const role = nodeId === leader?.nodeId ? "leader" : assigned;
    return {
      nodeId,
      present: cell.isPresent(nodeId),
      ...(role === undefined ? {} : { role }),
      deputy: isAssigned && duties.deputy === nodeId,
    };
  });
}
