import { AUTHORITY_LEVELS, type AuthorityLevel } from "../capability/authority.ts";
import { nearest } from "../kernel/nearest.ts";
import { isRank, type Operator, type Rank, RANK_SCORES } from "./operator.ts";

const KEYS = ["rank", "authority", "load", "fatigue", "specialty"] as const;

const SPECIALTY = /^[A-Za-z0-9]{1,16}$/;
const NUMBER = /^\d+(\.\d+)?$/;

/** What was typed is no operator. `position` counts characters from 1. */
export class OperatorSpecError extends Error {
  override readonly name = "OperatorSpecError";

  constructor(spec: string, readonly position: number, state: string) {
    super(`Cannot read the operator ${JSON.stringify(spec)}: ${state} (character ${position})`);
  }
}

/**
 * Reads `key=value,…`, such as `rank=O3,authority=commander,load=0.2,fatigue=0.1,specialty=25U`. An
 * operator of whom no authority is said has the least, and one of whom no load is said has none.
 */
export function parseOperator(spec: string): Operator {
  const values = new Map<string, readonly [value: string, position: number]>();
  let position = 1;
  for (const pair of spec.split(",")) {
    const [key, value] = readPair(spec, pair, position);
    if (values.has(key)) throw new OperatorSpecError(spec, position, `its ${key} is there twice`);
    values.set(key, [value, position + key.length + 1]);
    position += pair.length + 1;
  }
  const read = <T>(key: (typeof KEYS)[number], reader: (...at: [string, string, number]) => T) => {
    const found = values.get(key);
    return found === undefined ? undefined : reader(spec, ...found);
  };
  const rank = read("rank", readRank);
  const specialty = read("specialty", readSpecialty);
  return {
    ...(rank === undefined ? {} : { rank }),
    authority: read("authority", readAuthority) ?? "observer",
    cognitiveLoad: read("load", readShare) ?? 0,
    fatigue: read("fatigue", readShare) ?? 0,
    ...(specialty === undefined ? {} : { specialty }),
  };
}

function readPair(spec: string, pair: string, position: number): [key: string, value: string] {
  const equals = pair.indexOf("=");
  const key = equals < 0 ? pair : pair.slice(0, equals);
  if (!KEYS.some((known) => known === key)) {
    const meant = nearest(key, KEYS);
    const other = meant === undefined ? `not one of ${KEYS.join(", ")}` : `not ${meant}`;
    throw new OperatorSpecError(spec, position, `${JSON.stringify(key)} is ${other}`);
  }
  if (equals < 0) throw new OperatorSpecError(spec, position, `its ${key} has no value`);
  return [key, pair.slice(equals + 1)];
}

function readRank(spec: string, text: string, position: number): Rank {
  const rank = text.toUpperCase();
  if (isRank(rank)) return rank;
  throw new OperatorSpecError(
    spec,
    position,
    `the rank ${JSON.stringify(text)} is not one of ${Object.keys(RANK_SCORES).join(", ")}`,
  );
}

function readAuthority(spec: string, text: string, position: number): AuthorityLevel {
  const level = AUTHORITY_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new OperatorSpecError(
    spec,
    position,
    `the authority ${JSON.stringify(text)} is not one of ${AUTHORITY_LEVELS.join(", ")}`,
  );
}

function readShare(spec: string, text: string, position: number): number {
  const share = NUMBER.test(text) ? Number(text) : NaN;
  if (share >= 0 && share <= 1) return share;
  throw new OperatorSpecError(spec, position, `${JSON.stringify(text)} is not from 0 to 1`);
}

function readSpecialty(spec: string, text: string, position: number): string {
  if (SPECIALTY.test(text)) return text;
  throw new OperatorSpecError(spec, position, "its specialty is not up to 16 letters and digits");
}
