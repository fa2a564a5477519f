import { nearest } from "../../kernel/nearest.ts";
import { CAPABILITY_TYPES } from "../capability.ts";

/** What a field holds, which decides what it can be compared with. */
export type FieldKind = "text" | "number" | "truth" | "any";

export interface FieldRule {
  readonly kind: FieldKind;
  /** Whether it belongs to a capability. What does not belongs to the node. */
  readonly isOfCapability: boolean;
  /** The only texts that it can hold, where that is known. */
  readonly values?: readonly string[];
}

const STATES = ["alive", "suspect"] as const;
const ROLES = ["standalone", "member", "leader"] as const;

const RULES = {
  type: { kind: "text", isOfCapability: true, values: [...CAPABILITY_TYPES, "emergent"] },
  name: { kind: "text", isOfCapability: true },
  id: { kind: "text", isOfCapability: true },
  confidence: { kind: "number", isOfCapability: true },
  node: { kind: "text", isOfCapability: false },
  cell: { kind: "text", isOfCapability: false },
  level: { kind: "number", isOfCapability: false },
  role: { kind: "text", isOfCapability: false, values: ROLES },
  state: { kind: "text", isOfCapability: false, values: STATES },
  version: { kind: "any", isOfCapability: false },
  composed: { kind: "truth", isOfCapability: false },
  distance: { kind: "number", isOfCapability: false },
  rtt: { kind: "number", isOfCapability: false },
} as const satisfies Record<string, FieldRule>;

export type NamedField = keyof typeof RULES;

/** `metadata.KEY` is what a capability says of itself under that key. */
export type Field = NamedField | `metadata.${string}`;

export const NAMED_FIELDS = Object.keys(RULES) as readonly NamedField[];

const METADATA = "metadata.";
const METADATA_RULE: FieldRule = { kind: "any", isOfCapability: true };
const METADATA_FIELD = /^metadata\.[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isField(text: string): text is Field {
  return Object.hasOwn(RULES, text) || (METADATA_FIELD.test(text) && !text.includes(".."));
}

export function ruleOf(field: Field): FieldRule {
  return isMetadata(field) ? METADATA_RULE : RULES[field];
}

/** The key of a field of the metadata. */
export function metadataKey(field: Field): string | undefined {
  return isMetadata(field) ? field.slice(METADATA.length) : undefined;
}

/** What was probably meant by a word that is no field. */
export function suggestField(word: string): string {
  const meant = nearest(word, [...NAMED_FIELDS, "metadata"]);
  const hint = meant === undefined
    ? ""
    : ` (did you mean ${meant}${meant === "metadata" ? ".KEY" : ""}?)`;
  return `a field: ${NAMED_FIELDS.join(", ")} or metadata.KEY${hint}`;
}

function isMetadata(field: Field): field is `metadata.${string}` {
  return field.startsWith(METADATA);
}
