import { formatByteSize } from "../src/cli/byte_size.ts";
import type { Coordinates } from "../src/cli/kind.ts";
import type { NodeView } from "../src/control/contract.ts";

/** How people read what a node says about itself. */

export function positionText({ latitude, longitude, altitude }: Coordinates): string {
  const up = altitude === undefined ? "" : `, ${altitude} m up`;
  return `${latitude}, ${longitude}${up}`;
}

export function parentingText(
  { canParent, parentPriority }: Pick<NodeView, "canParent" | "parentPriority">,
): string | undefined {
  if (canParent !== true) return undefined;
  return `takes others below it, priority ${parentPriority ?? 0}`;
}

export function resourcesText(resources: NonNullable<NodeView["resources"]>): string {
  const { cpuCores, cpuUsagePercent, memoryMb, memoryUsagePercent, bandwidthMbps } = resources;
  const parts = [
    cpuCores && withUsage(`${cpuCores} ${cpuCores === 1 ? "core" : "cores"}`, cpuUsagePercent),
    memoryMb && withUsage(formatByteSize(memoryMb * 1_024 * 1_024), memoryUsagePercent),
    powerText(resources),
    bandwidthMbps && `${bandwidthMbps} Mbit/s`,
  ];
  return parts.filter((part) => part).join(", ");
}

function withUsage(what: string, percent: number | undefined): string {
  return percent === undefined ? what : `${what} ${percent}% used`;
}

function powerText(
  { batteryPercent, onMains }: NonNullable<NodeView["resources"]>,
): string | undefined {
  if (batteryPercent === undefined) return onMains === true ? "on mains" : undefined;
  return `battery ${batteryPercent}%${onMains === true ? " on mains" : ""}`;
}
