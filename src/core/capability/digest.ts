import type { Capability } from "./capability.ts";

/**
 * Eight bytes, in hex, that are the same for the same capabilities in whatever order. They tell
 * apart what differs by accident: who is allowed to send them could as well send any others.
 */
export function capabilityDigest(capabilities: readonly Capability[]): string {
  const lines = capabilities.map(canonical).sort();
  let left = 0x811c9dc5;
  let right = 0x01234567;
  for (const unit of units(lines)) {
    left = Math.imul(left ^ unit, 0x01000193);
    right = Math.imul(right ^ unit ^ (left >>> 16), 0x01000193);
  }
  return hex(left) + hex(right);
}

/** A capability as one line in which nothing is left to the order of its making. */
function canonical({ type, name, confidence, metadata = {} }: Capability): string {
  const pairs = Object.entries(metadata).sort(([one], [other]) => one < other ? -1 : 1);
  return JSON.stringify([type, name, confidence, pairs]);
}

/** Every line's units, and a unit that no text has after each of them. */
function* units(lines: readonly string[]): Generator<number> {
  for (const line of lines) {
    for (let index = 0; index < line.length; index++) yield line.charCodeAt(index);
    yield 0x1_0000;
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
