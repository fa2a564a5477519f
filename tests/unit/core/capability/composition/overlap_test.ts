import assert from "node:assert/strict";
import { overlapOf } from "../../../../../src/core/capability/composition/overlap.ts";

const METERS_PER_DEGREE = 6_371_000 * Math.PI / 180;

function disc(eastMeters: number, radiusMeters: number, longitude = 0) {
  const turned = longitude + eastMeters / METERS_PER_DEGREE;
  const wrapped = turned > 180 ? turned - 360 : turned;
  return { center: { latitude: 0, longitude: wrapped }, radiusMeters };
}

/** The area that two discs of radius 1 share, so far apart, as geometry has it. */
function lens(apart: number): number {
  return 2 * Math.acos(apart / 2) - apart / 2 * Math.sqrt(4 - apart ** 2);
}

function expected(apart: number): number {
  return lens(apart) / (2 * Math.PI - lens(apart));
}

Deno.test("what two discs share is what geometry says, to a hundredth, also over the antimeridian", () => {
  for (const apart of [0.2, 0.5, 1, 1.5, 1.9]) {
    for (const longitude of [0, 180, -75]) {
      const share = overlapOf([disc(0, 1_000, longitude), disc(apart * 1_000, 1_000, longitude)]);
      assert.ok(Math.abs(share - expected(apart)) < 0.01, `${apart}: ${share}`);
    }
  }
});

Deno.test("discs apart share nothing, the same ones everything, and one alone nothing", () => {
  assert.equal(overlapOf([disc(0, 100), disc(1_000, 100)]), 0);
  assert.equal(overlapOf([disc(0, 100), disc(0, 100), disc(0, 100)]), 1);
  assert.equal(overlapOf([disc(0, 100)]), 0);
  assert.equal(overlapOf([]), 0);
  assert.equal(overlapOf([disc(0, 100), disc(0, 0)]), 0);
});

Deno.test("a small disc within a large one is shared, and so is that part of the large one", () => {
  const share = overlapOf([disc(0, 1_000), disc(100, 500)]);
  assert.ok(Math.abs(share - 0.25) < 0.01, `${share}`);
});
