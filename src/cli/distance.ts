import { usageFailure } from "./failure.ts";
import type { Kind } from "./kind.ts";

const METERS = { m: 1, km: 1_000 } as const;

/** Metres, written like `300m` or `5km`. */
export const distance: Kind<number> = {
  placeholder: "DISTANCE",
  format: formatDistance,
  parse(text) {
    const match = /^(\d+(?:\.\d+)?)(m|km)$/.exec(text);
    if (match !== null) return Number(match[1]) * METERS[match[2] as keyof typeof METERS];
    throw usageFailure(
      `Cannot read the distance ${JSON.stringify(text)}: it is not a number with m or km`,
      "write it like 300m or 5km",
    );
  },
};

export function formatDistance(meters: number): string {
  if (meters < 1_000) return `${Math.round(meters)}m`;
  const kilometers = meters / 1_000;
  return `${kilometers < 100 ? Math.round(kilometers * 10) / 10 : Math.round(kilometers)}km`;
}
