import { printableJson } from "./printable.ts";

/** The form of `--output json`: two spaces of indentation, on a terminal and in a pipe alike. */
export function toJsonText(value: unknown): string {
  return printableJson(JSON.stringify(value, replace, 2));
}

/** The form of `--output ndjson`: one line without spaces. */
export function toJsonLine(value: unknown): string {
  return printableJson(JSON.stringify(value, replace));
}

/** What JSON has no word for: 64-bit integers become strings, bytes become base64. */
function replace(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return value.toBase64();
  return value;
}
