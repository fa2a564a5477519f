import { AUTHORITY_SCORES, type AuthorityLevel } from "../authority.ts";
import type { Place } from "../place.ts";
import { type Disc, overlapOf } from "./overlap.ts";
import {
  type AdditiveRule,
  type AuthorizationRule,
  type ChainRule,
  type ComposedType,
  COMPOSITION_LIMITS,
  type CompositionRule,
  type ConstraintRule,
  type DomainsRule,
  type IngredientType,
  type Need,
  type OverlapRule,
  type ReliabilityRule,
} from "./rule.ts";
import type { MetadataValue } from "../metadata.ts";

/** A capability of a member, or of the cell as far as it is composed. */
export interface Ingredient {
  /** The same for the same capability of the same member, and for nothing else. */
  readonly id: string;
  readonly type: IngredientType;
  readonly name: string;
  readonly confidence: number;
  readonly metadata?: Readonly<Record<string, MetadataValue>>;
  /** Where its member is. */
  readonly place?: Place | undefined;
}

export interface Composed extends Ingredient {
  readonly type: ComposedType;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** What it comes from, in the order of the ids. */
  readonly from: readonly string[];
}

export interface CompositionInput {
  /** What is composed for, such as a cell's name: it ends the ids of the outcomes. */
  readonly scope: string;
  readonly ingredients: readonly Ingredient[];
  /** The most that anybody in it may decide. */
  readonly authority?: AuthorityLevel | undefined;
  readonly rules: readonly CompositionRule[];
}

export interface Composition {
  /** In the order of their ids. */
  readonly composed: readonly Composed[];
  /** False where outcomes went on changing each other, and were left as they were last. */
  readonly isSettled: boolean;
  /** Capabilities for which there was no room. */
  readonly leftOut: number;
}

/**
 * Applies the rules until their outcomes, which are ingredients themselves, change no more. In
 * every round each rule sees the outcomes of the round before, so neither the order of the rules
 * nor that of the ingredients changes anything.
 */
export function compose(input: CompositionInput): Composition {
  const relied = input.ingredients.filter(({ confidence }) => confidence > 0);
  const base = relied.toSorted(byConfidence).slice(0, COMPOSITION_LIMITS.ingredients)
    .toSorted(byId);
  const rules = input.rules.slice(0, COMPOSITION_LIMITS.rules);
  let composed: Composed[] = [];
  let isSettled = false;
  for (let round = 0; round < COMPOSITION_LIMITS.rounds && !isSettled; round++) {
    const next = applyAll(rules, base, composed, input);
    isSettled = JSON.stringify(next) === JSON.stringify(composed);
    composed = next;
  }
  return { composed, isSettled, leftOut: relied.length - base.length };
}

function applyAll(
  rules: readonly CompositionRule[],
  base: readonly Ingredient[],
  before: readonly Composed[],
  { scope, authority }: CompositionInput,
): Composed[] {
  const composed = new Map<string, Composed>();
  for (const rule of rules) {
    const id = `${rule.id}@${scope}`;
    // An outcome is no ingredient of itself.
    const pool = [...base, ...before.filter((one) => one.id !== id)];
    const outcome = apply(rule, pool, authority);
    if (outcome === undefined || outcome.confidence <= 0) continue;
    const { confidence, metadata, from } = outcome;
    composed.set(id, {
      id,
      type: "emergent",
      name: rule.id,
      confidence: Math.min(1, confidence),
      metadata: { contributors: from.length, ...metadata },
      from: from.map((one) => one.id).sort(),
    });
  }
  return [...composed.values()].sort(byId);
}

interface Outcome {
  readonly confidence: number;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly from: readonly Ingredient[];
}

function apply(
  rule: CompositionRule,
  pool: readonly Ingredient[],
  authority: AuthorityLevel | undefined,
): Outcome | undefined {
  switch (rule.kind) {
    case "additive":
      return add(rule, pool);
    case "constraint":
      return constrain(rule, pool);
    case "redundant":
      return rule.method === "overlap" ? overlap(rule, pool) : rely(rule, pool);
    case "emergent":
      switch (rule.method) {
        case "chain":
          return chain(rule, pool);
        case "domains":
          return coverDomains(rule, pool);
        case "authorization":
          return authorize(rule, pool, authority);
      }
  }
}

function add({ type, key, least }: AdditiveRule, pool: readonly Ingredient[]): Outcome | undefined {
  const from = pool.filter((one) => one.type === type && amountOf(one, key) !== undefined);
  if (from.length < least) return undefined;
  const sum = from.reduce((total, one) => total + amountOf(one, key)!, 0);
  return { confidence: meanConfidence(from), metadata: { [key]: sum }, from };
}

function chain(
  { needs, leastConfidence, metadata = {} }: ChainRule,
  pool: readonly Ingredient[],
): Outcome | undefined {
  const links: Ingredient[] = [];
  for (const need of needs) {
    const link = best(pool.filter((one) => isMet(need, one)));
    if (link === undefined || link.confidence < leastConfidence) return undefined;
    links.push(link);
  }
  return { confidence: least(links), metadata, from: distinct(links) };
}

const LINK_SHARE = 0.4;
const AUTHORITY_SHARE = 0.6;

function authorize(
  { authority: wanted }: AuthorizationRule,
  pool: readonly Ingredient[],
  authority: AuthorityLevel | undefined,
): Outcome | undefined {
  const link = best(pool.filter(({ type }) => type === "communication"));
  if (link === undefined || authority === undefined) return undefined;
  if (AUTHORITY_SCORES[authority] < AUTHORITY_SCORES[wanted]) return undefined;
  return {
    confidence: LINK_SHARE * link.confidence + AUTHORITY_SHARE * AUTHORITY_SCORES[authority],
    metadata: { authority, can_authorize_strike: authority === "commander" },
    from: [link],
  };
}

const DOMAINS = ["subsurface", "surface", "air"] as const;
const DOMAIN_BONUS = 0.05;
const LEAST_DOMAINS = 2;

function coverDomains(
  { leastConfidence }: DomainsRule,
  pool: readonly Ingredient[],
): Outcome | undefined {
  const sensors = pool.filter(({ type, confidence }) =>
    type === "sensor" && confidence >= leastConfidence
  );
  const covered: string[] = [];
  const from: Ingredient[] = [];
  for (const domain of DOMAINS) {
    const sensor = best(
      sensors.filter((one) => wordsOf(one.metadata?.["domain"]).includes(domain)),
    );
    if (sensor === undefined) continue;
    covered.push(domain);
    from.push(sensor);
  }
  if (covered.length < LEAST_DOMAINS) return undefined;
  return {
    confidence: least(from) + DOMAIN_BONUS * covered.length,
    metadata: { domain: covered.join(" ") },
    from: distinct(from),
  };
}

function rely(
  { type, least, leastConfidence }: ReliabilityRule,
  pool: readonly Ingredient[],
): Outcome | undefined {
  const from = pool.filter((one) => one.type === type && one.confidence >= leastConfidence);
  if (from.length < least) return undefined;
  const allFail = from.reduce((product, { confidence }) => product * (1 - confidence), 1);
  return { confidence: 1 - allFail, metadata: {}, from };
}

const OVERLAP_BONUS = 0.2;

function overlap(
  { type, least, leastOverlap }: OverlapRule,
  pool: readonly Ingredient[],
): Outcome | undefined {
  const from = pool.filter((one) => one.type === type && discOf(one) !== undefined);
  if (from.length < least) return undefined;
  const share = overlapOf(from.map((one) => discOf(one)!));
  if (share < leastOverlap) return undefined;
  const confidence = meanConfidence(from) + OVERLAP_BONUS * share;
  return { confidence, metadata: { overlap: Math.round(share * 1_000) / 1_000 }, from };
}

function constrain(
  { method, type, key }: ConstraintRule,
  pool: readonly Ingredient[],
): Outcome | undefined {
  const from = pool.filter((one) =>
    (type === undefined ? one.type !== "emergent" : one.type === type) &&
    amountOf(one, key) !== undefined
  );
  const weakest = extreme(from, key);
  if (weakest === undefined) return undefined;
  if (method !== "reach") {
    const { confidence } = weakest;
    return { confidence, metadata: { [key]: amountOf(weakest, key)! }, from };
  }
  const isMesh = from.every(({ metadata }) => metadata?.["mesh"] === true);
  const amounts = from.map((one) => amountOf(one, key)!);
  const reach = isMesh ? Math.max(...amounts) : Math.min(...amounts);
  return { confidence: meanConfidence(from), metadata: { [key]: reach, mesh: isMesh }, from };
}

/** Of those with the least of it, the one that is relied on least. */
function extreme(from: readonly Ingredient[], key: string): Ingredient | undefined {
  return from.toSorted((one, other) =>
    amountOf(one, key)! - amountOf(other, key)! || one.confidence - other.confidence ||
    byId(one, other)
  )[0];
}

function isMet({ type, tags }: Need, one: Ingredient): boolean {
  if (type !== undefined && one.type !== type) return false;
  return tags === undefined || tags.some((tag) => isTagged(one, tag));
}

function isTagged({ name, metadata = {} }: Ingredient, tag: string): boolean {
  if (name === tag || wordsOf(name).includes(tag)) return true;
  return metadata["kind"] === tag || (Object.hasOwn(metadata, tag) && metadata[tag] === true);
}

function wordsOf(text: MetadataValue | undefined): readonly string[] {
  return typeof text === "string" ? text.toLowerCase().split(/[^a-z0-9]+/) : [];
}

/** What a sensor covers: its range around it, or else a disc as large as its area. */
function discOf(one: Ingredient): Disc | undefined {
  const center = placeOf(one);
  if (center === undefined) return undefined;
  const range = amountOf(one, "range_m");
  const area = amountOf(one, "coverage_area");
  const radiusMeters = range ?? (area === undefined ? undefined : Math.sqrt(area / Math.PI));
  return radiusMeters === undefined ? undefined : { center, radiusMeters };
}

/** It may look at another place than where its member is. */
function placeOf({ metadata, place }: Ingredient): Place | undefined {
  const [latitude, longitude] = [metadata?.["latitude"], metadata?.["longitude"]];
  const isNamed = typeof latitude === "number" && Math.abs(latitude) <= 90 &&
    typeof longitude === "number" && Math.abs(longitude) <= 180;
  return isNamed ? { latitude, longitude } : place;
}

function amountOf({ metadata = {} }: Ingredient, key: string): number | undefined {
  const amount = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return typeof amount === "number" && Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

function best(candidates: readonly Ingredient[]): Ingredient | undefined {
  return candidates.toSorted(byConfidence)[0];
}

function least(from: readonly Ingredient[]): number {
  return Math.min(...from.map(({ confidence }) => confidence));
}

function meanConfidence(from: readonly Ingredient[]): number {
  return from.reduce((sum, { confidence }) => sum + confidence, 0) / from.length;
}

function distinct(from: readonly Ingredient[]): Ingredient[] {
  return [...new Set(from)];
}

function byConfidence(one: Ingredient, other: Ingredient): number {
  return other.confidence - one.confidence || byId(one, other);
}

function byId(one: Ingredient, other: Ingredient): number {
  if (one.id !== other.id) return one.id < other.id ? -1 : 1;
  const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
  return left === right ? 0 : left < right ? -1 : 1;
}
