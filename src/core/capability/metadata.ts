/** What a capability says of itself under one key. */
export type MetadataValue = string | number | boolean;

export type Metadata = Readonly<Record<string, MetadataValue>>;

/**
 * The value that a text stands for, on the wire as on the command line: what reads like a number is
 * one, and so are truths. No text that is written like a number is ever a text, so that a value and
 * what is written for it are always the same.
 */
export function readMetadataValue(text: string): MetadataValue {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return Number.isFinite(number) && `${number}` === text ? number : text;
}

/** The text of a value, which is read as the same value again. */
export function metadataText(value: MetadataValue): string {
  return `${value}`;
}
