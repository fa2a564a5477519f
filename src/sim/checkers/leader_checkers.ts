import type { NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { nodeName } from "../node_name.ts";
import { computeConfidence, hasCells, isOneCell, isQuiet } from "../plan.ts";
import type { World } from "../world.ts";
import { Calm } from "./calm.ts";
import { heardIn } from "./cell_talk.ts";

/**
 * L8: a leader that more than half of its members are bound to steps down for nobody, whatever goes
 * wrong; and where nothing does, but that packets are lost or late, nobody else is elected.
 */
export function steadyLeader(world: World): Checker {
  const memory = new LifeMemory(() => ({
    quorumUntil: -Infinity as Millis,
    cellId: undefined as string | undefined,
  }));
  const calm = new Calm(world);
  return {
    name: "steady-leader",
    sees: ["wake", "message", "outputs"],
    check(step) {
      const { host, now, input } = step;
      const life = memory.of(host);
      const { quorumUntil } = life;
      const { cell } = host.node!.affiliation;
      const leadership = cell?.election.leadership;
      // Whoever moves to another cell steps down for nobody.
      const isOver = life.cellId === cell?.cellId && leadership === undefined;
      life.cellId = leadership === undefined ? undefined : cell?.cellId;
      life.quorumUntil = leadership?.quorumUntil() ?? -Infinity;
      const isLeft = isOver && cell !== undefined && now < quorumUntil && !isTold(input);
      if (!isLeft) return calm.whatIsWrong(step);
      return `${host.name} stepped down ${Math.round(quorumUntil - now)} ms before its right ends`;
    },
  };
}

/** Somebody wants it so. */
function isTold({ kind }: Step["input"]): boolean {
  return kind === "stop" || kind === "stepDown" || kind === "cellOrder";
}

/**
 * L7: where everybody is there and known to everybody before the first poll, the best is elected,
 * and nobody else before it.
 */
export function bestFirst(world: World): Checker {
  const { plan } = world;
  const introduced = new Map<NodeId, Set<NodeId>>();
  let isDecided = !plan.cell || !isOneCell(plan) || !plan.connections || !isQuiet(plan) ||
    plan.nodes < 2 || plan.policies !== undefined || plan.profiles !== undefined;
  let isComplete: boolean | undefined;

  function isEverybodyKnown(): boolean {
    return world.hosts.every(({ name, state }) =>
      state === "up" && introduced.get(name)?.size === plan.nodes - 1
    );
  }

  return {
    name: "best-first",
    sees: ["wake", "message", "outputs"],
    check({ host, input, outputs }) {
      if (isDecided) return undefined;
      const heard = heardIn(input, host.name);
      if (heard?.message.kind === "profile") {
        const known = introduced.get(host.name) ?? new Set();
        introduced.set(host.name, known.add(heard.other));
      }
      // Whoever polls before it reaches anybody says nothing, and its turn is over as well.
      const polls = host.node!.affiliation.cell?.election.counts.polls ?? 0;
      if (polls > 0) isComplete ??= isEverybodyKnown();
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "leader") continue;
        const { leaderId } = output.notice;
        if (leaderId === undefined) continue;
        isDecided = true;
        const best = bestOf(world);
        if (isComplete !== true || leaderId === best) return undefined;
        return `${leaderId} was elected although everybody knew ${best}, which is better`;
      }
      return undefined;
    },
  };
}

/** Everything else being equal, who computes best leads best, and of two the higher name. */
function bestOf({ plan }: World): NodeId {
  const ranked = Array.from({ length: plan.nodes }, (_, index) => ({
    name: nodeName(index),
    confidence: computeConfidence(plan, index),
  }));
  ranked.sort((left, right) =>
    right.confidence - left.confidence || (left.name < right.name ? 1 : -1)
  );
  return ranked[0]!.name;
}

/** L10: all of the core follow one claim; its holder leads, with quorum where that can be had. */
export function oneLeader(world: World): Checker {
  return {
    name: "one-leader",
    pending(core) {
      if (!hasCells(world.plan) || !world.plan.connections) return undefined;
      return firstOf(companies(world, core), (members) => leaderLack(world, members));
    },
  };
}

function leaderLack(world: World, members: readonly Host[]): string | undefined {
  const claims = members.map(({ name, node }) => ({
    name,
    claim: node?.affiliation.cell?.election.leader,
  }));
  const [first] = claims;
  if (first === undefined) return undefined;
  for (const { name, claim } of claims) {
    if (claim === undefined) return `${name} knows no leader`;
    const isSame = claim.term === first.claim?.term && claim.nodeId === first.claim.nodeId;
    if (isSame) continue;
    return `${name} follows ${claim.nodeId}, and ${first.name} ${first.claim?.nodeId}`;
  }
  return whatLeaderLacks(world, members, first.claim!.nodeId);
}

function whatLeaderLacks(
  world: World,
  members: readonly Host[],
  leaderId: NodeId,
): string | undefined {
  const leader = members.find(({ name }) => name === leaderId);
  const election = leader?.node?.affiliation.cell?.election;
  if (leader === undefined || election?.leadership === undefined) {
    return `${leaderId} is followed and does not lead`;
  }
  if (2 * members.length <= election.electorate.size) return undefined;
  const authority = election.authority(leader.clock.monotonic(world.now));
  return authority === "quorum" ? undefined : `${leaderId} leads without quorum`;
}

/** The core's members, cell by cell where there may be several. Who only listens is in none. */
export function companies({ plan }: World, core: readonly Host[]): Host[][] {
  const talking = core.filter(({ node }) => node?.emcon !== true);
  // Where nobody begins in a cell, some may never be put in one.
  const members = plan.cell
    ? talking
    : talking.filter(({ node }) => node?.affiliation.cell !== undefined);
  if (isOneCell(plan)) return [members];
  const cells = Map.groupBy(members, ({ node }) => node?.affiliation.cell?.cellId);
  return [...cells.values()];
}

function firstOf(
  all: readonly Host[][],
  lackOf: (members: readonly Host[]) => string | undefined,
): string | undefined {
  return all.map(lackOf).find((lack) => lack !== undefined);
}

/** C1: all of the core know the same members, and each other among them. */
export function sameMembers(world: World): Checker {
  return {
    name: "same-members",
    pending(core) {
      if (!hasCells(world.plan) || !world.plan.connections) return undefined;
      return firstOf(companies(world, core), memberLack);
    },
  };
}

function memberLack(members: readonly Host[]): string | undefined {
  let first: string | undefined;
  for (const { name, node } of members) {
    const roster = node?.affiliation.cell?.roster.members;
    if (roster === undefined) return `${name} is in no cell`;
    const missing = members.find((other) => !roster.includes(other.name));
    if (missing !== undefined) return `${name} does not know ${missing.name} for a member`;
    const known = roster.join(" ");
    first ??= known;
    if (known !== first) return `${name} knows the members ${known}, others ${first}`;
  }
  return undefined;
}
