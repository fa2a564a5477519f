import type { NodeId } from "../../core/kernel/ids.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { electionIn, heardIn } from "./cell_talk.ts";

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
