/** What a node has to spare. Whatever its system does not tell is absent. */
export interface Resources {
  readonly cpuCores?: number;
  readonly memoryMb?: number;
  readonly cpuUsagePercent?: number;
  readonly memoryUsagePercent?: number;
  readonly batteryPercent?: number;
  /** Something else than a battery feeds the node; absent while it does not, or is not known to. */
  readonly onMains?: true;
  readonly bandwidthMbps?: number;
}

/** Bounds that every decoder of a beacon enforces. */
export const RESOURCE_LIMITS = {
  cpuCores: 65_535,
  memoryMb: 1 << 30,
  percent: 100,
  bandwidthMbps: 10_000_000,
} as const;

/**
 * Load changes all the time and nobody decides by a percent of it, so shares go out in these steps.
 * Two beacons of a node that does the same as before then mostly say the same.
 */
const STEP_PERCENT = 5;

/** The same resources, as coarse and as bounded as beacons have them. */
export function roundResources(resources: Resources): Resources {
  const { cpuCores, memoryMb, percent, bandwidthMbps } = RESOURCE_LIMITS;
  return {
    ...whole("cpuCores", resources, 1, cpuCores),
    ...whole("memoryMb", resources, 1, memoryMb),
    ...whole("cpuUsagePercent", resources, STEP_PERCENT, percent),
    ...whole("memoryUsagePercent", resources, STEP_PERCENT, percent),
    ...whole("batteryPercent", resources, STEP_PERCENT, percent),
    ...(resources.onMains === true ? { onMains: true } : {}),
    ...whole("bandwidthMbps", resources, 1, bandwidthMbps),
  };
}

function whole(
  name: Exclude<keyof Resources, "onMains">,
  resources: Resources,
  step: number,
  most: number,
): Resources {
  const value = resources[name];
  if (value === undefined || !Number.isFinite(value)) return {};
  return { [name]: Math.min(most, Math.max(0, Math.round(value / step) * step)) };
}
