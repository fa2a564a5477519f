import { ENUMS, MESSAGES } from "./generated/schema.ts";
import type { MessageType } from "./message_type.ts";

/**
 * One message of the generated table: its class, and of each field the name, number, type, label
 * (`single`, `optional`, `repeated` or `map <key type>`) and, if it is in one, the oneof.
 */
export type MessageRow = readonly [
  type: { readonly name: string },
  fields: readonly (readonly [string, number, string, string, string?])[],
];

/** A generated enumeration: its own keys are names, what it inherits are numbers. */
export type EnumRow = Readonly<Record<string | number, string | number>>;

/** A message as its generated class has it, when only its descriptor says what is in it. */
export type AnyMessage = Record<string, unknown> & { $unknowns?: Uint8Array[] };

export interface MessageDescriptor {
  readonly kind: "message";
  readonly name: string;
  readonly type: MessageType<AnyMessage>;
  /** In the order of their numbers. */
  readonly fields: readonly FieldDescriptor[];
  /** By the name in JSON and by the name in the .proto file. */
  readonly byName: ReadonlyMap<string, FieldDescriptor>;
}

export interface EnumDescriptor {
  readonly kind: "enum";
  readonly name: string;
  readonly values: EnumRow;
}

export type Scalar = "string" | "bytes" | "bool" | "float" | "double" | IntegerType;
export type IntegerType = "int32" | "uint32" | "fixed32" | "uint64";

export interface FieldDescriptor {
  /** The name in the .proto file. */
  readonly name: string;
  /** The name in JSON and in the generated code. */
  readonly jsonName: string;
  readonly number: number;
  readonly type:
    | { readonly kind: "scalar"; readonly name: Scalar }
    | MessageDescriptor
    | EnumDescriptor;
  readonly label: "single" | "optional" | "repeated" | "map";
  readonly oneof?: string;
}

const descriptors = new Map<string, MessageDescriptor | EnumDescriptor>();

/** Describes a type by its full name. Made when first asked for: `peat wire` needs but a few. */
export function describe(name: string): MessageDescriptor | EnumDescriptor | undefined {
  const known = descriptors.get(name);
  if (known !== undefined) return known;
  if (Object.hasOwn(ENUMS, name)) return describeEnum(name, ENUMS[name]!);
  return Object.hasOwn(MESSAGES, name) ? describeMessage(name, MESSAGES[name]!) : undefined;
}

/** The full names of all messages and enumerations, in the order of the alphabet. */
export function typeNames(): string[] {
  return [...Object.keys(MESSAGES), ...Object.keys(ENUMS)].sort();
}

function describeEnum(name: string, values: EnumRow): EnumDescriptor {
  const descriptor: EnumDescriptor = { kind: "enum", name, values };
  descriptors.set(name, descriptor);
  return descriptor;
}

function describeMessage(name: string, [type, rows]: MessageRow): MessageDescriptor {
  const fields: FieldDescriptor[] = [];
  const byName = new Map<string, FieldDescriptor>();
  const descriptor: MessageDescriptor = {
    kind: "message",
    name,
    type: type as unknown as MessageType<AnyMessage>,
    fields,
    byName,
  };
  // Before its fields, so that a type within itself finds it.
  descriptors.set(name, descriptor);
  for (const row of rows) {
    const field = describeField(row);
    fields.push(field);
    byName.set(field.jsonName, field).set(field.name, field);
  }
  return descriptor;
}

function describeField(row: MessageRow[1][number]): FieldDescriptor {
  const [name, number, type, label, oneof] = row;
  return {
    name,
    jsonName: name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
    number,
    type: describe(type) ?? { kind: "scalar", name: type as Scalar },
    // The schema's maps have text for keys, without exception.
    label: label === "map string" ? "map" : label as FieldDescriptor["label"],
    ...(oneof === undefined ? {} : { oneof }),
  };
}
