const BLOCKS = "▁▂▃▄▅▆▇█";

/** Numbers as one line of blocks, the largest the tallest. A gap in the numbers is a space. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const least = Math.min(0, ...known);
  const span = Math.max(0, ...known) - least;
  return values.map((value) => {
    if (value === undefined) return " ";
    const share = span === 0 ? 0 : (value - least) / span;
    return BLOCKS[Math.round(share * (BLOCKS.length - 1))];
  }).join("");
}
