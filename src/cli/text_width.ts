import { eastAsianWidth } from "get-east-asian-width";

// deno-lint-ignore no-control-regex
const COLOUR_CODE = /\x1b\[[\d;]*m/g;

/** Letters of Latin script, punctuation, arrows and blocks: one column each, and never joined. */
const PLAIN = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f]*$/;

/** How many columns of a terminal the text takes. Colour codes take none. */
export function textWidth(text: string): number {
  const bare = text.includes("\x1b") ? text.replace(COLOUR_CODE, "") : text;
  if (PLAIN.test(bare)) return bare.length;
  let width = 0;
  for (const grapheme of graphemes(bare)) width += graphemeWidth(grapheme);
  return width;
}

/** The text cut to `columns` columns, its end replaced by `…` when something was cut. */
export function clipped(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let kept = "";
  let width = 0;
  for (const grapheme of graphemes(text.replace(COLOUR_CODE, ""))) {
    width += graphemeWidth(grapheme);
    if (width > columns - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** The text with spaces behind it, up to `columns` columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

// Both cost more at start-up than all the rest of a short command, and plain text needs neither.
let segmenter: Intl.Segmenter | undefined;
let emoji: RegExp | undefined;

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function graphemeWidth(grapheme: string): number {
  const first = grapheme.codePointAt(0) ?? 0;
  if (first < 0x20 || /^\p{M}/u.test(grapheme)) return 0;
  emoji ??= new RegExp("^\\p{RGI_Emoji}$", "v");
  return emoji.test(grapheme) ? 2 : eastAsianWidth(first);
}
