import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { runPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";

Deno.test("a node says that it is ready, how it does, and goes with 143", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("solo", "--cell", "alpha", "--level", "2");
  assert.match(await node.line(/^ready/), /^ready solo beacon-port=\d+ socket=\S+ boot=\d+$/);
  const status = await mesh.json("solo", "node", "status");
  assert.equal(status.nodeId, "solo");
  assert.equal(status.cell, "alpha");
  assert.equal(status.level, 2);
  assert.equal(status.state, "running");
  assert.equal(status.peers, 0);
  assert.deepEqual(status.interfaces, [{ name: "lo", address: "127.0.0.1" }]);
  assert.equal((await node.stop()).code, 143);
});

Deno.test("nobody but the owner can enter a node's folder or open its socket", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  Deno.mkdirSync(mesh.dataDir("solo"), { mode: 0o755 });
  await using node = mesh.start("solo");
  await node.line(/^ready/);
  await untilDocuments(mesh, "solo");
  const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
  assert.equal(mode(mesh.dataDir("solo")), 0o700);
  for (const name of ["control.sock", "run.json", "state.db", "documents.db", "lock"]) {
    assert.equal(mode(`${mesh.dataDir("solo")}/${name}`), 0o600, name);
  }
  assert.equal(mode(mesh.runtimeDir), 0o700);
});

Deno.test("a data directory that others may enter and that holds something else is refused", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  Deno.mkdirSync(mesh.dataDir("solo"), { mode: 0o755 });
  Deno.writeTextFileSync(`${mesh.dataDir("solo")}/diary.txt`, "dear diary");
  await using node = mesh.start("solo");
  assert.equal((await node.ended()).code, 1);
  assert.match(node.stderr(), /^peat: cannot use the data directory .*; run chmod 700 /);
});

Deno.test("a second node in the same data directory is refused", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("solo");
  await first.line(/^ready/);
  await using second = mesh.start("solo");
  assert.equal((await second.ended()).code, 1);
  assert.match(
    second.stderr(),
    new RegExp(
      `^peat: cannot start node: data directory \\S+ is in use by process ${first.pid}; ` +
        "use --data-dir or --id\\n$",
    ),
  );
});

Deno.test("node stop returns when the node is gone and leaves neither socket nor run file", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("solo");
  await node.line(/^ready/);
  await untilDocuments(mesh, "solo");
  assert.equal((await mesh.ask("solo", "node", "stop")).code, 0);
  assert.equal((await node.ended()).code, 0);
  const left = [...Deno.readDirSync(mesh.dataDir("solo"))].map(({ name }) => name).sort();
  assert.deepEqual(left, ["documents.db", "lock", "state.db"]);
  assert.deepEqual([...Deno.readDirSync(mesh.runtimeDir)], []);
  const { code, stderr } = await mesh.ask("solo", "node", "status");
  assert.equal(code, 1);
  assert.match(stderr, /^peat: cannot reach a node: none is running in \S+; start one with: /);
});

Deno.test("with --output ndjson a node tells its events on standard output", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first", "--output", "ndjson");
  const ready = JSON.parse(await first.line(/"ready"/, { from: "stdout" }));
  assert.equal(ready.nodeId, "first");
  assert.match(ready.ts, /^\d{4}-\d\d-\d\dT.*Z$/);
  await using second = mesh.start("second");
  const found = JSON.parse(await first.line(/"peerFound"/, { from: "stdout" }));
  assert.equal(found.nodeId, "second");
  await second.stop();
  await first.line(/"peerLeft"/, { from: "stdout" });
});

Deno.test("malformed datagrams are counted and change nothing", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("solo");
  await node.line(/^ready/);
  await sendNoise(mesh.beaconPort, 20);
  await mesh.untilRejected("solo", "malformed", 20);
  const status = await mesh.json("solo", "node", "status");
  assert.equal(status.rejected.malformed, 20);
  assert.equal(status.peers, 0);
  assert.equal((await mesh.json("solo", "nodes")).length, 1);
});

Deno.test("a node that is killed at any moment starts again with a higher boot number", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  let boot = 0;
  for (let round = 0; round < 50; round++) {
    await using node = mesh.start("solo");
    const afterMs = 60 + Math.random() * 200;
    const isReady = await node.line(/^ready/, { timeoutMs: afterMs }).then(() => true, () => false);
    if (isReady) boot = higher(boot, node.stderr());
    node.signal("SIGKILL");
    await node.ended();
    assert.doesNotMatch(node.stderr(), /cannot/);
  }
  await using last = mesh.start("solo");
  await last.line(/^ready/);
  assert.ok(higher(boot, last.stderr()) > boot);
});

function higher(before: number, printed: string): number {
  const boot = Number(/boot=(\d+)/.exec(printed)?.[1]);
  assert.ok(boot > before, `boot ${boot} after ${before}`);
  return boot;
}

/** They are opened after the node is ready, and whoever asks for them waits. */
async function untilDocuments(mesh: TestMesh, id: string): Promise<void> {
  assert.deepEqual(await mesh.json(id, "state", "ls"), []);
}

/** Bytes that no node would send, from loopback to loopback. */
async function sendNoise(port: number, count: number): Promise<void> {
  const socket = createSocket("udp4");
  for (let index = 0; index < count; index++) {
    const noise = crypto.getRandomValues(new Uint8Array(1 + index * 10)).fill(0xff, 0, 1);
    await new Promise((resolve) => socket.send(noise, port, "127.0.0.1", resolve));
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

Deno.test("a node takes streams at another address than its beacons come from, and is dialled there", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await using second = mesh.start("second", "--stream-address", "127.0.0.2");
  await second.line(/^ready/);
  await first.line(/^ready/);
  const view = await mesh.untilConnected("first", "second");
  assert.match(view.address!, /^127\.0\.0\.1:/);
  assert.match(view.connection!.address, /^127\.0\.0\.2:/);
  await mesh.untilConnected("second", "first");
  const { code, stderr } = await runPeat(["node", "run", "--stream-address", "example.org"]);
  assert.equal(code, 4);
  assert.match(stderr, /it is no IP address that others can use; write it like 192\.0\.2\.7/);
});
