import { type Capability, type CapabilityType, withIds } from "../capability/capability.ts";
import { rate } from "../capability/query/evaluate.ts";
import type { Expression } from "../capability/query/query.ts";
import { CapabilitySpecError, parseCapability } from "../capability/spec.ts";
import type { NodeId } from "../kernel/ids.ts";

/** A capability that is looked for: of this type, by this name if any, relied on at least so far. */
export interface Want {
  readonly type: CapabilityType;
  readonly name?: string;
  readonly leastConfidence: number;
}

export interface Wants {
  /** A node that lacks one of these is no match. */
  readonly required: readonly Want[];
  readonly optional: readonly Want[];
}

export interface Capable {
  readonly nodeId: NodeId;
  readonly capabilities: readonly Capability[];
}

export interface Match<Node extends Capable> {
  readonly node: Node;
  /** From 0 to 1. */
  readonly score: number;
}

/** Reads `type[:name][=least confidence]`, such as `sensor:thermal=0.8`. */
export function parseWant(spec: string): Want {
  const { type, name, confidence, metadata } = parseCapability(spec);
  if (metadata !== undefined) {
    throw new CapabilitySpecError(spec, spec.indexOf(",") + 1, "what is wanted has no values");
  }
  const hasName = spec.includes(":");
  const leastConfidence = spec.includes("=") ? confidence : 0;
  return { type, ...(hasName ? { name } : {}), leastConfidence };
}

/**
 * Who has all that is required, the best first and by id among equals: a query like any other, in
 * which each want has to hold of some capability. What nobody relies on serves no want.
 */
export function matchCapabilities<Node extends Capable>(
  nodes: Iterable<Node>,
  { required, optional }: Wants,
): Match<Node>[] {
  const candidates = [...nodes].map((node) => ({
    nodeId: node.nodeId,
    capabilities: withIds(node.capabilities),
    node,
  }));
  const query = {
    where: { kind: "and", terms: required.map(wanted) } as const,
    ...(optional.length === 0 ? {} : { prefer: optional.map(wanted) }),
  };
  return rate(query, candidates).map(({ node, score }) => ({ node: node.node, score }));
}

function wanted({ type, name, leastConfidence }: Want): Expression {
  return {
    kind: "has",
    term: {
      kind: "and",
      terms: [
        { kind: "equal", field: "type", value: type },
        ...(name === undefined ? [] : [{ kind: "equal", field: "name", value: name } as const]),
        { kind: "number", field: "confidence", operator: ">=", value: leastConfidence },
      ],
    },
  };
}
