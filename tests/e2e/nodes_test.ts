import assert from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { Lateness } from "./lateness.ts";
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
  const waited = await mesh.ask("first", "nodes", "--wait=peers>=1", "--timeout", "1m", "--json");
  assert.equal(waited.code, 0, waited.stderr);
  const [self, ...others] = await mesh.nodes("first");
  assert.deepEqual([self!.nodeId, self!.self], ["first", true]);
  assert.deepEqual(others.map(({ nodeId, self }) => [nodeId, self]), [["second", undefined]]);
  const peer = await mesh.untilSeen("first", "second", "alive");
  assert.match(peer.address!, /^127\.0\.0\.1:\d+$/);
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
  using lateness = new Lateness();
  second.signal("SIGKILL");
  const killedAtMs = Date.now();
  const { ts } = JSON.parse(await first.line(/"peerLost"/, { from: "stdout" }));
  const lostAtMs = Date.parse(ts);
  const [lateMs, lookedAtMs] = [lateness.ms, Date.now()];
  const { lastSeenMs } = await mesh.untilSeen("first", "second", "lost");
  // Profile fast: a fifth of a second between pulses, and 600 ms to answer. How long it was silent
  // then is seen as a little longer than it was, by the time that it took to ask.
  const silentMs = lostAtMs - (lookedAtMs - lastSeenMs!);
  assert.ok(silentMs > 500, `lost after a silence of ${silentMs} ms`);
  const lostMs = lostAtMs - killedAtMs;
  assert.ok(lostMs < 5_000 + lateMs, `lost after ${lostMs} ms, of which ${lateMs} ms were late`);
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
  // Who is only silent is lost at last, and never seen as one that has left.
  const left = await mesh.untilSeen("first", "second", "left");
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
