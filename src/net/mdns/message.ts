/** A domain name, label by label. A label is any text: an instance of a service may have dots in it. */
export type Name = readonly string[];

export const TYPE = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, ANY: 255 } as const;

export interface Question {
  readonly name: Name;
  readonly type: number;
  /** The asker would rather be answered alone. */
  readonly wantsUnicast: boolean;
}

/** What a record says, by its type. */
export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "PTR"; readonly target: Name }
  | { readonly type: "TXT"; readonly texts: readonly string[] }
  | {
    readonly type: "SRV";
    readonly priority: number;
    readonly weight: number;
    readonly port: number;
    readonly target: Name;
  };

export interface ResourceRecord {
  readonly name: Name;
  /** 0 takes the record back. */
  readonly ttlSeconds: number;
  /** This is all that there is under the name and type; whatever else was heard is over. */
  readonly isWhole: boolean;
  readonly data: RecordData;
}

/** A DNS message as multicast DNS uses them. Records of other types are left out in decoding. */
export interface Message {
  readonly id: number;
  readonly isResponse: boolean;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** The longest message that RFC 6762 allows. */
export const LONGEST_MESSAGE_BYTES = 9_000;

export const LONGEST_LABEL_BYTES = 63;
export const LONGEST_NAME_BYTES = 255;
/** Questions and records of one message together. An honest one has a dozen. */
export const ENTRIES_LIMIT = 256;

export function isSameName(left: Name, right: Name): boolean {
  return left.length === right.length && nameKey(left) === nameKey(right);
}

/** Equal for names that mean the same: letters count alike in either case. */
export function nameKey(name: Name): string {
  return name.map((label) => label.toLowerCase()).join("\0");
}

/** Equal for records that say the same, whatever their time to live. */
export function recordKey({ name, data }: Pick<ResourceRecord, "name" | "data">): string {
  return `${nameKey(name)}\n${dataKey(data)}`;
}

export function dataKey(data: RecordData): string {
  switch (data.type) {
    case "A":
    case "AAAA":
      return `${data.type} ${data.address}`;
    case "PTR":
      return `PTR ${nameKey(data.target)}`;
    case "TXT":
      return `TXT ${JSON.stringify(data.texts)}`;
    case "SRV":
      return `SRV ${data.priority} ${data.weight} ${data.port} ${nameKey(data.target)}`;
  }
}
