import type { Member } from "../../core/election/electorate.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import { type Millis, NEVER } from "../../core/kernel/time.ts";
import type { NodeOutput } from "../../core/node_io.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import type { World } from "../world.ts";
import { beatSaidIn, electionIn, saidIn } from "./cell_talk.ts";
import { promisesIn } from "./promises.ts";

/** A clock that is set to another rate shifts the end of the longest promise by less than this. */
const DRIFT_MS: Millis = 50;

const NOBODY: readonly Member[] = [];

/**
 * L3: at no instant do two lead with quorum, as long as they know the same members or all but one.
 * Right only ever runs out between two steps, so it is enough to look after each. A process that is
 * paused does nothing by its right, and is judged when it runs again.
 */
export function oneQuorum(): Checker {
  const leading = new Set<Host>();
  return {
    name: "one-quorum",
    sees: ["wake", "message", "beacon", "pulse", "outputs"],
    check({ host, at }) {
      if (host.node!.affiliation.cell?.election.leadership === undefined) leading.delete(host);
      else leading.add(host);
      if (leading.size < 2) return undefined;
      const rightful = [...leading].filter((one) => hasQuorum(one, one.clock.monotonic(at)));
      for (const [place, left] of rightful.entries()) {
        for (const right of rightful.slice(0, place)) {
          if (!areAlike(rosterOf(left), rosterOf(right))) continue;
          return `${left.name} and ${right.name} lead with quorum at once`;
        }
      }
      return undefined;
    },
  };
}

/** L3: quorum is what more than half of all known members really promised, and no more. */
export function backedQuorum(world: World): Checker {
  const promises = promisesIn(world);
  const memory = new LifeMemory((): Sum => ({ members: NOBODY, broken: 0, until: -Infinity }));

  /** Until when, in true time, more than half of the host's members are bound to it. */
  function addUp(host: Host, members: readonly Member[]): Millis {
    const { cellId } = host.node!.affiliation.cell!;
    const ends = members.map(({ nodeId }) => {
      const member = world.hosts[world.indexOf(nodeId)]!;
      if (member === host) return NEVER;
      return member.clock.trueTimeOf(promises.until(member, host.name, cellId));
    });
    return ends.sort((left, right) => right - left)[Math.floor(members.length / 2)] ?? -Infinity;
  }

  return {
    name: "backed-quorum",
    sees: ["wake", "message", "beacon", "pulse", "outputs"],
    check(step) {
      const { host, at, now } = step;
      promises.note(step);
      if (!hasQuorum(host, now)) return undefined;
      const { members } = host.node!.affiliation.cell!.election.electorate;
      const sum = memory.of(host);
      // Promises only ever grow, but clocks may drift meanwhile.
      const isStanding = sum.members === members && sum.broken === promises.broken;
      if (isStanding && at < sum.until - DRIFT_MS) return undefined;
      const until = addUp(host, members);
      memory.set(host, { members, broken: promises.broken, until });
      if (at < until) return undefined;
      return `${host.name} leads with quorum, which ${members.length} members owe it no more`;
    },
  };
}

/** What promises come to, and by whom and what it was added up. */
interface Sum {
  readonly members: readonly Member[];
  readonly broken: number;
  readonly until: Millis;
}

/** L3, L4: who is bound to a leader that leads binds itself to no other, in this life or the next. */
export function keptPromise(world: World): Checker {
  const promises = promisesIn(world);
  return {
    name: "kept-promise",
    sees: ["message", "beacon", "pulse", "notice", "send", "multicast"],
    check(step) {
      const broken = brokenIn(promises, step);
      promises.note(step);
      return broken;
    },
  };
}

function brokenIn(
  promises: ReturnType<typeof promisesIn>,
  { host, now, outputs }: Step,
): string | undefined {
  for (const output of outputs) {
    if (output.kind === "notice") {
      const { notice } = output;
      if (notice.type !== "leader" || notice.cause !== "elected") continue;
      const holder = promises.holderOf(host, now, notice.cell, host.name);
      if (holder === undefined || notice.leaderId !== host.name) continue;
      return `${host.name} takes the lead while ${holder} leads and counts on it`;
    }
    const promise = promiseIn(output, host.name);
    if (promise === undefined) continue;
    const { cellId, to } = promise;
    const holder = promises.holderOf(host, now, cellId, to);
    if (holder !== undefined) {
      return `${host.name} binds itself to ${to} while ${holder} leads and counts on it`;
    }
  }
  return undefined;
}

function promiseIn(
  output: NodeOutput,
  self: NodeId,
): { readonly cellId: string; readonly to: NodeId } | undefined {
  const beat = beatSaidIn(output);
  if (beat?.kind === "acknowledgement") return { cellId: beat.cellId, to: beat.claim.nodeId };
  const talk = saidIn(output, self);
  const said = electionIn(talk);
  const isPromise = (said?.kind === "vote" && said.granted) ||
    (said?.kind === "acknowledgement" && said.isBound);
  return isPromise ? { cellId: talk!.cellId, to: talk!.other } : undefined;
}

function hasQuorum({ node, state }: Host, now: number): boolean {
  const leadership = node?.affiliation.cell?.election.leadership;
  return state === "up" && leadership?.authority(now) === "quorum";
}

function rosterOf({ node }: Host): NodeId[] {
  return node!.affiliation.cell!.election.electorate.members.map(({ nodeId }) => nodeId);
}

/** More than half of each has a member in common only then. */
function areAlike(left: readonly NodeId[], right: readonly NodeId[]): boolean {
  const both = new Set([...left, ...right]).size;
  return 2 * both - left.length - right.length <= 1;
}
