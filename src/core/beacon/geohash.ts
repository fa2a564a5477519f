import { assert } from "../kernel/assert.ts";
import type { Position } from "./beacon.ts";

/** Numbers and letters without a, i, l and o, in the order of their value. */
const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const BITS_PER_CHARACTER = 5;

/** A cell of about 153 metres by 153 metres at the equator. */
export const GEOHASH_PRECISION = 7;

/** About 4 by 2 centimetres. Coordinates are not known better than that. */
export const LONGEST_GEOHASH = 12;

export interface GeohashBounds {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** A cell of the grid that a precision divides the world into: row 0 is the southernmost. */
interface Cell {
  readonly row: number;
  readonly column: number;
}

interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** The cell that a place lies in, as text of `precision` characters. */
export function encodeGeohash(
  { latitude, longitude }: Pick<Position, "latitude" | "longitude">,
  precision = GEOHASH_PRECISION,
): string {
  const { rows, columns } = gridOf(precision);
  return textOf({
    row: indexOf(latitude, -90, 90, rows),
    column: indexOf(longitude, -180, 180, columns),
  }, precision);
}

/** The bounds of a cell, or undefined for what is no geohash. Capital letters are read too. */
export function decodeGeohash(text: string): GeohashBounds | undefined {
  const cell = cellOf(text.toLowerCase());
  if (cell === undefined) return undefined;
  const { rows, columns } = gridOf(text.length);
  const height = 180 / rows;
  const width = 360 / columns;
  return {
    south: -90 + cell.row * height,
    north: -90 + (cell.row + 1) * height,
    west: -180 + cell.column * width,
    east: -180 + (cell.column + 1) * width,
  };
}

export function isGeohash(text: string): boolean {
  return cellOf(text.toLowerCase()) !== undefined;
}

/** The middle of a cell. */
export function geohashCentre(text: string): Position | undefined {
  const bounds = decodeGeohash(text);
  return bounds && {
    latitude: (bounds.south + bounds.north) / 2,
    longitude: (bounds.west + bounds.east) / 2,
  };
}

/**
 * The up to eight cells around a cell, clockwise from the north. East of the antimeridian follows
 * its west. North of the northernmost row lies that same row on the other side of the pole, since
 * whoever walks on over a pole walks down the opposite meridian.
 */
export function geohashNeighbours(text: string): string[] {
  const cell = cellOf(text.toLowerCase());
  if (cell === undefined) return [];
  const steps = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]] as const;
  const around = steps.map(([north, east]) => {
    return textOf(stepped(cell, north, east, gridOf(text.length)), text.length);
  });
  return [...new Set(around)];
}

function stepped({ row, column }: Cell, north: number, east: number, grid: Grid): Cell {
  const { rows, columns } = grid;
  const next = row + north;
  const overPole = next < 0 || next >= rows;
  const turned = column + east + (overPole ? columns / 2 : 0);
  return { row: overPole ? row : next, column: (turned + columns) % columns };
}

/** Longitude has the first bit, and so one more than latitude where their number is odd. */
function gridOf(precision: number): Grid {
  assert(
    Number.isInteger(precision) && precision >= 1 && precision <= LONGEST_GEOHASH,
    () => `Cannot make a geohash of ${precision} characters: they are 1 to ${LONGEST_GEOHASH}`,
  );
  const bits = precision * BITS_PER_CHARACTER;
  return { rows: 2 ** Math.floor(bits / 2), columns: 2 ** Math.ceil(bits / 2) };
}

/**
 * Which of `count` equal parts a value lies in, by halving: every half is an exact number, so no
 * rounding puts a place on a border into the wrong cell. The upper end belongs to the last part.
 */
function indexOf(value: number, least: number, most: number, count: number): number {
  let low = least;
  let high = most;
  let index = 0;
  for (let parts = count; parts > 1; parts /= 2) {
    const middle = (low + high) / 2;
    const isUpper = value >= middle;
    index = index * 2 + Number(isUpper);
    if (isUpper) low = middle;
    else high = middle;
  }
  return index;
}

function textOf({ row, column }: Cell, precision: number): string {
  const bits = precision * BITS_PER_CHARACTER;
  let text = "";
  let value = 0;
  let rowBit = Math.floor(bits / 2);
  let columnBit = Math.ceil(bits / 2);
  for (let bit = 0; bit < bits; bit++) {
    const set = bit % 2 === 0 ? bitOf(column, --columnBit) : bitOf(row, --rowBit);
    value = value * 2 + set;
    if (bit % BITS_PER_CHARACTER !== BITS_PER_CHARACTER - 1) continue;
    text += ALPHABET[value];
    value = 0;
  }
  return text;
}

function cellOf(text: string): Cell | undefined {
  if (text.length < 1 || text.length > LONGEST_GEOHASH) return undefined;
  let row = 0;
  let column = 0;
  let isColumn = true;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    for (let bit = BITS_PER_CHARACTER - 1; bit >= 0; bit--) {
      if (isColumn) column = column * 2 + bitOf(value, bit);
      else row = row * 2 + bitOf(value, bit);
      isColumn = !isColumn;
    }
  }
  return { row, column };
}

function bitOf(value: number, bit: number): number {
  return Math.floor(value / 2 ** bit) % 2;
}
