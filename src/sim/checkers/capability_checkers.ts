import { CAPABILITIES_KEY } from "../../core/abilities.ts";
import { withIds } from "../../core/capability/capability.ts";
import type { QueriedCapability } from "../../core/capability/query/catalog.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import type { World } from "../world.ts";

/** Above this size everybody knowing everybody is too much to look at again and again. */
const SMALL_MESH = 32;

/** KA3: in a healed mesh everybody knows exactly what everybody else can do, whole. */
export function capabilitiesKnown(world: World): Checker {
  return {
    name: "capabilities-known",
    pending(core) {
      if (world.plan.nodes > SMALL_MESH || world.plan.work === undefined) return undefined;
      for (const host of core) {
        const own = told(withIds(host.node!.abilities.book.own));
        for (const other of core) {
          if (other === host || host.node!.emcon) continue;
          const entry = other.node!.abilities.book.entry(host.name);
          if (entry?.isWhole === true && told(entry.capabilities) === own) continue;
          return `${other.name} does not know what ${host.name} can do`;
        }
      }
      return undefined;
    },
  };
}

/** In words of its own, so that it is not the digest under test that says what is the same. */
function told(capabilities: readonly QueriedCapability[]): string {
  return capabilities.map(({ id, confidence, metadata = {} }) =>
    JSON.stringify([id, confidence, Object.entries(metadata).sort()])
  ).sort().join();
}

interface Change {
  readonly confidence: number;
  isAcknowledged: boolean;
  /** Of the host's disk, when it was asked for. */
  readonly wipes: number;
}

/**
 * KA1: what is acknowledged is on the disk by then, and holds, whatever crashed since, unless
 * something later was asked for.
 */
export function capabilitiesKept(world: World): Checker {
  const changes = new Map<string, Map<string, Map<number, Change>>>();
  return {
    name: "capabilities-kept",
    sees: ["changeCapability", "capabilityChange"],
    check({ host, input, outputs }) {
      if (input.kind === "changeCapability") {
        const work = world.plan.work?.[input.requestId];
        if (work?.kind !== "ability") return undefined;
        const { name, confidence } = work;
        const { wipes } = host.disk;
        const ofName = listed(listed(changes, host.name), name);
        ofName.set(input.requestId, { confidence, isAcknowledged: false, wipes });
      }
      for (const output of outputs) {
        if (output.kind !== "capabilityChange") continue;
        const { requestId, refused } = output.outcome;
        const work = world.plan.work?.[requestId];
        if (work?.kind !== "ability") continue;
        const ofName = listed(listed(changes, host.name), work.name);
        const change = ofName.get(requestId);
        if (change === undefined) continue; // Asked for in a life before.
        if (refused === undefined) {
          change.isAcknowledged = true;
          const found = confidenceOnDisk(host, work.name);
          if (isOneOf(found, ofName, requestId)) continue;
          return `${host.name} acknowledged ${work.name} with ${work.confidence} before its disk has it`;
        } else if (change.isAcknowledged) return `${host.name} takes back what it acknowledged`;
        else ofName.delete(requestId); // What was refused was never made.
      }
      return undefined;
    },
    pending(core) {
      for (const host of core) {
        for (const [name, ofName] of changes.get(host.name) ?? []) {
          const wrong = lost(host, name, [...ofName.values()]);
          if (wrong !== undefined) return wrong;
        }
      }
      return undefined;
    },
  };
}

/** Whether that is what was asked for, or what was asked for since and may have been made. */
function isOneOf(
  found: number,
  changes: ReadonlyMap<number, Change>,
  requestId: number,
): boolean {
  const asked = [...changes.keys()];
  const later = asked.slice(asked.indexOf(requestId));
  return later.some((id) => changes.get(id)!.confidence === found);
}

/** What the disk has, whatever the node thinks. */
function confidenceOnDisk({ disk }: Host, name: string): number {
  const kept = disk.kept(CAPABILITIES_KEY) as { capabilities: QueriedCapability[] } | undefined;
  return kept?.capabilities.find((one) => one.name === name)?.confidence ?? 0;
}

/** The last one that was acknowledged, or any that was asked for since and may have been made. */
function lost(host: Host, name: string, changes: readonly Change[]): string | undefined {
  const last = changes.findLastIndex(({ isAcknowledged }) => isAcknowledged);
  if (last === -1 || changes[last]!.wipes !== host.disk.wipes) return undefined;
  const found = host.node!.abilities.book.own.find((one) => one.name === name)?.confidence ?? 0;
  if (changes.slice(last).some(({ confidence }) => confidence === found)) return undefined;
  return `${host.name} can do ${name} with ${found}, and not with ${changes[last]!.confidence}`;
}

function listed<Key, Value>(map: Map<string, Map<Key, Value>>, key: string): Map<Key, Value> {
  const list = map.get(key) ?? new Map<Key, Value>();
  map.set(key, list);
  return list;
}
