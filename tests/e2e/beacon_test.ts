import assert from "node:assert/strict";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";

Deno.test("a beacon tells where a node is, how it moves, what it has to spare and what it is for", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await using second = mesh.start(
    "second",
    ...["--position=57.64911,10.40744", "--mobility", "semi-mobile", "--can-parent"],
    ...["--parent-priority", "200"],
  );
  await first.line(/^ready/);
  await second.line(/^ready/);
  const seen = await mesh.until(
    ...["first", "second", "measured"] as const,
    ({ resources, peers }) => resources !== undefined && peers === 1,
  );
  assert.equal(seen.geohash, "u4pruyd");
  assert.equal(seen.mobility, "semi-mobile");
  assert.equal(seen.canParent, true);
  assert.equal(seen.parentPriority, 200);
  assert.equal(seen.role, undefined);
  assert.ok(seen.resources!.cpuCores! >= 1);
  if (Deno.build.os === "linux") assert.ok(seen.resources!.memoryMb! > 16);
  const status = await mesh.json("second", "node", "status");
  assert.equal(status.canParent, true);
  assert.equal(status.geohash, "u4pruyd");
});

Deno.test("what a beacon has no room for is shown where the node's document is known", async () => {
  await using folder = await temporaryFolder();
  const many = Array.from({ length: 10 }, (_, index) => `--capability=sensor:s${index}=0.5`);
  // Without a formation there are no documents.
  for (const isMember of [false, true]) {
    await using place = await temporaryFolder();
    const mesh = isMember ? await TestMesh.ofMembers(place.path) : new TestMesh(folder.path);
    await using first = mesh.start("first");
    await using _second = mesh.start("second", ...many);
    await first.line(/^ready/);
    const shown = isMember ? 10 : 8;
    const seen = await mesh.until(
      ...["first", "second", `able to do ${shown} things`] as const,
      ({ capabilities }) => capabilities.length === shown,
      30_000,
    );
    assert.equal(seen.moreCapabilities, isMember ? undefined : true);
    const [self] = await mesh.json("second", "nodes");
    assert.deepEqual([self.nodeId, self.capabilities.length], ["second", 10]);
  }
});

Deno.test("a node that is told to move tells its peers at once", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first", "--output", "ndjson");
  await using _second = mesh.start("second", "--position=1,2");
  await first.line(/"ready"/, { from: "stdout" });
  await mesh.untilSeen("first", "second", "alive");
  const moved = await mesh.json("second", "node", "move", "-33.9,18.4");
  assert.deepEqual(moved.position, { latitude: -33.9, longitude: 18.4 });
  const seen = await mesh.until(
    ...["first", "second", "moved"] as const,
    ({ geohash }) => geohash === moved.geohash,
  );
  assert.deepEqual(seen.position, moved.position);
  await first.line(/"peerChanged".*"changed":\["position"\]/, { from: "stdout" });
});

Deno.test("nodes are found by how near they are, by what they can do, and in clusters", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const thermal = "--capability=sensor:thermal=0.9";
  await using first = mesh.start("first", "--position=52.52,13.405");
  await using second = mesh.start("second", "--position=52.5201,13.4051", thermal);
  await using third = mesh.start("third", "--position=48.8566,2.3522", thermal);
  for (const node of [first, second, third]) await node.line(/^ready/);
  await mesh.untilSeen("first", "second", "alive");
  await mesh.untilSeen("first", "third", "alive");
  const ids = (views: { nodeId: string }[]) => views.map(({ nodeId }) => nodeId);
  const near = await mesh.json("first", "nodes", "--near", "48.86,2.35");
  assert.deepEqual(ids(near), ["third", "first", "second"]);
  assert.ok(near[0].distanceMeters < 500 && near[1].distanceMeters > 870_000);
  const close = ["--near", "52.52,13.405", "--within", "5km"];
  assert.deepEqual(ids(await mesh.json("first", "nodes", ...close)), ["first", "second"]);
  const one = await mesh.json("first", "nodes", ...close, "--nearest", "1");
  assert.deepEqual(ids(one), ["first"]);
  const around = await mesh.json("first", "nodes", "--around", "u33dc0c");
  assert.deepEqual(ids(around), ["first", "second"]);
  const able = await mesh.json("first", "nodes", "--can", "sensor:thermal=0.8");
  assert.deepEqual(ids(able), ["second", "third"]);
  assert.equal(able[0].score, 0.99);
  assert.deepEqual(await mesh.json("first", "nodes", "--clusters"), [
    { geohash: "u33dc0c", members: ["first", "second"] },
  ]);
});

Deno.test("a node that starts again without multicast finds the peers that it remembers", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  {
    await using second = mesh.start("second");
    await second.line(/^ready/);
    await mesh.untilSeen("first", "second", "alive");
    await mesh.untilSeen("second", "first", "alive");
    await second.stop();
  }
  await mesh.untilSeen("first", "second", "left");
  // The first node knows no address of the second, and the second now speaks to no group.
  await using second = mesh.start("second", "--discovery", "static");
  await second.line(/^ready/);
  const seen = await mesh.untilSeen("first", "second", "alive");
  assert.deepEqual(seen.sources, ["direct"]);
  await mesh.untilSeen("second", "first", "alive");
});
