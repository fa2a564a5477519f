import * as v from "valibot";
import { isNodeId } from "../core/kernel/ids.ts";
import { ELECTION_POLICIES } from "../core/cell/policy.ts";
import { PROFILE_NAMES } from "../core/profile.ts";
import { type Fault, highestNode } from "./faults.ts";
import { isDocumentKey } from "../core/state/collection.ts";
import { NODE_LIMIT, type Plan } from "./plan.ts";
import { highestWorker, type Work } from "./work.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.minValue(0));
const share = v.pipe(amount, v.maxValue(1));
const lasting = { atMs: count, forMs: count };

/** Faults as a plan holds them: times in milliseconds, nodes counted from 0. */
export const faultSchema = v.variant("kind", [
  v.strictObject({
    kind: v.picklist([
      "crash",
      "wipe",
      "restart",
      "pause",
      "starve",
      "diskFull",
      "expire",
      "stranger",
    ]),
    ...lasting,
    node: count,
  }),
  v.strictObject({ kind: v.literal("impersonate"), ...lasting, node: count, victim: count }),
  v.strictObject({
    kind: v.literal("assign"),
    ...lasting,
    node: count,
    by: count,
    // The same letters make a node's name and a cell's.
    cell: v.pipe(v.string(), v.check(isNodeId, "this is no name of a cell")),
    peer: v.exactOptional(count),
  }),
  v.strictObject({ kind: v.literal("misdirect"), ...lasting, node: count, to: count }),
  v.strictObject({ kind: v.literal("partition"), ...lasting, groups: v.array(v.array(count)) }),
  v.strictObject({ kind: v.literal("cut"), ...lasting, from: count, to: count }),
  v.strictObject({
    kind: v.literal("isolate"),
    ...lasting,
    node: count,
    direction: v.picklist(["in", "out", "both"]),
  }),
  v.strictObject({ kind: v.literal("storm"), ...lasting, loss: share }),
  v.strictObject({ kind: v.literal("clockStep"), atMs: count, node: count, byMs: v.number() }),
  v.strictObject({
    kind: v.literal("drift"),
    atMs: count,
    node: count,
    partsPerMillion: v.number(),
  }),
  v.strictObject({ kind: v.literal("corruptRead"), atMs: count, node: count }),
  v.strictObject({ kind: v.literal("revoke"), atMs: count, node: count, toldTo: count }),
  v.strictObject({
    kind: v.picklist(["replay", "forge"]),
    atMs: count,
    pick: count,
  }),
]) satisfies v.GenericSchema<unknown, Fault>;

/** A change has to have room for more than that. */
const LONGEST_TEXT = 60_000;

const documentKey = v.pipe(v.string(), v.check(isDocumentKey, "no document has such a name"));

/** What is done with documents, as a plan holds it. */
export const workSchema = v.variant("kind", [
  v.strictObject({
    kind: v.literal("write"),
    atMs: count,
    node: count,
    key: documentKey,
    textLength: v.exactOptional(v.pipe(count, v.maxValue(LONGEST_TEXT))),
  }),
  v.strictObject({ kind: v.literal("delete"), atMs: count, node: count, key: documentKey }),
  v.strictObject({
    kind: v.literal("ability"),
    atMs: count,
    node: count,
    name: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
    confidence: share,
  }),
  v.strictObject({
    kind: v.literal("plant"),
    atMs: count,
    node: count,
    victim: count,
    as: v.picklist(["itself", "victim", "signed"]),
  }),
]) satisfies v.GenericSchema<unknown, Work>;

/** A plan as it stands at the head of a trace file, which may come from anybody. */
export const planSchema = v.pipe(
  v.strictObject({
    seed: amount,
    nodes: v.pipe(count, v.minValue(1), v.maxValue(NODE_LIMIT)),
    durationMs: count,
    profile: v.picklist(PROFILE_NAMES),
    profiles: v.exactOptional(v.pipe(v.array(v.picklist(PROFILE_NAMES)), v.minLength(1))),
    network: v.strictObject({
      loss: share,
      duplicate: share,
      delayMs: amount,
      jitterMs: amount,
      rateKbps: amount,
      queueMs: amount,
    }),
    driftPpm: amount,
    wallErrorMs: amount,
    startWithinMs: count,
    connections: v.boolean(),
    cell: v.boolean(),
    scores: v.picklist(["different", "equal"]),
    policies: v.exactOptional(v.pipe(v.array(v.picklist(ELECTION_POLICIES)), v.minLength(1))),
    cells: v.exactOptional(v.pipe(count, v.minValue(1))),
    crowded: v.exactOptional(v.boolean()),
    cellSize: v.exactOptional(v.strictObject({ least: count, most: count })),
    discovery: v.picklist(["multicast", "static", "mdns"]),
    islands: v.exactOptional(v.array(v.array(count))),
    emcon: count,
    faults: v.array(faultSchema),
    work: v.exactOptional(v.array(workSchema)),
  }),
  v.check(
    ({ faults, work = [], nodes, islands = [] }) =>
      faults.every((fault) => highestNode(fault) < nodes) &&
      islands.flat().every((node) => node < nodes) &&
      work.every((its) => highestWorker(its) < nodes),
    "no such node",
  ),
) satisfies v.GenericSchema<unknown, Plan>;
