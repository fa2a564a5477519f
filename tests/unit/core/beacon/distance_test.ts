import assert from "node:assert/strict";
import fc from "fast-check";
import { distanceMeters, EARTH_RADIUS_METERS } from "../../../../src/core/beacon/distance.ts";

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const ROUND = 2 * Math.PI * EARTH_RADIUS_METERS;

function at(latitude: number, longitude: number) {
  return { latitude, longitude };
}

function isAbout(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) <= 1, `${actual} is not about ${expected}`);
}

Deno.test("a degree is a 360th of the way round, along a meridian and along the equator", () => {
  isAbout(distanceMeters(at(10, 30), at(11, 30)), ROUND / 360);
  isAbout(distanceMeters(at(0, 30), at(0, 31)), ROUND / 360);
});

Deno.test("the way from Berlin to Paris is the published one", () => {
  const wayMeters = distanceMeters(at(52.52, 13.405), at(48.8566, 2.3522));
  assert(Math.abs(wayMeters - 877_460) < 100, String(wayMeters));
});

Deno.test("the antimeridian and the poles are no detour", () => {
  isAbout(distanceMeters(at(0, 179.5), at(0, -179.5)), ROUND / 360);
  isAbout(distanceMeters(at(89.5, 20), at(89.5, -160)), ROUND / 360);
  isAbout(distanceMeters(at(90, 20), at(90, -77)), 0);
});

Deno.test("the farthest place is on the other side, whatever the rounding", () => {
  isAbout(distanceMeters(at(90, 0), at(-90, 0)), ROUND / 2);
  isAbout(distanceMeters(at(37.123, 45.6), at(-37.123, -134.4)), ROUND / 2);
});

Deno.test("distance is the same both ways, never negative, never more than half round", () => {
  fc.assert(
    fc.property(place, place, (from, to) => {
      const wayMeters = distanceMeters(from, to);
      assert(wayMeters >= 0 && wayMeters <= ROUND / 2 + 1);
      isAbout(wayMeters, distanceMeters(to, from));
      assert.equal(distanceMeters(from, from), 0);
    }),
    { seed: 40, numRuns: 500 },
  );
});
