import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeGeohash,
  encodeGeohash,
  geohashCentre,
  geohashNeighbours,
  isGeohash,
  LONGEST_GEOHASH,
} from "../../../../src/core/beacon/geohash.ts";

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const precision = fc.integer({ min: 1, max: LONGEST_GEOHASH });

Deno.test("places that others published the geohash of have that geohash", () => {
  const known: [latitude: number, longitude: number, geohash: string][] = [
    [57.64911, 10.40744, "u4pruydqqvj"],
    [42.605, -5.603, "ezs42"],
    [48.669, -4.329, "gbsuv"],
    [37.7749, -122.4194, "9q8yyk8"],
    [-25.382708, -49.265506, "6gkzwgjzn820"],
    [0, 0, "s00000000000"],
    [90, 180, "zzzzzzzzzzzz"],
    [-90, -180, "000000000000"],
  ];
  for (const [latitude, longitude, geohash] of known) {
    assert.equal(encodeGeohash({ latitude, longitude }, geohash.length), geohash);
  }
});

Deno.test("a geohash has seven characters unless told otherwise", () => {
  assert.equal(encodeGeohash({ latitude: 57.64911, longitude: 10.40744 }), "u4pruyd");
});

Deno.test("cells that others published the neighbours of have those neighbours", () => {
  assert.deepEqual(geohashNeighbours("gbsuv"), [
    "gbsvj",
    "gbsvn",
    "gbsuy",
    "gbsuw",
    "gbsut",
    "gbsus",
    "gbsuu",
    "gbsvh",
  ]);
  assert.deepEqual(geohashNeighbours("dqcjq"), [
    "dqcjw",
    "dqcjx",
    "dqcjr",
    "dqcjp",
    "dqcjn",
    "dqcjj",
    "dqcjm",
    "dqcjt",
  ]);
});

Deno.test("a place lies in the cell of its geohash, and its middle is in the same cell", () => {
  fc.assert(
    fc.property(place, precision, (place, precision) => {
      const text = encodeGeohash(place, precision);
      const bounds = decodeGeohash(text)!;
      assert(bounds.south <= place.latitude && place.latitude <= bounds.north);
      assert(bounds.west <= place.longitude && place.longitude <= bounds.east);
      assert.equal(encodeGeohash(geohashCentre(text)!, precision), text);
    }),
    { seed: 30, numRuns: 500 },
  );
});

Deno.test("a shorter geohash of a place is the beginning of a longer one", () => {
  fc.assert(
    fc.property(place, precision, (place, precision) => {
      assert(encodeGeohash(place, LONGEST_GEOHASH).startsWith(encodeGeohash(place, precision)));
    }),
    { seed: 31 },
  );
});

Deno.test("whoever is a neighbour's neighbour is so the other way round, poles and all", () => {
  const corner = fc.constantFrom(-90, -89.9999, 89.9999, 90, 0);
  const edge = fc.constantFrom(-180, -179.9999, 179.9999, 180, 0);
  const border = fc.record({ latitude: corner, longitude: edge });
  fc.assert(
    fc.property(fc.oneof(place, border), precision, (place, precision) => {
      const text = encodeGeohash(place, precision);
      const neighbours = geohashNeighbours(text);
      assert.equal(neighbours.length, 8);
      assert(!neighbours.includes(text));
      for (const neighbour of neighbours) assert(geohashNeighbours(neighbour).includes(text));
    }),
    { seed: 32, numRuns: 500 },
  );
});

Deno.test("the cells on both sides of the antimeridian are neighbours", () => {
  const east = encodeGeohash({ latitude: -16.5, longitude: 179.9999 });
  const west = encodeGeohash({ latitude: -16.5, longitude: -179.9999 });
  assert(geohashNeighbours(east).includes(west));
});

Deno.test("over the pole lies the cell of the opposite meridian", () => {
  for (const latitude of [89.9999, -89.9999]) {
    const here = encodeGeohash({ latitude, longitude: 20 });
    const across = encodeGeohash({ latitude, longitude: -160 });
    assert(geohashNeighbours(here).includes(across));
  }
});

Deno.test("what is no geohash is known as such, and capital letters are read", () => {
  for (const text of ["", "a", "u4pruydqqvjqq", "u4 p", "é"]) {
    assert.equal(isGeohash(text), false);
    assert.equal(decodeGeohash(text), undefined);
    assert.deepEqual(geohashNeighbours(text), []);
  }
  assert.deepEqual(decodeGeohash("EZS42"), decodeGeohash("ezs42"));
});
