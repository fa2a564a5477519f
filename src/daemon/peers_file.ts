import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import { nearest } from "../core/kernel/nearest.ts";
import type { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";

/** A peer that an operator wrote down. */
export interface NamedPeer {
  /** Absent: whoever answers there. */
  readonly nodeId?: NodeId;
  /** `HOST` or `HOST:PORT` each, where beacons are heard. */
  readonly addresses: readonly string[];
  /** The higher is contacted first, and keeps its place where there is not enough for all. */
  readonly priority: number;
  /** For people. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PeersFile {
  readonly emcon: boolean;
  /** By priority, the highest first. */
  readonly peers: readonly NamedPeer[];
}

const DEFAULT_PRIORITY = 128;
const PEER_LIMIT = 512;
const ADDRESS_LIMIT = 8;
const LONGEST_FILE_BYTES = 1 << 20;

const peer = v.strictObject({
  node_id: v.exactOptional(v.pipe(v.string(), v.check(isNodeId, "this is no node id"))),
  addresses: v.pipe(
    v.array(v.pipe(v.string(), v.nonEmpty("an address is missing"))),
    v.minLength(1, "write at least one address"),
    v.maxLength(ADDRESS_LIMIT, `write at most ${ADDRESS_LIMIT} addresses`),
  ),
  priority: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
    DEFAULT_PRIORITY,
  ),
  metadata: v.optional(v.record(v.string(), v.string()), {}),
});

const schema = v.strictObject({
  emcon: v.optional(v.boolean(), false),
  peers: v.optional(
    v.pipe(v.array(peer), v.maxLength(PEER_LIMIT, `write at most ${PEER_LIMIT} peers`)),
    [],
  ),
});

export function readPeersFile(path: string): PeersFile {
  let text: string;
  try {
    if (Deno.statSync(path).size > LONGEST_FILE_BYTES) throw new Error("it is too long");
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound
      ? "it is not there"
      : error instanceof Error
      ? error.message
      : String(error);
    throw refusal(path, state, "say where it is with --peers-file FILE");
  }
  return parsePeersFile(text, path);
}

/** Reads the file's text, or says what is wrong with it and where. */
export function parsePeersFile(text: string, path: string): PeersFile {
  const result = v.safeParse(schema, parseToml(text, path));
  // A key that is missing is mostly one that was mistyped.
  if (!result.success) throw explain(path, result.issues.find(isUnknownKey) ?? result.issues[0]);
  const { emcon, peers } = result.output;
  return {
    emcon,
    peers: peers.map(({ node_id, ...rest }) =>
      node_id === undefined ? rest : { ...rest, nodeId: node_id }
    )
      .sort((left, right) => right.priority - left.priority),
  };
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = "it is no TOML"] = error.message.replace("Invalid TOML document: ", "").split(
      "\n",
    );
    throw refusal(path, `line ${error.line}, column ${error.column}: ${reason}`);
  }
}

const KEYS = {
  top: Object.keys(schema.entries),
  peer: Object.keys(peer.entries),
} as const;

function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

function explain(path: string, issue: v.BaseIssue<unknown>): OperatingError {
  const place = (issue.path ?? []).map(({ key }) => typeof key === "number" ? key + 1 : key);
  const where = place.join(".");
  if (!isUnknownKey(issue)) return refusal(path, `${where}: ${issue.message}`);
  const known = place.length === 1 ? KEYS.top : KEYS.peer;
  const meant = nearest(String(place.at(-1)), known);
  const hint = meant === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${meant}?`;
  return refusal(path, `${where}: there is no such key`, hint);
}

function refusal(path: string, state: string, hint?: string): OperatingError {
  return malformed(`Cannot read the peers in ${path}: ${state}`, {
    code: "peers-file",
    hint: hint ?? "see: peat help discovery",
  });
}
