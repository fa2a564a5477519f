import type { NodeId } from "../kernel/ids.ts";

/** How large a cell is to be. Without both ends nobody is moved. */
export interface CellSize {
  readonly least: number;
  readonly most: number;
}

/** Another cell, as beacons tell of it. */
export interface OtherCell {
  readonly cellId: string;
  /** How many of its members are heard. */
  readonly size: number;
}

/** Members that are to move to another cell, which may be one that does not exist yet. */
export interface Move {
  readonly cellId: string;
  readonly members: readonly NodeId[];
}

/** A cell's id has room for a mark of where it split off. */
const LONGEST_ID = 64;

/**
 * The half that leaves a cell which is too large: every second member in order of rank, so that
 * both halves have somebody fit to lead. The new cell is named after the old one and the term, and
 * no term splits twice.
 */
export function splitOf(
  cellId: string,
  term: number,
  ranked: readonly NodeId[],
  { most }: CellSize,
): Move | undefined {
  if (ranked.length <= most) return undefined;
  const mark = `-${term}`;
  const members = ranked.filter((_, place) => place % 2 === 1);
  return { cellId: `${cellId.slice(0, LONGEST_ID - mark.length)}${mark}`, members };
}

/**
 * Where a cell that is too small goes: into the smallest other that has room, ties to the lower id.
 * Of two that are both too small the smaller moves, and of two alike the one with the higher id, so
 * that no two swap places.
 */
export function mergeOf(
  cellId: string,
  ranked: readonly NodeId[],
  others: readonly OtherCell[],
  { least, most }: CellSize,
): Move | undefined {
  const { length } = ranked;
  if (length >= least) return undefined;
  const [target] = others.filter((other) =>
    other.cellId !== cellId && other.size > 0 && other.size + length <= most &&
    (other.size > length || (other.size === length && other.cellId < cellId))
  ).sort((left, right) => left.size - right.size || (left.cellId < right.cellId ? -1 : 1));
  return target && { cellId: target.cellId, members: ranked };
}
