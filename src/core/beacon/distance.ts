import type { Position } from "./beacon.ts";

/** The mean radius of the earth. */
export const EARTH_RADIUS_METERS = 6_371_000;

type Place = Pick<Position, "latitude" | "longitude">;

/**
 * The way over ground between two places, on a sphere. It is right across the antimeridian and over
 * the poles, and off by at most half a percent because the earth is no sphere. Altitude does not count.
 */
export function distanceMeters(from: Place, to: Place): number {
  const northward = radians(to.latitude - from.latitude);
  const eastward = radians(to.longitude - from.longitude);
  const chord = Math.sin(northward / 2) ** 2 +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(eastward / 2) ** 2;
  // Rounding can lift the chord between opposite places a hair above 1.
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(Math.min(1, chord)));
}

function radians(degrees: number): number {
  return degrees * Math.PI / 180;
}
