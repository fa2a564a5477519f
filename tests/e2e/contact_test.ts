import assert from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";

Deno.test("a node finds one that multicast does not reach by its address alone", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  // Two beacon ports keep the nodes from hearing each other, as if a router were in between.
  const here = new TestMesh(folder.path, { formationPath });
  const there = new TestMesh(folder.path, { formationPath });
  await using first = here.start("first");
  await first.line(/^ready/);
  await using second = there.start("second", "--peer", `127.0.0.1:${here.beaconPort}`);
  await second.line(/^ready/);
  await here.untilConnected("first", "second");
  await there.untilConnected("second", "first");
});

Deno.test("nodes that keep to loopback by IPv6 find each other by address and connect", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  // Kernels route no IPv6 multicast through loopback, so only an address leads there.
  const here = new TestMesh(folder.path, { formationPath, loopback: "::1" });
  const there = new TestMesh(folder.path, { formationPath, loopback: "::1" });
  await using first = here.start("first");
  await first.line(/^ready/);
  await using second = there.start("second", "--peer", `[::1]:${here.beaconPort}`);
  await second.line(/^ready/);
  const { connection } = await here.untilConnected("first", "second");
  assert.match(connection?.address ?? "", /^\[::1\]:\d+$/);
  await there.untilConnected("second", "first");
});

Deno.test("what is no address of a peer is refused with 4", async () => {
  await using folder = await temporaryFolder();
  const words = ["node", "run", "--data-dir", `${folder.path}/x`, "--interface", "127.0.0.1"];
  const { code, stderr } = await runPeat([...words, "--peer", "nowhere:abc"]);
  assert.equal(code, 4);
  assert.match(stderr, /^peat: cannot use "nowhere:abc" as a peer: .*\n$/);
});
