import {
  type Capability,
  CAPABILITY_LIMITS,
  capabilityId,
  type CapabilityType,
} from "./capability.ts";
import { type Declaration, following, type Kept } from "./declaration.ts";
import type { Health } from "./health.ts";

/** What is to become of what this node can do. */
export type CapabilityChange =
  | { readonly kind: "set"; readonly capability: Capability }
  /** Without a name, all of that type. */
  | { readonly kind: "clear"; readonly type: CapabilityType; readonly name?: string }
  | { readonly kind: "health"; readonly health: Health };

/** There is nothing of that name, or no room for more. */
export type ChangeRefusal = "unknown" | "full";

/** What became of a change. */
export interface ChangeOutcome {
  readonly requestId: number;
  /** Absent for a change that holds from now on, and after a restart. */
  readonly refused?: ChangeRefusal | "disk";
  readonly detail?: string;
}

/** All that the node can do as it is after the change, or why that cannot be. */
export function changed(
  declaration: Declaration,
  change: CapabilityChange,
): Declaration | ChangeRefusal {
  const { capabilities } = declaration;
  switch (change.kind) {
    case "health":
      return following(declaration, { ...declaration, health: change.health });
    case "clear": {
      const left = cleared(capabilities, change);
      return left === "unknown"
        ? left
        : following(declaration, { ...declaration, capabilities: left });
    }
    case "set": {
      const all = set(capabilities, change.capability);
      return all === "full" ? all : following(declaration, { ...declaration, capabilities: all });
    }
  }
}

/** It stays, and is relied on for nothing, so that everybody comes to know. */
function cleared(
  capabilities: readonly Kept[],
  { type, name }: Extract<CapabilityChange, { kind: "clear" }>,
): readonly Kept[] | "unknown" {
  const isMeant = (one: Kept) => one.type === type && (name === undefined || one.name === name);
  if (!capabilities.some(isMeant)) return "unknown";
  return capabilities.map((one) => isMeant(one) ? { ...one, confidence: 0, isOrdered: true } : one);
}

function set(
  capabilities: readonly Kept[],
  capability: Capability,
): readonly Kept[] | "full" {
  const id = capabilityId(capability.type, capability.name);
  const kept: Kept = { ...capability, id, isOrdered: true };
  if (capabilities.some((one) => one.id === id)) {
    return capabilities.map((one) => one.id === id ? kept : one);
  }
  const room = withRoom(capabilities);
  return room === undefined ? "full" : [...room, kept];
}

/** Where there is none, what was added and cleared gives way; what is configured never does. */
function withRoom(capabilities: readonly Kept[]): readonly Kept[] | undefined {
  if (capabilities.length < CAPABILITY_LIMITS.capabilities) return capabilities;
  const index = capabilities.findIndex((one) => one.isOrdered === true && one.confidence === 0);
  return index === -1 ? undefined : capabilities.toSpliced(index, 1);
}
