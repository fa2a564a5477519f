import { type Millis, MINUTE } from "../../core/kernel/time.ts";
import { saidIn } from "./cell_talk.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import type { World } from "../world.ts";

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
