import { type Capability, CAPABILITY_LIMITS, CAPABILITY_TYPES } from "./capability.ts";
import { capabilityDigest } from "./digest.ts";
import { type Health, HEALTH_SHARES, HEALTH_STATES } from "./health.ts";
import type { Metadata, MetadataValue } from "./metadata.ts";

/** A capability as its node keeps it. */
export interface Kept extends Capability {
  readonly id: string;
  /** An operator changed it while the node ran, so that it is not as it was configured. */
  readonly isOrdered?: true;
}

/** All that a node can do and how it is. Others learn it as the node's document. */
export interface Declaration {
  readonly health: Health;
  readonly capabilities: readonly Kept[];
  /** The digests of what it was before, the last ones: whoever hears one of these heard of old. */
  readonly formerly: readonly string[];
}

/** How many digests of before are told. */
const FORMER_LIMIT = 8;

/** What was changed, which remembers what it was before. */
export function following(
  before: Declaration,
  { health, capabilities }: Omit<Declaration, "formerly">,
): Declaration {
  const next = { health, capabilities, formerly: before.formerly };
  const digest = digestOf(before);
  if (digestOf(next) === digest) return next;
  return { health, capabilities, formerly: [...before.formerly, digest].slice(-FORMER_LIMIT) };
}

/** Over all that others may rely on. */
export function digestOf(declaration: Omit<Declaration, "formerly">): string {
  return capabilityDigest(effective(declaration));
}

/** As configured, but for what an operator changed before. */
export function declarationOf(
  configured: readonly Kept[],
  kept: Declaration | undefined,
): Declaration {
  const { health = "nominal", capabilities = [] } = kept ?? {};
  const ordered = new Map(
    capabilities.filter(({ isOrdered }) => isOrdered === true).map((one) => [one.id, one]),
  );
  const changed = configured.map((one) => ordered.get(one.id) ?? one);
  const added = [...ordered.values()].filter(({ id }) => !configured.some((one) => one.id === id));
  const now = {
    health,
    capabilities: [...changed, ...added].slice(0, CAPABILITY_LIMITS.capabilities),
  };
  return kept === undefined ? { ...now, formerly: [] } : following(kept, now);
}

/** Confidences are told in steps of a millionth. */
const STEPS = 1e6;

/** What others may rely on: less, the worse the node is. */
export function effective(
  { health, capabilities }: Omit<Declaration, "formerly">,
): Capability[] {
  const share = HEALTH_SHARES[health];
  return capabilities.map(({ type, name, confidence, metadata }) => ({
    type,
    name,
    confidence: share === 1 ? confidence : Math.round(confidence * share * STEPS) / STEPS,
    ...(metadata === undefined ? {} : { metadata }),
  }));
}

/** The document's value. The order of capabilities is kept in it: elections take the last. */
export function writeDeclaration({ health, capabilities, formerly }: Declaration) {
  return {
    health,
    formerly: [...formerly],
    capabilities: capabilities.map(({ id, type, name, confidence, metadata = {}, isOrdered }) => ({
      id,
      type,
      name,
      confidence,
      metadata: { ...metadata },
      ordered: isOrdered === true,
    })),
  };
}

/** Undefined for what no honest node writes. */
export function readDeclaration(value: unknown): Declaration | undefined {
  if (!isTable(value)) return undefined;
  const health = HEALTH_STATES.find((state) => state === value["health"]);
  const list = value["capabilities"];
  const formerly = readFormer(value["formerly"]);
  if (health === undefined || formerly === undefined || !Array.isArray(list)) return undefined;
  if (list.length > CAPABILITY_LIMITS.capabilities) return undefined;
  const capabilities: Kept[] = [];
  for (const item of list) {
    const kept = readKept(item);
    if (kept === undefined) return undefined;
    capabilities.push(kept);
  }
  return { health, capabilities, formerly };
}

const DIGEST = /^[0-9a-f]{16}$/;

function readFormer(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || value.length > FORMER_LIMIT) return undefined;
  return value.every((one) => typeof one === "string" && DIGEST.test(one)) ? value : undefined;
}

function readKept(value: unknown): Kept | undefined {
  if (!isTable(value)) return undefined;
  const { id, name, confidence, ordered } = value;
  const type = CAPABILITY_TYPES.find((known) => known === value["type"]);
  const metadata = readMetadata(value["metadata"]);
  if (type === undefined || metadata === undefined) return undefined;
  if (!isLabel(id, ID_LENGTH) || !isLabel(name, CAPABILITY_LIMITS.keyLength)) return undefined;
  if (typeof confidence !== "number" || !(confidence >= 0 && confidence <= 1)) return undefined;
  return {
    id,
    type,
    name,
    confidence,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(ordered === true ? { isOrdered: true } : {}),
  };
}

/** A type, a name and a number between them. */
const ID_LENGTH = 96;

function readMetadata(value: unknown): Metadata | undefined {
  if (!isTable(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > CAPABILITY_LIMITS.metadata) return undefined;
  const isRight = entries.every(([key, one]) =>
    isLabel(key, CAPABILITY_LIMITS.keyLength) && isValue(one)
  );
  return isRight ? Object.fromEntries(entries) as Record<string, MetadataValue> : undefined;
}

function isValue(value: unknown): value is MetadataValue {
  if (typeof value === "string") {
    return value === "" || isLabel(value, CAPABILITY_LIMITS.valueLength);
  }
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function isLabel(value: unknown, longest: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest &&
    !CONTROL.test(value);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
