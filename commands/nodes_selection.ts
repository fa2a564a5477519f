import { distance, formatDistance } from "../src/cli/distance.ts";
import { usageFailure } from "../src/cli/failure.ts";
import { type FlagValues, option, repeated, toggle } from "../src/cli/flags.ts";
import { coordinates, integer, type Kind } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import { type Column, table, type TableOptions } from "../src/cli/table.ts";
import type { NodeView } from "../src/control/contract.ts";
import { isGeohash, LONGEST_GEOHASH } from "../src/core/beacon/geohash.ts";
import { byDistance, inNeighbourhood } from "../src/core/beacon/nearby.ts";
import { CapabilitySpecError } from "../src/core/capability/spec.ts";
import { matchCapabilities, parseWant, type Want } from "../src/core/discovery/capability_match.ts";
import { type Cluster, clustersOf } from "../src/core/discovery/clusters.ts";

/** A node, with what it was chosen by. */
export type SelectedView = NodeView & {
  readonly distanceMeters?: number;
  readonly score?: number;
};

const geohash: Kind<string> = {
  placeholder: "GEOHASH",
  parse(text) {
    if (isGeohash(text)) return text.toLowerCase();
    throw usageFailure(
      `Cannot use ${JSON.stringify(text)}: it is no geohash`,
      "write it like u33dc0c",
    );
  },
};

const want: Kind<Want> = {
  placeholder: "SPEC",
  parse(text) {
    try {
      return parseWant(text);
    } catch (error) {
      if (!(error instanceof CapabilitySpecError)) throw error;
      throw usageFailure(error.message, "write it like sensor:thermal=0.8");
    }
  },
};

/** Which nodes are shown, and in which order. */
export const SELECTION_FLAGS = {
  near: option(coordinates, "how far each is from there, the nearest first"),
  within: option(distance, "only those that are so near"),
  nearest: option(integer({ least: 1 }), "only so many of the nearest"),
  around: option(geohash, "only those in this cell of the grid, or in one of the eight around it"),
  can: repeated(want, "only present nodes that can do this, the best first"),
  prefer: repeated(want, "of those that can, the sooner who can do this as well"),
  clusters: toggle("groups of present nodes that are in one cell of the grid"),
  precision: option(
    integer({ least: 1, most: LONGEST_GEOHASH }),
    "how many characters of a geohash make a cell of --clusters",
    { default: "7" },
  ),
};

export type Selection = FlagValues<typeof SELECTION_FLAGS>;

/** Refuses what says something about a choice that was not made. */
export function checkSelection(selection: Selection): void {
  const { near, within, nearest, can, prefer } = selection;
  if (near === undefined && (within !== undefined || nearest !== undefined)) {
    const flag = within === undefined ? "--nearest" : "--within";
    throw usageFailure(`Cannot use ${flag}: it says not of where`, "add --near LAT,LON");
  }
  if (prefer.length > 0 && can.length === 0) {
    throw usageFailure("Cannot use --prefer: it says not of whom", "add --can SPEC");
  }
}

export function selectNodes(views: readonly NodeView[], selection: Selection): SelectedView[] {
  const { near, within = Infinity, nearest = Infinity, around, can, prefer } = selection;
  let selected: SelectedView[] = [...views];
  if (around !== undefined) selected = inNeighbourhood(selected, around);
  if (can.length > 0) {
    const matches = matchCapabilities(selected.filter(isPresent), {
      required: can,
      optional: prefer,
    });
    selected = matches.map(({ node, score }) => ({ ...node, score: thousandths(score) }));
  }
  if (near === undefined) return selected;
  return byDistance(selected, near)
    .filter(({ distanceMeters }) => distanceMeters <= within)
    .slice(0, nearest)
    .map(({ node, distanceMeters }) => ({ ...node, distanceMeters: Math.round(distanceMeters) }));
}

/** The columns that a selection adds to those of every list of nodes. */
export function selectionColumns({ near, can }: Selection): Column<SelectedView>[] {
  const away: Column<SelectedView> = {
    name: "distance",
    cell: ({ distanceMeters }) =>
      distanceMeters === undefined ? undefined : formatDistance(distanceMeters),
  };
  const score: Column<SelectedView> = { name: "score", cell: ({ score }) => score };
  return [...(near === undefined ? [] : [away]), ...(can.length === 0 ? [] : [score])];
}

export function printClusters(
  out: Output,
  views: readonly NodeView[],
  { precision }: Selection,
  options: TableOptions,
): void {
  const clusters = clustersOf(views.filter(isPresent), { precision });
  out.list("cluster", clusters, (list) => table(out, CLUSTER_COLUMNS, list, options));
}

const CLUSTER_COLUMNS: readonly Column<Cluster>[] = [
  { name: "geohash", cell: ({ geohash }) => geohash },
  { name: "nodes", cell: ({ members }) => members.length },
  { name: "members", cell: ({ members }) => members.join(" ") },
];

function isPresent({ state }: NodeView): boolean {
  return state === "alive" || state === "suspect";
}

function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
