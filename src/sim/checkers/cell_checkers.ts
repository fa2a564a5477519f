import type { NodeId } from "../../core/kernel/ids.ts";
import { type Millis, MINUTE } from "../../core/kernel/time.ts";
import type { NodeInput } from "../../core/node_io.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { hasCells } from "../plan.ts";
import type { World } from "../world.ts";
import { heardIn, saidIn } from "./cell_talk.ts";
import { companies } from "./leader_checkers.ts";

/** A node that changes cells more often within a minute is passed to and fro. */
const MOST_MOVES = 4;
const MOVES_WITHIN_MS: Millis = 1 * MINUTE;

/** C15: where cells have limits, every node is in a cell within them, and all of it know each other. */
export function cellSizes({ plan }: World): Checker {
  const { cellSize } = plan;
  return {
    name: "cell-sizes",
    pending(core) {
      if (cellSize === undefined) return undefined;
      const talking = core.filter(({ node }) => node?.emcon !== true);
      if (talking.length < cellSize.least) return undefined;
      const cells = new Map<string, Host[]>();
      for (const host of talking) {
        const cellId = host.node?.affiliation.cell?.cellId;
        if (cellId === undefined) return `${host.name} is in no cell`;
        const company = cells.get(cellId) ?? [];
        company.push(host);
        cells.set(cellId, company);
      }
      for (const [cellId, company] of cells) {
        const names = company.map(({ name }) => name).sort();
        for (const { name, node } of company) {
          // Whoever is switched off for good is a member until it was absent for long.
          const { roster } = node!.affiliation.cell!;
          const missing = names.find((other) => !roster.has(other));
          if (missing !== undefined) return `${name} does not know ${missing} in ${cellId}`;
          const { length } = roster.members;
          if (2 * names.length <= length) continue; // Without quorum nobody may be moved.
          if (length < cellSize.least || length > cellSize.most) {
            return `cell ${cellId} has ${length} members at ${name}, ` +
              `and is to have ${cellSize.least} to ${cellSize.most}`;
          }
        }
      }
      return undefined;
    },
  };
}

/** C15: no node is passed to and fro between cells. */
export function cellRest({ hosts }: World): Checker {
  const moves = hosts.map((): Millis[] => []);
  return {
    name: "cell-rest",
    sees: ["notice"],
    check({ host, at, outputs }) {
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "cellChanged") continue;
        const recent = moves[host.index]!.filter((then) => at - then < MOVES_WITHIN_MS);
        moves[host.index] = [...recent, at];
        if (recent.length >= MOST_MOVES) {
          return `${host.name} changed cells ${recent.length + 1} times within a minute, ` +
            `the last time to ${output.notice.cell}`;
        }
      }
      return undefined;
    },
  };
}

/** C16: a leader begins to move members when it has quorum, and not otherwise. */
export function movedByRight({ plan }: World): Checker {
  if (plan.cellSize === undefined) return { name: "moved-by-right" };
  /** What each leader decided already: where to, and under which claim. */
  const decided = new Set<string>();
  return {
    name: "moved-by-right",
    sees: ["send"],
    check({ host, now, outputs }) {
      for (const output of outputs) {
        const talk = saidIn(output, host.name);
        if (talk?.message.kind !== "moved") continue;
        const { claim, to } = talk.message;
        const decision = `${talk.cellId} ${claim.term} ${claim.nodeId} ${to}`;
        if (decided.has(decision)) continue;
        decided.add(decision);
        const election = host.node!.affiliation.cell?.election;
        if (election?.authority(now) === "quorum") continue;
        return `${host.name} moves members from ${talk.cellId} to ${to} without quorum`;
      }
      return undefined;
    },
  };
}

/** C4: whoever says goodbye, or that it leaves, is no member for those that hear it. */
export function leftMembers(world: World): Checker {
  if (!hasCells(world.plan)) return { name: "left-members" };
  /** The life of each peer that said goodbye last, as far as each host heard. */
  const memory = new LifeMemory(() => new Map<NodeId, number>());
  return {
    name: "left-members",
    sees: ["message", "beacon"],
    check({ host, input }) {
      const { affiliation: { cell }, observer, relay } = host.node!;
      if (cell === undefined) return undefined;
      const heard = heardIn(input, host.name);
      const left = heard?.message.kind === "leave" && heard.cellId === cell.cellId
        ? heard.other
        : undefined;
      const gone = farewellIn(input);
      const peer = gone === undefined ? undefined : observer.peer(gone.nodeId);
      // Its second goodbye, or an old one, may come after it was started again.
      const farewells = memory.of(host);
      const isNews = peer?.state === "left" && peer.boot === gone!.boot &&
        farewells.get(peer.nodeId) !== peer.boot;
      if (isNews) farewells.set(peer.nodeId, peer.boot);
      const nodeId = left ?? (isNews ? peer.nodeId : undefined);
      if (nodeId === undefined || !cell.roster.has(nodeId)) return undefined;
      // Whom others still tell of is there for the cell, until they tell of its goodbye.
      if (left === undefined && relay.peer(nodeId) !== undefined) return undefined;
      return `${host.name} keeps ${nodeId} for a member, which left`;
    },
  };
}

/** The last beacon of a life. */
function farewellIn(
  input: NodeInput,
): { readonly nodeId: NodeId; readonly boot: number } | undefined {
  if (input.kind !== "datagram" || input.message.kind !== "beacon") return undefined;
  const { nodeId, boot, leaving } = input.message.beacon;
  return leaving ? { nodeId, boot } : undefined;
}

/** C9: whatever was lost on the way, in the end every member has every other's own word. */
export function allIntroduced(world: World): Checker {
  return {
    name: "all-introduced",
    pending(core) {
      if (!hasCells(world.plan) || !world.plan.connections) return undefined;
      for (const members of companies(world, core)) {
        for (const { name, node } of members) {
          const cell = node?.affiliation.cell;
          const unknown = members.find((other) => cell?.isIntroduced(other.name) === false);
          if (unknown !== undefined) return `${name} has no word of ${unknown.name} itself`;
        }
      }
      return undefined;
    },
  };
}
