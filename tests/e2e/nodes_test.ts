import assert from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";

Deno.test("two nodes see each other, what they can do, and how far away they are", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await using _second = mesh.start(
    "second",
    ...["--capability", "sensor:thermal=0.9,range_m=2000", "--position", "52.5,13.4,120"],
  );
  await first.line(/^ready/);
  const waited = await mesh.ask("first", "nodes", "--wait=peers>=1", "--json");
  assert.equal(waited.code, 0, waited.stderr);
  const [self, peer] = await mesh.json("first", "nodes");
  assert.equal(self.nodeId, "first");
  assert.equal(self.self, true);
  assert.equal(peer.nodeId, "second");
  assert.equal(peer.self, undefined);
  assert.equal(peer.state, "alive");
  assert.match(peer.address, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(peer.capabilities, [
    { type: "sensor", name: "thermal", confidence: 0.9, metadata: { range_m: 2000 } },
  ]);
  assert.deepEqual(peer.position, { latitude: 52.5, longitude: 13.4, altitude: 120 });
  await mesh.untilSeen("second", "first", "alive");
});

Deno.test("a node that is killed is lost once it has been silent and asked in vain", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first", "--output", "ndjson");
  await using second = mesh.start("second");
  await first.line(/"ready"/, { from: "stdout" });
  await mesh.untilSeen("first", "second", "alive");
  second.signal("SIGKILL");
  const killedAtMs = Date.now();
  const { ts } = JSON.parse(await first.line(/"peerLost"/, { from: "stdout" }));
  const lostMs = Date.parse(ts) - killedAtMs;
  await mesh.untilSeen("first", "second", "lost");
  // Profile fast: a fifth of a second between pulses, 600 ms to answer, and time for a busy machine.
  assert.ok(lostMs > 500 && lostMs < 5_000, `lost after ${lostMs} ms`);
});

Deno.test("a node that says goodbye has left at once, and comes back with a higher boot", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  {
    await using second = mesh.start("second");
    await first.line(/^ready/);
    await mesh.untilSeen("first", "second", "alive");
    await second.stop();
  }
  const left = await mesh.untilSeen("first", "second", "left", 1_500);
  await using _again = mesh.start("second");
  const back = await mesh.untilSeen("first", "second", "alive");
  assert.ok(back.boot! > left.boot!);
});

Deno.test("a wait that is in vain ends with 5 and says what was missing", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("solo");
  await node.line(/^ready/);
  const { code, stderr } = await mesh.ask("solo", "nodes", "--wait=peers>=2", "--timeout", "300ms");
  assert.equal(code, 5);
  assert.match(stderr, /^peat: cannot wait longer for peers>=2: none is there after 300ms/);
});

Deno.test("several nodes of one user are told apart by their data directories", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await first.line(/^ready/);
  await second.line(/^ready/);
  const env = { XDG_STATE_HOME: `${folder.path}/state` };
  const { code, stderr } = await runPeat(["nodes", "--runtime-dir", mesh.runtimeDir], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^peat: cannot choose a node: 2 are running .*first in .*second in/);
});

Deno.test("without any node the error says where it looked and what to type", async () => {
  await using folder = await temporaryFolder();
  const env = { XDG_STATE_HOME: `${folder.path}/state` };
  const { code, stderr } = await runPeat(["nodes", "--runtime-dir", `${folder.path}/run`], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^peat: cannot reach a node: none is running for this user \(looked in /);
  assert.match(stderr, /; start one with: peat node run\n$/);
});

Deno.test("a node that starts clears away what a killed one announced, and nothing of the living", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using alive = mesh.start("alive");
  await using killed = mesh.start("killed");
  await Promise.all([alive, killed].map((node) => node.line(/^ready/)));
  await killed.stop("SIGKILL");
  await using next = mesh.start("next");
  await next.line(/^ready/);
  const announced = [...Deno.readDirSync(mesh.runtimeDir)].map(({ name }) => name).sort();
  assert.deepEqual(announced, [`${alive.pid}.json`, `${next.pid}.json`].sort());
});
