export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What the disk held under each key when the node started. */
export type Stored = Readonly<Record<string, JsonValue>>;
