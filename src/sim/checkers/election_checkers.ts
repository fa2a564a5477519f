import type { Electorate } from "../../core/election/electorate.ts";
import type { PollVerdict } from "../../core/election/message.ts";
import { paceOf } from "../../core/election/pace.ts";
import type { ElectionState } from "../../core/election/transitions.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import { type Millis, NEVER } from "../../core/kernel/time.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { timingOf, timingsOf } from "../plan.ts";
import type { World } from "../world.ts";
import { electionIn, heardIn, saidIn } from "./cell_talk.ts";
import { promisesIn } from "./promises.ts";

/** How many terms of which votes are remembered. A candidacy is over long before so many pass. */
const REMEMBERED_TERMS = 16;

/**
 * L15: whoever is elected was given the votes of more than half of its electorate in that very
 * term, its own among them, or at least of more than half of those whom it could ask.
 */
export function votedIn(): Checker {
  const memory = new LifeMemory(() => new Map<string, Set<NodeId>>());

  function lack(host: Host, cellId: string, term: number): string | undefined {
    const election = host.node!.affiliation.cell?.election;
    if (election === undefined) return undefined;
    const { electorate } = election;
    const granted = memory.of(host).get(keyOf(cellId, term)) ?? new Set();
    const votes = 1 + electorate.others.filter((nodeId) => granted.has(nodeId)).length;
    if (2 * votes > electorate.size || 2 * votes > electorate.reachable.length + 1) {
      return undefined;
    }
    return `${host.name} leads in term ${term} by ${votes} votes of ${electorate.size} members, ` +
      `of whom it could ask ${electorate.reachable.length}`;
  }

  return {
    name: "voted-in",
    sees: ["message", "notice"],
    check({ host, input, outputs }) {
      const heard = heardIn(input, host.name);
      const said = electionIn(heard);
      if (heard !== undefined && said?.kind === "vote" && said.granted) {
        note(memory.of(host), keyOf(heard.cellId, said.term), heard.other);
      }
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "leader") continue;
        const { leaderId, cause, cell, term } = output.notice;
        if (leaderId !== host.name || (cause !== "elected" && cause !== "renewed")) continue;
        const lacking = lack(host, cell, term!);
        if (lacking !== undefined) return lacking;
      }
      return undefined;
    },
  };
}

function note(votes: Map<string, Set<NodeId>>, key: string, voter: NodeId): void {
  const voters = votes.get(key) ?? new Set();
  votes.set(key, voters.add(voter));
  if (votes.size > REMEMBERED_TERMS) votes.delete(votes.keys().next().value!);
}

function keyOf(cellId: string, term: number): string {
  return `${cellId} ${term}`;
}

/**
 * L19: nobody stands for the lead before a poll told it that it can win, or its cell was without a
 * leader for so long that nobody in reach who objects is enough; and nobody who is bound to a leader
 * that counts on it says that it would vote.
 */
export function polledIn(world: World): Checker {
  const promises = promisesIn(world);
  const memory = new LifeMemory(() => ({
    cellId: undefined as string | undefined,
    state: "idle" as ElectionState,
    polls: 0,
    verdicts: new Map<NodeId, PollVerdict>(),
    leaderlessSince: -Infinity as Millis,
  }));

  return {
    name: "polled-in",
    sees: ["start", "wake", "message", "outputs"],
    check({ host, now, input, outputs }) {
      const cell = host.node!.affiliation.cell;
      const life = memory.of(host);
      if (cell === undefined) return undefined;
      const { cellId, election } = cell;
      if (life.cellId !== cellId) {
        Object.assign(life, { cellId, state: "idle", polls: 0, leaderlessSince: now });
      }
      const heard = heardIn(input, host.name);
      const answer = electionIn(heard);
      if (
        heard?.cellId === cellId && answer?.kind === "pollAnswer" && answer.round === life.polls
      ) {
        life.verdicts.set(heard.other, answer.verdict);
      }
      const polls = election.counts.polls ?? 0;
      if (polls !== life.polls) life.verdicts.clear();
      life.polls = polls;
      const stood = life.state === "standing";
      life.state = election.state;
      if (election.state === "standing" && !stood) {
        const { electionTimeoutMs } = paceOf(timingOf(world.plan, host.index));
        const isOverdue = now - life.leaderlessSince >= electionTimeoutMs;
        if (!isCarried(election.electorate, life.verdicts, isOverdue)) {
          return `${host.name} stands, and no poll told it that it can win`;
        }
      }
      if (election.leader !== undefined) life.leaderlessSince = now;
      for (const output of outputs) {
        const talk = saidIn(output, host.name);
        const said = electionIn(talk);
        // Whoever lost its disk learns from the candidacy how much it may have promised (L4).
        const isOpen = said?.kind === "pollAnswer" && said.verdict === "granted" &&
          host.disk.wipes === 0;
        const holder = isOpen ? promises.holderOf(host, now, cellId, talk!.other) : undefined;
        if (holder !== undefined) {
          return `${host.name} would vote for ${talk!.other} while ${holder} counts on it`;
        }
      }
      return undefined;
    },
  };
}

/** Whether more than half would vote, or all, or after a long time nobody in reach objects. */
function isCarried(
  electorate: Electorate,
  verdicts: ReadonlyMap<NodeId, PollVerdict>,
  isOverdue: boolean,
): boolean {
  const { others } = electorate;
  const told = others.map((nodeId) => verdicts.get(nodeId));
  const granted = told.filter((verdict) => verdict === "granted");
  if (electorate.isMajority(granted.length + 1)) return true;
  const supporting = told.filter((verdict) => verdict === "granted" || verdict === "starting");
  if (supporting.length === others.length) return true;
  return isOverdue && [...verdicts.values()].every((verdict) => verdict === "granted");
}

/** L9: whoever slept through its leader's silence reads what waits before it gives that one up. */
export function sleptBlameless(world: World): Checker {
  const heartbeats = timingsOf(world.plan).map(({ heartbeatMs }) => heartbeatMs);
  const promises = timingsOf(world.plan).map((timing) => paceOf(timing).promiseMs);
  /** A stall that is longer than this is one by any member's own pace, */
  const stallMs = Math.max(...heartbeats) / 8;
  /** and whoever still has a leader so long after the last one has heard it since. */
  const apartMs = 3 * Math.max(...promises);
  const memory = new LifeMemory(() => ({
    awakeAt: -Infinity as Millis,
    deadline: NEVER as Millis,
    stalledAt: -Infinity as Millis,
  }));
  return {
    name: "slept-blameless",
    check({ host, now, outputs }) {
      const life = memory.of(host);
      const isStalled = now - Math.max(life.awakeAt, life.deadline) >= stallMs;
      const isFirst = now - life.stalledAt > apartMs;
      life.awakeAt = now;
      life.deadline = host.node!.affiliation.cell?.election.deadline() ?? NEVER;
      if (!isStalled) return undefined;
      life.stalledAt = now;
      if (!isFirst || life.deadline === NEVER) return undefined;
      const isGivenUp = outputs.some((output) =>
        output.kind === "notice" && output.notice.type === "leader" &&
        output.notice.cause === "silent"
      );
      return isGivenUp
        ? `${host.name} gives its leader up as it wakes from a long sleep`
        : undefined;
    },
  };
}
