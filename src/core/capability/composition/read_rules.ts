import { AUTHORITY_LEVELS } from "../authority.ts";
import { CAPABILITY_TYPES } from "../capability.ts";
import { nearest } from "../../kernel/nearest.ts";
import {
  COMPOSITION_LIMITS,
  type CompositionRule,
  type IngredientType,
  type Need,
} from "./rule.ts";
import type { MetadataValue } from "../metadata.ts";

/** What was written is no set of rules. `path` leads to what is wrong: keys, and numbers from 1. */
export class RulesError extends Error {
  override readonly name = "RulesError";

  constructor(
    readonly path: readonly (string | number)[],
    readonly state: string,
    readonly hint?: string,
  ) {
    super(`Cannot read the composition rules at ${path.join(".")}: ${state}`);
  }
}

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

const TYPES: readonly IngredientType[] = [...CAPABILITY_TYPES, "emergent"];
const ID = /^[a-z][a-z0-9_]{0,63}$/;
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The keys that a rule may have besides its id, by its kind and its method. */
const KINDS = {
  additive: ["type", "key", "least"],
  "emergent chain": ["needs", "least_confidence", "metadata"],
  "emergent authorization": ["authority"],
  "emergent domains": ["least_confidence"],
  "redundant reliability": ["type", "least", "least_confidence"],
  "redundant overlap": ["type", "least", "least_overlap"],
  "constraint slowest": ["type", "key"],
  "constraint shortest": ["type", "key"],
  "constraint reach": ["type", "key"],
} as const;

type KindOfRule = keyof typeof KINDS;

/** Reads rules as they stand in a file, after its syntax was read, or throws a `RulesError`. */
export function readRules(value: unknown): CompositionRule[] {
  const { rules = [] } = readTable([], value, ["rules"]);
  const list = readList(["rules"], rules, COMPOSITION_LIMITS.rules);
  const read = list.map((rule, index) => readRule(["rules", index + 1], rule));
  for (const [index, { id }] of read.entries()) {
    if (read.findIndex((one) => one.id === id) === index) continue;
    throw new RulesError(["rules", index + 1, "id"], `there is another rule ${id}`);
  }
  return read;
}

function readRule(path: Path, value: unknown): CompositionRule {
  const kind = kindOf(path, value);
  const keys = ["id", "kind", ...(kind === "additive" ? [] : ["method"]), ...KINDS[kind]];
  const table = readTable(path, value, keys);
  const id = readText([...path, "id"], table["id"], ID, "small letters, digits and underscores");
  const type = () => readWord([...path, "type"], table["type"], TYPES);
  const key = () => readText([...path, "key"], table["key"], KEY, "a metadata key");
  const least = () => readNumber([...path, "least"], table["least"], 1, 1_000, 2);
  const share = (name: string, otherwise: number) =>
    readNumber([...path, name], table[name], 0, 1, otherwise);
  switch (kind) {
    case "additive":
      return { id, kind, type: type(), key: key(), least: least() };
    case "emergent chain":
      return {
        id,
        kind: "emergent",
        method: "chain",
        needs: readNeeds([...path, "needs"], table["needs"]),
        leastConfidence: share("least_confidence", 0),
        ...(table["metadata"] === undefined
          ? {}
          : { metadata: readMetadata([...path, "metadata"], table["metadata"]) }),
      };
    case "emergent authorization": {
      const { authority = "commander" } = table;
      const level = readWord([...path, "authority"], authority, AUTHORITY_LEVELS);
      return { id, kind: "emergent", method: "authorization", authority: level };
    }
    case "emergent domains": {
      const leastConfidence = share("least_confidence", 0);
      return { id, kind: "emergent", method: "domains", leastConfidence };
    }
    case "redundant reliability": {
      const leastConfidence = share("least_confidence", 0);
      const amount = { type: type(), least: least(), leastConfidence };
      return { id, kind: "redundant", method: "reliability", ...amount };
    }
    case "redundant overlap": {
      const amount = { type: type(), least: least(), leastOverlap: share("least_overlap", 0) };
      return { id, kind: "redundant", method: "overlap", ...amount };
    }
    case "constraint slowest":
    case "constraint shortest":
    case "constraint reach": {
      const method = kind.slice("constraint ".length) as "slowest" | "shortest" | "reach";
      const only = table["type"] === undefined ? {} : { type: type() };
      return { id, kind: "constraint", method, ...only, key: key() };
    }
  }
}

function kindOf(path: Path, value: unknown): KindOfRule {
  const { kind, method } = isTable(value) ? value : {};
  const names = Object.keys(KINDS) as KindOfRule[];
  const kinds = [...new Set(names.map((name) => name.split(" ")[0]!))];
  const known = readWord([...path, "kind"], kind, kinds);
  if (known === "additive") return known;
  const methods = names.filter((name) => name.startsWith(`${known} `))
    .map((name) => name.slice(known.length + 1));
  return `${known} ${readWord([...path, "method"], method, methods)}` as KindOfRule;
}

function readNeeds(path: Path, value: unknown): Need[] {
  const list = readList(path, value, COMPOSITION_LIMITS.needs);
  if (list.length === 0) throw new RulesError(path, "a chain needs something");
  return list.map((item, index) => {
    const at = [...path, index + 1];
    const { type, tags } = readTable(at, item, ["type", "tags"]);
    if (type === undefined && tags === undefined) throw new RulesError(at, "it says not what");
    return {
      ...(type === undefined ? {} : { type: readWord([...at, "type"], type, TYPES) }),
      ...(tags === undefined ? {} : {
        tags: readList([...at, "tags"], tags, COMPOSITION_LIMITS.tags)
          .map((tag, place) => readText([...at, "tags", place + 1], tag, KEY, "a word")),
      }),
    };
  });
}

function readMetadata(path: Path, value: unknown): Record<string, MetadataValue> {
  if (!isTable(value)) throw new RulesError(path, "it is no table");
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const isScalar = typeof one === "string" || typeof one === "number" ||
        typeof one === "boolean";
      if (isScalar && KEY.test(key)) return [key, one];
      throw new RulesError([...path, key], "it is no text, number or truth");
    }),
  );
}

function readTable(path: Path, value: unknown, keys: readonly string[]): Table {
  if (!isTable(value)) throw new RulesError(path, "it is no table");
  const foreign = Object.keys(value).find((key) => !keys.includes(key));
  if (foreign === undefined) return value;
  const meant = nearest(foreign, keys);
  const hint = meant === undefined ? `the keys are ${keys.join(", ")}` : `did you mean ${meant}?`;
  throw new RulesError([...path, foreign], "there is no such key", hint);
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readList(path: Path, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new RulesError(path, "it is no list");
  if (value.length > most) throw new RulesError(path, `it has more than ${most} entries`);
  return value;
}

function readText(path: Path, value: unknown, pattern: RegExp, expected: string): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new RulesError(path, `it is not ${expected}`);
}

function readWord<Word extends string>(path: Path, value: unknown, words: readonly Word[]): Word {
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  const meant = typeof value === "string" ? nearest(value, words) : undefined;
  const hint = meant === undefined ? undefined : `did you mean ${meant}?`;
  throw new RulesError(path, `it is not one of ${words.join(", ")}`, hint);
}

function readNumber(
  path: Path,
  value: unknown,
  least: number,
  most: number,
  otherwise: number,
): number {
  if (value === undefined) return otherwise;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new RulesError(path, `it is not a number from ${least} to ${most}`);
}
