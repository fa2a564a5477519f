import type { CapabilityControl, ChangeRequest } from "../control/capability_routes.ts";
import type {
  CapabilityList,
  CapabilityView,
  ChangeAnswer,
  HoldersAnswer,
  QueryAnswer,
} from "../control/capability_contract.ts";
import type { QueryAnswer as Answer } from "../core/abilities.ts";
import { CAPABILITY_LIMITS, CAPABILITY_TYPES } from "../core/capability/capability.ts";
import { type CapabilityChange, changed, type ChangeRefusal } from "../core/capability/change.ts";
import type { CompositionRule } from "../core/capability/composition/rule.ts";
import { type Declaration, digestOf, effective } from "../core/capability/declaration.ts";
import type { Answered, Subject } from "../core/capability/inquirer.ts";
import { HEALTH_STATES } from "../core/capability/health.ts";
import type { QueriedCapability } from "../core/capability/query/catalog.ts";
import type { QueryMatch } from "../core/capability/query/match.ts";
import { parseQuery } from "../core/capability/query/parse.ts";
import { printQuery } from "../core/capability/query/printer.ts";
import { type Query, QueryError } from "../core/capability/query/query.ts";
import { CapabilitySpecError, parseCapability } from "../core/capability/spec.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";
import type { Node } from "../core/node.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";

export interface CapabilityDeskOptions {
  readonly node: Node;
  readonly hand: (input: NodeInput) => void;
  readonly rules: readonly CompositionRule[];
}

type Outcome = Extract<NodeOutput, { kind: "capabilityChange" | "asked" }>;

/** Puts to the node what commands ask about capabilities, and waits for what becomes of it. */
export class CapabilityDesk implements CapabilityControl {
  readonly #options: CapabilityDeskOptions;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #requests = 0;

  constructor(options: CapabilityDeskOptions) {
    this.#options = options;
  }

  /** What the node says became of something that was put to it. */
  settle(outcome: Outcome): void {
    const requestId = outcome.kind === "asked" ? outcome.requestId : outcome.outcome.requestId;
    this.#waiting.get(requestId)?.(outcome);
    this.#waiting.delete(requestId);
  }

  async query(text: string, liveMs: number | undefined): Promise<QueryAnswer> {
    const { node, rules } = this.#options;
    const query = readQuery(text);
    const answered = liveMs === undefined ? undefined : await this.#askAll("capabilities", liveMs);
    const answer = node.abilities.answer(query, rules, answered);
    return {
      query: printQuery(query),
      heardFrom: answer.heardFrom,
      ofNodes: answer.ofNodes,
      ...(liveMs === undefined ? {} : { live: true }),
      total: answer.total,
      results: answer.matches.map(viewMatch),
      ...aggregatesIn(answer),
    };
  }

  list(): CapabilityList {
    const { node } = this.#options;
    const { declaration } = node.abilities.book;
    return {
      nodeId: node.nodeId,
      health: declaration.health,
      digest: digestOf(declaration),
      capabilities: viewsOf(declaration),
    };
  }

  async change(request: ChangeRequest, isDryRun: boolean): Promise<ChangeAnswer> {
    const { node } = this.#options;
    const { book } = node.abilities;
    const change = readChange(request);
    const planned = changed(book.declaration, change);
    if (typeof planned === "string") throw refusal(request, planned, book.declaration);
    if (!isDryRun) {
      const requestId = this.#nextId();
      const outcome = await this.#put(requestId, { kind: "changeCapability", requestId, change });
      if (outcome.kind === "capabilityChange" && outcome.outcome.refused !== undefined) {
        const { refused, detail } = outcome.outcome;
        throw refusal(request, refused, book.declaration, detail);
      }
    }
    const after = isDryRun ? planned : book.declaration;
    return {
      nodeId: node.nodeId,
      changed: viewsOf(after).filter((view) => isMeant(change, view)),
      health: after.health,
      digest: digestOf(after),
      ...(isDryRun ? { dryRun: true } : {}),
    };
  }

  async holders(withinMs: number): Promise<HoldersAnswer> {
    const { book } = this.#options.node.abilities;
    const answered = await this.#askAll("holding", withinMs);
    const digest = digestOf(book.declaration);
    const held = (isHeld: boolean) =>
      answered.filter((one) => (one.digest === digest) === isHeld).map(({ nodeId }) => nodeId);
    return { digest, holders: held(true), others: held(false) };
  }

  async #askAll(about: Subject, withinMs: number): Promise<Answered> {
    const requestId = this.#nextId();
    const outcome = await this.#put(requestId, { kind: "ask", requestId, about, withinMs });
    return outcome.kind === "asked" ? outcome.answered : [];
  }

  #put(requestId: number, input: NodeInput): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#waiting.set(requestId, resolve);
    this.#options.hand(input);
    return promise;
  }

  #nextId(): number {
    return ++this.#requests;
  }
}

function readQuery(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw malformed(error.message, { code: "query-not-understood", hint: "see: peat help query" });
  }
}

function readChange(request: ChangeRequest): CapabilityChange {
  if ("set" in request) return { kind: "set", capability: readSpec(request.set) };
  if ("health" in request) {
    const health = HEALTH_STATES.find((state) => state === request.health);
    if (health !== undefined) return { kind: "health", health };
    throw malformed(
      `Cannot use the health ${JSON.stringify(request.health)}: it is not one of ` +
        HEALTH_STATES.join(", "),
      { code: "unknown-health" },
    );
  }
  const [typeText = "", name] = request.clear.split(":");
  const type = CAPABILITY_TYPES.find((known) => known === typeText);
  if (type !== undefined) return { kind: "clear", type, ...(name === undefined ? {} : { name }) };
  throw malformed(
    `Cannot clear ${JSON.stringify(request.clear)}: its type is not one of ` +
      CAPABILITY_TYPES.join(", "),
    { code: "unknown-type", hint: "write it like sensor:thermal, or sensor for all of them" },
  );
}

function readSpec(spec: string) {
  try {
    return parseCapability(spec);
  } catch (error) {
    if (!(error instanceof CapabilitySpecError)) throw error;
    throw malformed(error.message, {
      code: "malformed-capability",
      hint: "write it like sensor:thermal=0.9,range_m=2000",
    });
  }
}

function refusal(
  request: ChangeRequest,
  refused: ChangeRefusal | "disk",
  { capabilities }: Declaration,
  detail = "",
): OperatingError {
  const what = "set" in request ? `set ${request.set}` : `clear ${Object.values(request)[0]}`;
  if (refused === "unknown") {
    const known = capabilities.map(({ id }) => id).join(", ");
    return new OperatingError(`Cannot ${what}: this node has no such capability`, {
      code: "no-such-capability",
      hint: known === "" ? "it has none at all" : `it has ${known}`,
    });
  }
  if (refused === "full") {
    return new OperatingError(
      `Cannot ${what}: this node has ${CAPABILITY_LIMITS.capabilities} capabilities, and no more`,
      { code: "too-many-capabilities", hint: "clear one that was set: peat capability ls" },
    );
  }
  return new OperatingError(`Cannot ${what}: the disk does not keep it: ${detail}`, {
    code: "not-kept",
    hint: "make room on the disk that holds the data directory",
  });
}

function isMeant(change: CapabilityChange, { type, name, origin }: CapabilityView): boolean {
  switch (change.kind) {
    case "health":
      return true;
    case "set":
      return origin === "set" && type === change.capability.type && name === change.capability.name;
    case "clear":
      return type === change.type && (change.name === undefined || name === change.name);
  }
}

function viewsOf(declaration: Declaration): CapabilityView[] {
  const seen = effective(declaration);
  return declaration.capabilities.map((
    { id, name, type, confidence, metadata, isOrdered },
    index,
  ) => ({
    id,
    name,
    type,
    confidence,
    effective: seen[index]!.confidence,
    metadata: { ...metadata },
    origin: isOrdered === true ? "set" : "configured",
  }));
}

function viewMatch({ node, score, capabilities, distance }: QueryMatch) {
  return {
    nodeId: node.nodeId,
    ...(node.cell === undefined ? {} : { cell: node.cell }),
    ...(node.composed === undefined ? {} : { composed: node.composed }),
    score: thousandths(score),
    ...(distance === undefined ? {} : { distanceMeters: Math.round(distance) }),
    ...(node.rttMs === undefined ? {} : { rttMs: thousandths(node.rttMs) }),
    capabilities: capabilities.map(viewCapability),
  };
}

function viewCapability(
  { id, name, type, confidence, metadata = {}, from }: QueriedCapability,
) {
  return {
    id,
    name,
    type,
    confidence: Math.round(confidence * 1e6) / 1e6,
    metadata: { ...metadata },
    ...(from === undefined ? {} : { from: [...from] }),
  };
}

function aggregatesIn({ aggregates }: Answer) {
  if (aggregates === undefined) return {};
  return {
    aggregates: aggregates.map(({ values, ...rest }) => ({
      ...rest,
      ...(values === undefined ? {} : { values: [...values] }),
    })),
  };
}

function thousandths(number: number): number {
  return Math.round(number * 1_000) / 1_000;
}
