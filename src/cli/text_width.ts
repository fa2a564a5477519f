import { eastAsianWidth } from "get-east-asian-width";

// deno-lint-ignore no-control-regex
const COLOUR_CODE = /\x1b\[[\d;]*m/g;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const PICTURE = /^\p{RGI_Emoji}$/v;
const MARK = /^\p{M}$/u;

/** How many columns of a terminal the text takes. Colour codes take none. */
export function textWidth(text: string): number {
  const bare = text.replace(COLOUR_CODE, "");
  // Nearly every cell is plain ASCII, which needs no dictionary.
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(bare)) width += graphemeWidth(segment);
  return width;
}

/** The text cut to `columns` columns, its end replaced by `…` when something was cut. */
export function clipped(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text.replace(COLOUR_CODE, ""))) {
    width += graphemeWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : "";
}

/** The text with spaces behind it, up to `columns` columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

function graphemeWidth(grapheme: string): number {
  if (PICTURE.test(grapheme)) return 2;
  const first = grapheme.codePointAt(0);
  if (first === undefined || first < 0x20 || MARK.test(grapheme)) return 0;
  return eastAsianWidth(first);
}
