import { usageFailure } from "./failure.ts";
import { option, toggle } from "./flags.ts";
import { list, named, text } from "./kind.ts";
import { didYouMean } from "./nearest.ts";
import type { Output } from "./output.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { clipped, padded, textWidth } from "./text_width.ts";

/** One column of a table over rows of type `Row`. */
export interface Column<Row> {
  /** What `--columns` calls it, and, in upper case, its header: `last-seen`. */
  readonly name: string;
  /** The cell's text, or undefined when there is none. It may hold anything; it is made printable. */
  readonly cell: (row: Row) => string | number | undefined;
  /** Colours the cell after it was measured. */
  readonly paint?: (paint: Paint, cell: string, row: Row) => string;
}

/** The flags of a command that prints a table. */
export const TABLE_FLAGS = {
  columns: option(list(named("NAME", text)), "print only these columns, in this order"),
  noHeader: toggle("leave out the first line"),
};

export interface TableOptions {
  readonly columns?: readonly string[] | undefined;
  readonly noHeader?: boolean;
}

const GAP = "  ";
const NARROWEST = 4;

/**
 * Rows as text: columns left aligned, names on top in upper case, no borders, `-` for nothing. On a
 * terminal the widest columns are cut until a row fits a line; a pipe gets every character.
 */
export function table<Row>(
  out: Pick<Output, "paint" | "columns">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const chosen = choose(columns, options.columns);
  const header = chosen.map(({ name }) => name.toUpperCase());
  const body = rows.map((row) => chosen.map((column) => cellText(column, row)));
  const shown = options.noHeader === true ? body : [header, ...body];
  const widths = fit(
    chosen.map((_, index) => Math.max(0, ...shown.map((cells) => textWidth(cells[index] ?? "")))),
    out.columns,
  );
  const lines = body.map((cells, index) => {
    const row = rows[index] as Row;
    return line(cells, widths, (cell, at) => chosen[at]?.paint?.(out.paint, cell, row) ?? cell);
  });
  if (options.noHeader !== true) lines.unshift(line(header, widths, out.paint.strong));
  return lines.join("\n");
}

/** The columns that `--columns` names. */
function choose<Row>(
  columns: readonly Column<Row>[],
  names: readonly string[] | undefined,
): readonly Column<Row>[] {
  if (names === undefined) return columns;
  const known = columns.map(({ name }) => name);
  return names.map((name) => {
    const column = columns.find((candidate) => candidate.name === name.toLowerCase());
    if (column !== undefined) return column;
    throw usageFailure(
      `Cannot print the column ${JSON.stringify(name)}: there is no such column`,
      didYouMean(name, known, `use some of ${known.join(",")}`),
    );
  });
}

function cellText<Row>(column: Column<Row>, row: Row): string {
  const cell = column.cell(row);
  return cell === undefined || cell === "" ? "-" : printable(String(cell));
}

/** Takes from the widest column, one by one, until all fit. */
function fit(widths: readonly number[], columns: number): number[] {
  const fitted = [...widths];
  const sum = () => fitted.reduce((total, width) => total + width, 0);
  const room = columns - GAP.length * (widths.length - 1);
  while (sum() > room) {
    const widest = Math.max(...fitted);
    if (widest <= NARROWEST) break;
    fitted[fitted.indexOf(widest)] = widest - 1;
  }
  return fitted;
}

function line(
  cells: readonly string[],
  widths: readonly number[],
  paint: (cell: string, index: number) => string,
): string {
  const last = cells.length - 1;
  return cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    const painted = paint(clipped(cell, width), index);
    return index === last ? painted : padded(painted, width);
  }).join(GAP);
}
