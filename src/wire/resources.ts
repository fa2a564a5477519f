import { RESOURCE_LIMITS, type Resources } from "../core/beacon/resources.ts";
import type { Resources as ResourcesOnWire } from "./generated/peat/datagram.js";
import type { Draft } from "./message_type.ts";
import { readNumber } from "./values.ts";

/** How the core's resources look on the wire. */
export function draftResources(resources: Resources): Draft<ResourcesOnWire> {
  return { ...resources };
}

export function readResources(wire: ResourcesOnWire): Resources {
  const { cpuCores, memoryMb, percent, bandwidthMbps } = RESOURCE_LIMITS;
  return {
    ...read("cpuCores", wire, cpuCores),
    ...read("memoryMb", wire, memoryMb),
    ...read("cpuUsagePercent", wire, percent),
    ...read("memoryUsagePercent", wire, percent),
    ...read("batteryPercent", wire, percent),
    ...(wire.onMains ? { onMains: true } : {}),
    ...read("bandwidthMbps", wire, bandwidthMbps),
  };
}

function read(
  name: Exclude<keyof Resources, "onMains">,
  wire: ResourcesOnWire,
  most: number,
): Resources {
  const value = wire[name];
  return value === null ? {} : { [name]: readNumber(name, value, 0, most) };
}
