import { BEACON_LIMITS } from "../beacon/beacon.ts";
import {
  type Capability,
  CAPABILITY_LIMITS,
  CAPABILITY_TYPES,
  type CapabilityType,
} from "./capability.ts";
import { type MetadataValue, readMetadataValue } from "./metadata.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const NUMBER = /^\d+(\.\d+)?$/;

/** What was typed is not a capability. `position` counts characters from 1. */
export class CapabilitySpecError extends Error {
  override readonly name = "CapabilitySpecError";

  constructor(spec: string, readonly position: number, state: string) {
    super(`Cannot read the capability ${JSON.stringify(spec)}: ${state} (character ${position})`);
  }
}

/**
 * Reads `type[:name][=confidence][,key=value]…`, such as `sensor:thermal=0.9,range_m=2000`. A
 * capability without a name is named after its type; one without a confidence is relied on fully.
 */
export function parseCapability(spec: string): Capability {
  const [head = "", ...pairs] = spec.split(",");
  const equals = head.indexOf("=");
  const title = equals < 0 ? head : head.slice(0, equals);
  const colon = title.indexOf(":");
  const type = readType(spec, colon < 0 ? title : title.slice(0, colon));
  const name = colon < 0 ? type : readName(spec, title.slice(colon + 1), colon + 2);
  const confidence = equals < 0 ? 1 : readConfidence(spec, head.slice(equals + 1), equals + 2);
  const metadata = readMetadata(spec, pairs, head.length + 2);
  return metadata === undefined ? { type, name, confidence } : { type, name, confidence, metadata };
}

function readType(spec: string, text: string): CapabilityType {
  const type = CAPABILITY_TYPES.find((known) => known === text);
  if (type !== undefined) return type;
  throw new CapabilitySpecError(
    spec,
    1,
    `its type ${JSON.stringify(text)} is not one of ${CAPABILITY_TYPES.join(", ")}`,
  );
}

function readName(spec: string, text: string, position: number): string {
  if (text.length > BEACON_LIMITS.nameLength) {
    throw new CapabilitySpecError(
      spec,
      position + BEACON_LIMITS.nameLength,
      `its name is longer than ${BEACON_LIMITS.nameLength} characters`,
    );
  }
  if (NAME.test(text)) return text;
  throw new CapabilitySpecError(
    spec,
    position,
    text === ""
      ? "its name is missing"
      : "its name is not letters, digits, dots, dashes and underscores",
  );
}

function readConfidence(spec: string, text: string, position: number): number {
  const confidence = NUMBER.test(text) ? Number(text) : NaN;
  if (confidence >= 0 && confidence <= 1) return confidence;
  throw new CapabilitySpecError(spec, position, "its confidence is not a number from 0 to 1");
}

function readMetadata(
  spec: string,
  pairs: readonly string[],
  firstPosition: number,
): Record<string, MetadataValue> | undefined {
  if (pairs.length === 0) return undefined;
  const metadata = new Map<string, MetadataValue>();
  let position = firstPosition;
  for (const pair of pairs) {
    const [key, value] = readPair(spec, pair, position);
    if (metadata.has(key)) {
      throw new CapabilitySpecError(spec, position, `${JSON.stringify(key)} is there twice`);
    }
    if (metadata.size === CAPABILITY_LIMITS.metadata) {
      throw new CapabilitySpecError(
        spec,
        position,
        `it has more than ${CAPABILITY_LIMITS.metadata} values`,
      );
    }
    metadata.set(key, readMetadataValue(value));
    position += pair.length + 1;
  }
  return Object.fromEntries(metadata);
}

function readPair(spec: string, pair: string, position: number): [key: string, value: string] {
  const equals = pair.indexOf("=");
  const key = pair.slice(0, Math.max(0, equals));
  const value = pair.slice(equals + 1);
  if (equals < 0 || key.length > CAPABILITY_LIMITS.keyLength || !NAME.test(key)) {
    throw new CapabilitySpecError(spec, position, `${JSON.stringify(pair)} is not key=value`);
  }
  if (value === "" || value.length > CAPABILITY_LIMITS.valueLength) {
    throw new CapabilitySpecError(
      spec,
      position + equals + 1,
      `the value of ${key} is not 1 to ${CAPABILITY_LIMITS.valueLength} characters long`,
    );
  }
  if (CONTROL.test(value)) {
    throw new CapabilitySpecError(spec, position + equals + 1, `the value of ${key} is not text`);
  }
  return [key, value];
}
