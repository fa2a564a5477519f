import assert from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { runPeat, temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

// Two beacon ports keep nodes from hearing each other's beacons, as if a router were in between.

Deno.test("two nodes find each other by mdns alone, and each is missed once it is killed", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  const [here, there] = twoMeshes(folder.path, formationPath);
  await using first = here.start("first.node", "--discovery", "mdns");
  await first.line(/^ready/);
  await using second = there.start("second", "--discovery", "mdns");
  await second.line(/^ready/);
  const seen = await here.untilConnected("first.node", "second");
  assert.ok(seen.sources?.includes("mdns"), `${seen.sources}`);
  const back = await there.untilConnected("second", "first.node");
  assert.ok(back.sources?.includes("mdns"), `${back.sources}`);
  await there.untilSeen("second", "first.node", "alive");

  second.signal("SIGKILL");
  // Beacons are missed first. Then the name service is asked, and has ten seconds to answer.
  await here.untilSeen("first.node", "second", "silent");
  const lost = await here.untilSeen("first.node", "second", "lost");
  assert.deepEqual(lost.sources, []);
});

Deno.test("a node of another formation is not even tried, and its name says nothing", async () => {
  await using folder = await temporaryFolder();
  const alpha = await createFormation(folder.path, "alpha");
  const bravo = await createFormation(folder.path, "bravo");
  const here = new TestMesh(folder.path, { formationPath: alpha });
  const there = new TestMesh(folder.path, { formationPath: bravo });
  await using first = here.start("first", "--discovery", "mdns");
  await using second = there.start("second", "--discovery", "mdns");
  await Promise.all([first.line(/^ready/), second.line(/^ready/)]);
  await until(
    "the first node count another formation's",
    async () => (await here.json("first", "node", "status")).discovery.mdns,
    ({ otherFormation = 0 }) => otherFormation > 0,
  );
  const nodes = await here.json("first", "nodes");
  assert.deepEqual(nodes.map(({ nodeId }: { nodeId: string }) => nodeId), ["first"]);
});

Deno.test("peers in a file are found, by address and by name, with and without their ids", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  const [here, there] = twoMeshes(folder.path, formationPath);
  const elsewhere = new TestMesh(folder.path, { formationPath });
  await using first = here.start("first");
  await using third = elsewhere.start("third");
  await Promise.all([first.line(/^ready/), third.line(/^ready/)]);
  const peersFile = `${folder.path}/peers.toml`;
  await Deno.writeTextFile(
    peersFile,
    `[[peers]]
node_id = "first"
addresses = ["127.0.0.1:${here.beaconPort}"]
priority = 200
metadata = { where = "the roof" }

[[peers]]
addresses = ["localhost:${elsewhere.beaconPort}"]

[[peers]]
node_id = "absent"
addresses = ["127.0.0.1:9"]
`,
  );
  await using second = there.start("second", "--peers-file", peersFile);
  await second.line(/^ready/);
  const seen = await there.untilConnected("second", "first");
  assert.ok(seen.sources?.includes("static"), `${seen.sources}`);
  await there.untilConnected("second", "third");
  const absent = await there.untilSeen("second", "absent", "silent");
  assert.deepEqual(absent.sources, ["static"]);
});

Deno.test("a mistake in a file of peers is named with its place", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/peers.toml`;
  const words = ["node", "run", "--data-dir", `${folder.path}/x`, "--interface", "127.0.0.1"];
  for (
    const [text, message] of [
      ['[[peers]]\naddreses = ["a"]', /peers\.1\.addreses: there is no such key.*mean addresses\?/],
      ["[[peers]]\naddresses = []", /peers\.1\.addresses: write at least one address/],
      ["[[peers]]\naddresses = [", /line 2, column \d+/],
      ['[[peers]]\nnode_id = "a b"\naddresses = ["x"]', /peers\.1\.node_id: this is no node id/],
      ["emcom = true", /emcom: there is no such key.*mean emcon\?/],
    ] as const
  ) {
    await Deno.writeTextFile(path, text);
    const { code, stderr } = await runPeat([...words, "--peers-file", path]);
    assert.equal(code, 4, stderr);
    assert.match(stderr, message);
  }
});

Deno.test("peers that are named without static among the ways are refused", async () => {
  await using folder = await temporaryFolder();
  const words = ["node", "run", "--data-dir", `${folder.path}/x`, "--interface", "127.0.0.1"];
  const { code, stderr } = await runPeat([
    ...words,
    ...["--peer", "127.0.0.1:1", "--discovery", "mdns"],
  ]);
  assert.equal(code, 4);
  assert.match(stderr, /add it: --discovery mdns,static/);
});

function twoMeshes(folder: string, formationPath: string): [TestMesh, TestMesh] {
  return [new TestMesh(folder, { formationPath }), new TestMesh(folder, { formationPath })];
}

Deno.test("nodes tell which peers are near, and which can do what they look for", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start(
    "first",
    ...["--discovery", "multicast,geographic,capability", "--position", "47.1,8.5"],
    ...["--seek", "sensor:thermal=0.8", "--seek-also", "compute", "--cluster-precision", "5"],
  );
  await using _near = mesh.start(
    "near",
    ...["--position", "47.1,8.5", "--capability", "sensor:thermal=0.9"],
  );
  await using _far = mesh.start("far", "--position", "10,10", "--capability", "sensor:thermal=0.5");
  await first.line(/^ready/);
  const sourcesOf = async (peer: string, all: readonly string[]) => {
    const holds = ({ sources = [] }: NodeView) => all.every((source) => sources.includes(source));
    return (await mesh.until("first", peer, all.join(), holds)).sources;
  };
  await sourcesOf("near", ["multicast", "geographic", "capability"]);
  const far = await sourcesOf("far", ["multicast"]);
  assert.ok(!far!.includes("geographic") && !far!.includes("capability"), far!.join());
  await until(
    "one peer by each of the two ways",
    async () => (await mesh.json("first", "node", "status")).discovery.peers,
    ({ geographic, capability }) => geographic === 1 && capability === 1,
  );

  const nothingSought = await runPeat(["node", "run", "--discovery", "capability"]);
  assert.equal(nothingSought.code, 4);
  assert.match(nothingSought.stderr, /none is named; name what is looked for: --seek/);
  const notChosen = await runPeat(["node", "run", "--seek", "sensor"]);
  assert.equal(notChosen.code, 4);
  assert.match(notChosen.stderr, /add it: --discovery multicast,static,relay,directed,capability/);
});
