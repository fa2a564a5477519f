import type { Random } from "../../src/core/kernel/random.ts";

/** Bytes that decoders stumble over: ends of varints, long lengths, ends of groups, all ones. */
const INTERESTING = [0x00, 0x01, 0x04, 0x0b, 0x0c, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xff];

/** How many inputs in a hundred are random throughout. The others are valid ones, spoiled. */
const RANDOM_SHARE = 0.2;

const LONGEST_INPUT_BYTES = 4_096;

/** An input for a decoder: noise, or a few changes to what a valid encoder made. */
export function makeInput(random: Random, makeValid: () => Uint8Array): Uint8Array {
  if (random.chance(RANDOM_SHARE)) return randomBytes(random, random.below(200));
  let bytes = makeValid();
  for (let count = random.below(5); count > 0; count--) bytes = mutate(random, bytes, makeValid);
  return bytes.subarray(0, LONGEST_INPUT_BYTES);
}

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function mutate(random: Random, bytes: Uint8Array, makeValid: () => Uint8Array): Uint8Array {
  const start = random.below(bytes.length + 1);
  const end = random.between(start, bytes.length);
  switch (random.below(7)) {
    case 0: // Cut it off.
      return bytes.slice(0, start);
    case 1: // Lose a part.
      return join(bytes.subarray(0, start), bytes.subarray(end));
    case 2: // Say a part again, many times.
      return join(bytes, ...Array(random.below(20)).fill(bytes.subarray(start, end)));
    case 3: // Slip something in.
      return join(bytes.subarray(0, start), makeValid(), bytes.subarray(start));
    case 4: // A length or number that goes on and on.
      return join(
        bytes.subarray(0, start),
        new Uint8Array(random.below(12)).fill(0xff),
        bytes.subarray(start),
      );
    case 5:
      return withByte(bytes, start, random.pick(INTERESTING));
    default:
      return withByte(bytes, start, random.below(256));
  }
}

function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const copy = bytes.slice();
  if (index < copy.length) copy[index] = value;
  return copy;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
