import assert from "node:assert/strict";
import {
  compareVersions,
  isCompatible,
  readVersion,
} from "../../../../../src/core/capability/query/semver.ts";

const ASCENDING = [
  "0.0.1",
  "0.9",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1",
  "1.0.1",
  "1.10.0",
  "2",
];

Deno.test("versions are ordered by number, and what comes before a release is before it", () => {
  const versions = ASCENDING.map((text) => readVersion(text)!);
  for (const [index, one] of versions.entries()) {
    for (const [place, other] of versions.entries()) {
      const difference = Math.sign(compareVersions(one, other));
      assert.equal(difference, Math.sign(index - place), `${ASCENDING[index]} ${ASCENDING[place]}`);
    }
  }
});

Deno.test("compatible is what changed nothing to the left of the first number that counts", () => {
  const holds = (found: string, since: string) =>
    isCompatible(readVersion(found)!, readVersion(since)!);
  assert.ok(holds("1.9.0", "1.2.0"));
  assert.ok(!holds("2.0.0", "1.2.0"));
  assert.ok(!holds("1.1.9", "1.2.0"));
  assert.ok(holds("0.2.9", "0.2.3"));
  assert.ok(!holds("0.3.0", "0.2.3"));
  assert.ok(holds("0.0.3", "0.0.3"));
  assert.ok(!holds("0.0.4", "0.0.3"));
});

Deno.test("what is no version is none", () => {
  for (const text of ["", "v", "1.2.3.4", "1.x", "1..2", "-1", "1.2.3-", "a1"]) {
    assert.equal(readVersion(text), undefined, text);
  }
  assert.deepEqual(readVersion("v1.2+build.7"), { numbers: [1, 2, 0], prerelease: [] });
});
