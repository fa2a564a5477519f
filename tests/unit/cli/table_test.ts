import assert from "node:assert/strict";
import { paintFor } from "../../../src/cli/paint.ts";
import { type Column, table } from "../../../src/cli/table.ts";
import { textWidth } from "../../../src/cli/text_width.ts";

interface Row {
  readonly id: string;
  readonly role?: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "node", cell: ({ id }) => id },
  { name: "role", cell: ({ role }) => role },
];

const ROWS: readonly Row[] = [{ id: "alpha", role: "leader" }, { id: "b" }];
const wide = { paint: paintFor(false), columns: Infinity };

Deno.test("a table has upper-case names, aligned columns and a dash for nothing", () => {
  assert.equal(table(wide, COLUMNS, ROWS), "NODE   ROLE\nalpha  leader\nb      -");
});

Deno.test("columns can be chosen and the header left out", () => {
  assert.equal(
    table(wide, COLUMNS, ROWS, { columns: ["role", "node"], noHeader: true }),
    "leader  alpha\n-       b",
  );
});

Deno.test("an unknown column is refused with the nearest", () => {
  assert.throws(() => table(wide, COLUMNS, ROWS, { columns: ["rol"] }), {
    message: 'Cannot print the column "rol": there is no such column',
    hint: "did you mean role?",
  });
});

Deno.test("a table without rows is its header", () => {
  assert.equal(table(wide, COLUMNS, []), "NODE  ROLE");
});

Deno.test("wide characters keep the columns in line", () => {
  const lines = table(wide, COLUMNS, [{ id: "東京", role: "x" }, { id: "🚁a", role: "x" }]).split(
    "\n",
  );
  const starts = lines.slice(1).map((line) => textWidth(line.slice(0, line.indexOf("x"))));
  assert.deepEqual(starts, [6, 6]);
});

Deno.test("a narrow terminal cuts the widest column until the row fits", () => {
  const rows = [{ id: "a".repeat(60), role: "leader" }];
  const lines = table({ ...wide, columns: 30 }, COLUMNS, rows).split("\n");
  assert.deepEqual(lines.map(textWidth), [28, 30]);
  assert.ok(lines[1]?.endsWith("a…  leader"));
});

Deno.test("a cell from elsewhere cannot command the terminal", () => {
  const text = table(wide, COLUMNS, [{ id: "\x1b[2J", role: "a\nb" }]);
  assert.equal(text.split("\n")[1], "\\x1b[2J  a\\nb");
});

Deno.test("colour does not count as width", () => {
  const columns = [{ ...COLUMNS[0]!, paint: () => "\x1b[31mred\x1b[39m" }, COLUMNS[1]!];
  const text = table({ ...wide, paint: paintFor(true) }, columns, [{ id: "red", role: "x" }]);
  assert.ok(text.endsWith("\x1b[31mred\x1b[39m   x"));
});
