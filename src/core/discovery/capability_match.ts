import type { Capability, CapabilityType } from "../capability/capability.ts";
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

const REQUIRED_SHARE = 0.6;
const OPTIONAL_SHARE = 0.3;
const CONFIDENCE_SHARE = 0.1;

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
 * Who has all that is required, the best first and by id among equals. What is met of the required
 * and of the optional counts by its share, and of what meets them the mean confidence. Where nothing
 * is optional, all of it is met.
 */
export function matchCapabilities<Node extends Capable>(
  nodes: Iterable<Node>,
  wants: Wants,
): Match<Node>[] {
  const matches: Match<Node>[] = [];
  for (const node of nodes) {
    const score = scoreOf(node, wants);
    if (score !== undefined) matches.push({ node, score });
  }
  return matches.sort((one, other) =>
    other.score - one.score || (one.node.nodeId < other.node.nodeId ? -1 : 1)
  );
}

function scoreOf({ capabilities }: Capable, { required, optional }: Wants): number | undefined {
  const met = required.flatMap((want) => bestFor(want, capabilities) ?? []);
  if (met.length < required.length) return undefined;
  const extra = optional.flatMap((want) => bestFor(want, capabilities) ?? []);
  const optionalMet = optional.length === 0 ? 1 : extra.length / optional.length;
  const confidences = [...met, ...extra];
  const mean = confidences.length === 0
    ? 0
    : confidences.reduce((sum, confidence) => sum + confidence, 0) / confidences.length;
  return REQUIRED_SHARE + OPTIONAL_SHARE * optionalMet + CONFIDENCE_SHARE * mean;
}

/** The confidence of the capability that serves the want best, or undefined if none does. */
function bestFor(want: Want, capabilities: readonly Capability[]): number | undefined {
  const confidences = capabilities
    .filter(({ type, name, confidence }) =>
      type === want.type && (want.name === undefined || name === want.name) &&
      confidence >= want.leastConfidence
    )
    .map(({ confidence }) => confidence);
  return confidences.length === 0 ? undefined : Math.max(...confidences);
}
