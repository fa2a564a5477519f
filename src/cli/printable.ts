/**
 * Control characters, and the marks that reorder text, rewrite what a person sees on a terminal.
 * The soft hyphen and the zero-width characters hide in names, so they count too.
 */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The text with everything that could command a terminal made visible instead, as `\x1b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape);
}

/** The same for JSON text, whose own escapes cover all but the upper ranges. */
export function printableJson(json: string): string {
  // A line feed in JSON text only ever separates tokens; one inside a string is escaped already.
  return json.replace(
    UNPRINTABLE,
    (character) => character === "\n" ? character : `\\u${hex(character, 4)}`,
  );
}

function escape(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return character < "\u0100" ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}
