import type { Random } from "../../src/core/kernel/random.ts";
import type { AnyMessage, FieldDescriptor, MessageDescriptor } from "../../src/wire/schema.ts";

const TEXTS = ["", "a", "range_m", "__proto__", "Größe", "日本", "🙂", "\u0000", "x".repeat(100)];
const INTEGERS = [0, 1, 127, 128, 300, 2 ** 31 - 1];
const LONG_INTEGERS = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 64n - 1n];
const NUMBERS = [0, -0, 0.1, -2.5, 1e21, NaN, Infinity, -Infinity];

/** A message of any type with random fields in it, as its generated encoder takes it. */
export function randomMessage(random: Random, type: MessageDescriptor, depth = 0): AnyMessage {
  const message: AnyMessage = {};
  const taken = new Set<string>();
  for (const field of type.fields) {
    // The deeper, the sparser, so that no message grows without end.
    if (!random.chance(0.5 / (depth + 1)) || taken.has(field.oneof ?? "")) continue;
    if (field.oneof !== undefined) taken.add(field.oneof);
    message[field.jsonName] = randomField(random, field, depth);
  }
  // Field 1,000 is nobody's.
  if (random.chance(0.1)) message.$unknowns = [Uint8Array.of(0xc0, 0x3e, random.below(128))];
  return message;
}

function randomField(random: Random, field: FieldDescriptor, depth: number): unknown {
  const element = () => randomElement(random, field, depth);
  if (field.label === "repeated") return Array.from({ length: random.below(4) }, element);
  if (field.label !== "map") return element();
  return Object.fromEntries(random.shuffled(TEXTS).slice(0, 2).map((key) => [key, element()]));
}

function randomElement(random: Random, { type }: FieldDescriptor, depth: number): unknown {
  if (type.kind === "message") return randomMessage(random, type, depth + 1);
  if (type.kind === "enum") return random.pick(INTEGERS);
  if (type.name === "string") return random.pick(TEXTS);
  if (type.name === "bytes") return new Uint8Array(random.below(9)).fill(random.below(256));
  if (type.name === "bool") return random.chance(0.5);
  if (type.name === "uint64") return random.pick(LONG_INTEGERS);
  if (type.name === "float") return Math.fround(random.pick(NUMBERS));
  return random.pick(type.name === "double" ? NUMBERS : INTEGERS);
}
