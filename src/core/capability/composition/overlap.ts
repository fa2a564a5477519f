import { distanceMeters } from "../../beacon/distance.ts";
import { meanPlace, type Place } from "../place.ts";

/** The ground that something covers: all that is so near to where it is. */
export interface Disc {
  readonly center: Place;
  readonly radiusMeters: number;
}

/** How many points in each direction the covered ground is sampled at. */
const POINTS = 64;

/** Discs beyond so many are left out, the smallest first. */
export const DISC_LIMIT = 32;

/** Of the ground that any of the discs covers, the share that two or more cover. */
export function overlapOf(discs: readonly Disc[]): number {
  const largest = discs.filter(({ radiusMeters }) => radiusMeters > 0)
    .toSorted((one, other) =>
      other.radiusMeters - one.radiusMeters || comparePlaces(one.center, other.center)
    )
    .slice(0, DISC_LIMIT);
  if (largest.length < 2) return 0;
  return sampled(largest.map(flattener(largest)));
}

interface Circle {
  readonly east: number;
  readonly north: number;
  readonly radius: number;
}

/** Onto a plane that touches the earth in their middle, metres to the east and to the north. */
function flattener(discs: readonly Disc[]): (disc: Disc) => Circle {
  const middle = meanPlace(discs.map(({ center }) => center)) ?? discs[0]!.center;
  return ({ center, radiusMeters }) => {
    const alongMeridian = { latitude: center.latitude, longitude: middle.longitude };
    const alongParallel = { latitude: middle.latitude, longitude: center.longitude };
    const northward = Math.sign(center.latitude - middle.latitude);
    // The shorter way round, also across the antimeridian.
    const eastward = Math.sign(((center.longitude - middle.longitude + 540) % 360) - 180);
    return {
      north: northward * distanceMeters(middle, alongMeridian),
      east: eastward * distanceMeters(middle, alongParallel),
      radius: radiusMeters,
    };
  };
}

/** Each circle is sampled as finely as every other, and ground that several cover counts once. */
function sampled(circles: readonly Circle[]): number {
  let covered = 0;
  let shared = 0;
  for (const circle of circles) {
    const step = 2 * circle.radius / POINTS;
    let [own, ownShared] = [0, 0];
    for (let row = 0; row < POINTS; row++) {
      const north = circle.north - circle.radius + (row + 0.5) * step;
      for (let column = 0; column < POINTS; column++) {
        const east = circle.east - circle.radius + (column + 0.5) * step;
        if (!isWithin(circle, east, north)) continue;
        let count = 0;
        for (const other of circles) if (isWithin(other, east, north)) count++;
        own += 1 / count;
        if (count > 1) ownShared += 1 / count;
      }
    }
    covered += own * step ** 2;
    shared += ownShared * step ** 2;
  }
  return covered === 0 ? 0 : shared / covered;
}

function isWithin({ east, north, radius }: Circle, pointEast: number, pointNorth: number): boolean {
  return (pointEast - east) ** 2 + (pointNorth - north) ** 2 <= radius ** 2;
}

function comparePlaces(one: Place, other: Place): number {
  return one.latitude - other.latitude || one.longitude - other.longitude;
}
