import type { NodeId } from "../../core/kernel/ids.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import type { World } from "../world.ts";
import { electionIn, saidIn } from "./cell_talk.ts";
import { Promises } from "./promises.ts";

/**
 * L3: at no instant do two lead with quorum, as long as they know the same members or all but one.
 * Right only ever runs out between two steps, so it is enough to look after each. A process that is
 * paused does nothing by its right, and is judged when it runs again.
 */
export function oneQuorum(): Checker {
  const leading = new Set<Host>();
  return {
    name: "one-quorum",
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
  const promises = new Promises(world);
  return {
    name: "backed-quorum",
    check(step) {
      const { host, at, now } = step;
      promises.note(step);
      if (!hasQuorum(host, now)) return undefined;
      const members = rosterOf(host);
      const { cellId } = host.node!.affiliation.cell!;
      const bound = members.filter((name) => {
        const member = world.hosts[world.indexOf(name)]!;
        return member === host ||
          promises.until(member, host.name, cellId) > member.clock.monotonic(at);
      });
      if (2 * bound.length > members.length) return undefined;
      return `${host.name} leads with quorum and is owed ${bound.length} of ${members.length}`;
    },
  };
}

/** L3, L4: who is bound to a leader that leads binds itself to no other, in this life or the next. */
export function keptPromise(world: World): Checker {
  const promises = new Promises(world);
  return {
    name: "kept-promise",
    check(step) {
      const broken = brokenIn(promises, step);
      promises.note(step);
      return broken;
    },
  };
}

function brokenIn(promises: Promises, { host, now, outputs }: Step): string | undefined {
  for (const output of outputs) {
    if (output.kind === "notice") {
      const { notice } = output;
      if (notice.type !== "leader" || notice.cause !== "elected") continue;
      const holder = promises.holderOf(host, now, notice.cell, host.name);
      if (holder === undefined || notice.leaderId !== host.name) continue;
      return `${host.name} takes the lead while ${holder} leads and counts on it`;
    }
    const talk = saidIn(output, host.name);
    const said = electionIn(talk);
    const isPromise = (said?.kind === "vote" && said.granted) ||
      (said?.kind === "acknowledgement" && said.isBound);
    if (!isPromise) continue;
    const holder = promises.holderOf(host, now, talk!.cellId, talk!.other);
    if (holder !== undefined) {
      return `${host.name} binds itself to ${talk!.other} while ${holder} leads and counts on it`;
    }
  }
  return undefined;
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
