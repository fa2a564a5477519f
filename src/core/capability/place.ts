/** Somewhere on the ground, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Vectors that cancel out to less than this point nowhere. */
const SHORTEST = 1e-9;

/**
 * The middle of places as the middle of directions from the earth's centre, which is right across
 * the antimeridian and over the poles. Undefined where there is none, as between opposite places.
 */
export function meanPlace(
  places: readonly Place[],
  weightOf: (index: number) => number = () => 1,
): Place | undefined {
  let [x, y, z] = [0, 0, 0];
  for (const [index, { latitude, longitude }] of places.entries()) {
    const weight = weightOf(index);
    const [north, east] = [radians(latitude), radians(longitude)];
    x += weight * Math.cos(north) * Math.cos(east);
    y += weight * Math.cos(north) * Math.sin(east);
    z += weight * Math.sin(north);
  }
  if (Math.hypot(x, y, z) < SHORTEST) return undefined;
  return {
    latitude: degrees(Math.atan2(z, Math.hypot(x, y))),
    longitude: degrees(Math.atan2(y, x)),
  };
}

function radians(value: number): number {
  return value * Math.PI / 180;
}

function degrees(value: number): number {
  return value * 180 / Math.PI;
}
