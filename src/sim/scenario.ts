import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { ELECTION_POLICIES } from "../core/cell/policy.ts";
import { parseCellSize } from "../core/cell/rebalancing.ts";
import { parseDurationMs } from "../core/kernel/duration.ts";
import type { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { PROFILE_NAMES } from "../core/profile.ts";
import { type Fault, highestNode } from "./faults.ts";
import { PERFECT_NETWORK } from "./network.ts";
import { NODE_LIMIT, type Plan } from "./plan.ts";
import { faultSchema, workSchema } from "./plan_schema.ts";
import { highestWorker, type Work } from "./work.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly plan: Omit<Plan, "seed">;
  readonly seed: number | undefined;
}

const duration = v.pipe(
  v.string(),
  v.check((text) => parseDurationMs(text) !== undefined, "write a duration like 500ms or 10s"),
  v.transform((text) => parseDurationMs(text)!),
);
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** Files count nodes from 1, as `n1`, `n2` and so on do. */
const node = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.transform((number) => number - 1),
);

const cellSize = v.pipe(
  v.string(),
  v.check((text) => parseCellSize(text) !== undefined, "write the least and the most like 3-10"),
  v.transform((text) => parseCellSize(text)!),
);

const FAULT_DEFAULTS: Readonly<Record<string, object>> = {
  isolate: { direction: "both" },
  replay: { pick: 0 },
  forge: { pick: 0 },
};

/** A fault in the words of files; what there is of each kind, plans know. */
const writtenFault = v.pipe(
  v.looseObject({
    at: duration,
    for: v.optional(duration),
    node: v.optional(node),
    from: v.optional(node),
    to: v.optional(node),
    victim: v.optional(node),
    by: v.optional(node),
    peer: v.optional(node),
    toldTo: v.optional(node),
    groups: v.optional(v.array(v.array(node))),
    atMs: v.optional(v.never("write at, with a unit")),
    forMs: v.optional(v.never("write for, with a unit")),
  }),
  v.transform(({ at: atMs, for: forMs, ...rest }) => ({
    ...FAULT_DEFAULTS[String(rest["kind"])],
    ...rest,
    atMs,
    ...(forMs === undefined ? {} : { forMs }),
  })),
  faultSchema,
);

/** What is done with documents, in the words of files. */
const writtenWork = v.pipe(
  v.looseObject({
    at: duration,
    node,
    victim: v.optional(node),
    atMs: v.optional(v.never("write at, with a unit")),
  }),
  v.transform(({ at: atMs, victim, ...rest }) => ({
    ...rest,
    atMs,
    ...(victim === undefined ? {} : { victim }),
  })),
  workSchema,
);

const scenarioSchema = v.strictObject({
  name: v.string(),
  about: v.optional(v.string(), ""),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  nodes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(NODE_LIMIT)),
  duration: v.optional(duration, "1m"),
  profile: v.optional(v.picklist(PROFILE_NAMES), "standard"),
  profiles: v.exactOptional(v.pipe(v.array(v.picklist(PROFILE_NAMES)), v.minLength(1))),
  startWithin: v.optional(duration, "1s"),
  connections: v.optional(v.boolean(), true),
  cell: v.optional(v.boolean(), true),
  scores: v.optional(v.picklist(["different", "equal"]), "different"),
  policies: v.exactOptional(v.pipe(v.array(v.picklist(ELECTION_POLICIES)), v.minLength(1))),
  cells: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  cellSize: v.exactOptional(cellSize),
  discovery: v.optional(v.picklist(["multicast", "static", "mdns"]), "multicast"),
  islands: v.exactOptional(v.array(v.array(node))),
  emcon: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  driftPpm: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10_000)), 0),
  wallError: v.optional(duration, "0s"),
  network: v.optional(
    v.strictObject({
      loss: v.optional(share, 0),
      duplicate: v.optional(share, 0),
      delay: v.optional(duration, "1ms"),
      jitter: v.optional(duration, "0ms"),
      rateKbps: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
      queue: v.optional(duration, "1s"),
    }),
    {},
  ),
  fault: v.optional(v.array(writtenFault), []),
  work: v.exactOptional(v.array(writtenWork)),
});

/** Reads a scenario from TOML, for another number of nodes if wished. Unknown keys are errors. */
export function parseScenario(text: string, source: string, wishedNodes?: number): Scenario {
  const read = v.safeParse(scenarioSchema, parseToml(text, source));
  if (!read.success) {
    const issue = read.issues[0];
    const path = v.getDotPath(issue) ?? "the file";
    throw badScenario(`Cannot read scenario ${source}: ${path}: ${issue.message}`);
  }
  const { network, fault: faults, name, about, seed, ...file } = read.output;
  const nodes = wishedNodes ?? file.nodes;
  refuseUnknownNodes(faults, nodes, source);
  refuseUnknownIslanders(file.islands ?? [], nodes, source);
  refuseUnknownWorkers(file.work ?? [], nodes, source);
  const plan = {
    nodes,
    durationMs: file.duration,
    profile: file.profile,
    ...(file.profiles === undefined ? {} : { profiles: file.profiles }),
    network: {
      ...PERFECT_NETWORK,
      loss: network.loss,
      duplicate: network.duplicate,
      delayMs: network.delay,
      jitterMs: network.jitter,
      rateKbps: network.rateKbps,
      queueMs: network.queue,
    },
    driftPpm: file.driftPpm,
    wallErrorMs: file.wallError,
    startWithinMs: file.startWithin,
    connections: file.connections,
    cell: file.cell,
    scores: file.scores,
    ...(file.policies === undefined ? {} : { policies: file.policies }),
    ...(file.cells === undefined ? {} : { cells: file.cells }),
    ...(file.cellSize === undefined ? {} : { cellSize: file.cellSize }),
    discovery: file.discovery,
    ...(file.islands === undefined ? {} : { islands: file.islands }),
    emcon: file.emcon,
    faults,
    ...(file.work === undefined ? {} : { work: file.work }),
  };
  return { name, about, plan, seed };
}

function parseToml(text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "");
    throw badScenario(
      `Cannot read scenario ${source}: line ${error.line}, column ${error.column}: ${what}`,
    );
  }
}

function refuseUnknownNodes(faults: readonly Fault[], nodes: number, source: string): void {
  const unknown = faults.find((fault) => highestNode(fault) >= nodes);
  if (unknown === undefined) return;
  const number = highestNode(unknown) + 1;
  throw badScenario(
    `Cannot read scenario ${source}: a ${unknown.kind} names node ${number} of ${nodes}`,
  );
}

function refuseUnknownIslanders(
  islands: readonly (readonly number[])[],
  nodes: number,
  source: string,
): void {
  const unknown = islands.flat().find((node) => node >= nodes);
  if (unknown === undefined) return;
  throw badScenario(
    `Cannot read scenario ${source}: an island names node ${unknown + 1} of ${nodes}`,
  );
}

function refuseUnknownWorkers(work: readonly Work[], nodes: number, source: string): void {
  const unknown = work.find((its) => highestWorker(its) >= nodes);
  if (unknown === undefined) return;
  const number = highestWorker(unknown) + 1;
  throw badScenario(
    `Cannot read scenario ${source}: a ${unknown.kind} names node ${number} of ${nodes}`,
  );
}

/** The message says where the file cannot be understood, and what was expected. */
function badScenario(message: string): OperatingError {
  return malformed(message, { code: "bad-scenario" });
}
