import type { NodeId } from "../kernel/ids.ts";

/** How large a cell is to be. Without both ends nobody is moved. */
export interface CellSize {
  readonly least: number;
  readonly most: number;
}

/**
 * Whether the limits can be kept at all: of a cell that is just too large, both halves have to be
 * large enough.
 */
export function isPossible({ least, most }: CellSize): boolean {
  return least >= 1 && most >= 2 * least - 1;
}

/** Reads `3-10`; undefined when it is none, or limits that cannot be kept. */
export function parseCellSize(text: string): CellSize | undefined {
  const [, least, most] = /^(\d{1,3})-(\d{1,3})$/.exec(text) ?? [];
  if (least === undefined || most === undefined) return undefined;
  const size = { least: Number(least), most: Number(most) };
  return isPossible(size) ? size : undefined;
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

/** What a leader decides by. */
export interface Layout {
  readonly cellId: string;
  readonly term: number;
  /** Every member, best leader first. */
  readonly ranked: readonly NodeId[];
  /** Whether that member lets itself be moved: its operator set limits for its cell. */
  readonly isMovable: (nodeId: NodeId) => boolean;
  /** Whoever cannot be told is not counted on to move. */
  readonly isReachable: (nodeId: NodeId) => boolean;
  readonly others: readonly OtherCell[];
}

/** A cell's id has room for a mark of where it split off. */
const LONGEST_ID = 64;

/** More cells than that never split off in one term. */
const MARKS = 16;

/**
 * The half that leaves a cell which is too large: every second member in order of rank, so that
 * both halves have somebody fit to lead. The new cell is named after the old one and the term, and
 * no name is given twice.
 */
export function splitOf(
  { cellId, term, ranked, isMovable, isReachable, others }: Layout,
  { least, most }: CellSize,
): Move | undefined {
  const { length } = ranked;
  if (length <= most) return undefined;
  const half = Math.floor(length / 2);
  const seconds = [
    ...ranked.filter((_, place) => place % 2 === 1),
    ...ranked.filter((_, place) => place % 2 === 0 && place > 0).reverse(),
  ].filter((nodeId) => isMovable(nodeId) && isReachable(nodeId)).slice(0, half);
  if (seconds.length < least) return undefined;
  const target = freeName(cellId, term, others);
  return target === undefined ? undefined : { cellId: target, members: seconds.sort() };
}

function freeName(
  cellId: string,
  term: number,
  others: readonly OtherCell[],
): string | undefined {
  for (let attempt = 1; attempt <= MARKS; attempt++) {
    const mark = attempt === 1 ? `-${term}` : `-${term}.${attempt}`;
    const name = `${cellId.slice(0, LONGEST_ID - mark.length)}${mark}`;
    if (name !== cellId && !others.some((other) => other.cellId === name)) return name;
  }
  return undefined;
}

/**
 * Where a cell that is too small goes: into the smallest other that has room, ties to the lower id.
 * Of two that are both too small the smaller moves, and of two alike the one with the higher id, so
 * that no two swap places.
 */
export function mergeOf(
  { cellId, ranked, isMovable, isReachable, others }: Layout,
  { least, most }: CellSize,
): Move | undefined {
  const members = ranked.filter(isReachable);
  const { length } = members;
  if (ranked.length >= least || !members.every(isMovable)) return undefined;
  const [target] = others.filter((other) =>
    other.cellId !== cellId && other.size > 0 && other.size + length <= most &&
    (other.size > length || (other.size === length && other.cellId < cellId))
  ).sort(bySize);
  return target && { cellId: target.cellId, members };
}

/**
 * What a cell gives to one that is too small and fits nowhere: as many as that one lacks, the last
 * in rank. Only the largest of all gives, so that nobody is given too many.
 */
export function gapOf(
  { cellId, ranked, isMovable, isReachable, others }: Layout,
  { least, most }: CellSize,
): Move | undefined {
  const { length } = ranked;
  const [small] = others.filter(({ size }) => size > 0 && size < least).sort(bySize);
  if (small === undefined) return undefined;
  const fits = (size: number) => size + small.size <= most;
  const rest = others.filter((other) => other.cellId !== small.cellId && other.cellId !== cellId);
  if (fits(length) || rest.some(({ size }) => size > 0 && fits(size))) return undefined;
  const isLargest = rest.every(({ cellId: id, size }) =>
    size < length || (size === length && cellId < id)
  );
  const count = least - small.size;
  if (!isLargest || length - count < least) return undefined;
  const members = ranked.slice(1)
    .filter((nodeId) => isMovable(nodeId) && isReachable(nodeId)).slice(-count);
  return members.length < count ? undefined : { cellId: small.cellId, members };
}

function bySize(left: OtherCell, right: OtherCell): number {
  return left.size - right.size || (left.cellId < right.cellId ? -1 : 1);
}
