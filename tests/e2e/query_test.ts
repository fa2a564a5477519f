import assert from "node:assert/strict";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

const EYE = ["--cell", "red", "--capability", "sensor:thermal=0.9,range_m=2000"];
const ARM = ["--cell", "red", "--capability", "payload:arm=0.8", "--capability", "compute=0.9"];

Deno.test("what is set on one node is found from another, cleared it is not, and a restart keeps it", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using eye = mesh.start("eye", ...EYE);
  await using _arm = mesh.start("arm", ...ARM);
  await eye.line(/^ready/);
  await mesh.untilConnected("arm", "eye");
  const both = ["--wait=heard>=2", "--timeout", "1m"];
  const first = await mesh.json("arm", "query", ...both, "type:sensor AND metadata.range_m>1000");
  assert.equal(first.query, "type:sensor AND metadata.range_m>1000");
  assert.deepEqual([first.heardFrom, first.ofNodes, first.results.length], [2, 2, 1]);
  const [found] = first.results;
  assert.equal(found.nodeId, "eye");
  assert.ok(found.score > 0.98 && found.score <= 1, `${found.score}`);
  assert.deepEqual(found.capabilities, [{
    id: "sensor:thermal",
    name: "thermal",
    type: "sensor",
    confidence: 0.9,
    metadata: { range_m: 2_000 },
  }]);

  const set = await mesh.json("eye", "capability", "set", "sensor:sonar=0.7", "--wait=peers>=1");
  assert.deepEqual(set.acknowledgedBy, ["arm"]);
  const sonar = await mesh.json("arm", "query", "--type", "sensor", "--min-confidence", "0.5");
  assert.deepEqual(
    sonar.results[0].capabilities.map(({ id }: { id: string }) => id),
    ["sensor:thermal", "sensor:sonar"],
  );
  await mesh.json("eye", "capability", "clear", "sensor:thermal", "--wait=peers>=1");
  const none = await mesh.ask("arm", "query", "name:thermal", "--exit-status");
  assert.equal(none.code, 1, none.stderr);
  assert.match(none.stdout, /nobody matches; heard from 2 of 2 nodes/);
  assert.equal((await mesh.ask("arm", "query", "name:thermal")).code, 0);

  eye.signal("SIGKILL");
  await eye.ended();
  await using again = mesh.start("eye", ...EYE);
  await again.line(/^ready/);
  const kept = await mesh.json("eye", "capability", "ls");
  assert.deepEqual(
    kept.capabilities.map(({ id, confidence, origin }: Record<string, unknown>) => [
      id,
      confidence,
      origin,
    ]),
    [["sensor:thermal", 0, "set"], ["sensor:sonar", 0.7, "set"]],
  );
});

Deno.test("more than a beacon has room for is known whole from the node's document", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const many = Array.from({ length: 20 }, (_, index) => [
    "--capability",
    `payload:arm-${index}=0.5,lift_capacity=${index},note=${"x".repeat(60)}`,
  ]).flat();
  await using rich = mesh.start("rich", ...many);
  await using _poor = mesh.start("poor");
  await rich.line(/^ready/);
  await mesh.untilConnected("poor", "rich");
  const waited = await mesh.ask(
    "poor",
    "query",
    "--wait=heard>=2",
    "--timeout",
    "1m",
    "metadata.lift_capacity>=19",
  );
  assert.equal(waited.code, 0, waited.stderr);
  assert.match(waited.stdout, /payload:arm-19=0\.5,lift_capacity=19/);
  const { aggregates } = await mesh.json(
    "poor",
    "query",
    "type:payload LIMIT 0 AGGREGATE distinct(name)",
  );
  assert.equal(aggregates[0].value, 20);
});

Deno.test("a live query is answered by the nodes themselves, and says who did not answer", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using eye = mesh.start("eye", ...EYE);
  await using arm = mesh.start("arm", ...ARM);
  await eye.line(/^ready/);
  await mesh.untilConnected("eye", "arm");
  const live = await mesh.json("eye", "query", "type:payload", "--live");
  assert.deepEqual([live.live, live.heardFrom, live.ofNodes], [true, 2, 2]);
  assert.equal(live.results[0].nodeId, "arm");
  arm.signal("SIGSTOP");
  try {
    const part = await mesh.json("eye", "query", "type:payload", "--live", "--timeout", "1s");
    assert.deepEqual([part.heardFrom, part.ofNodes, part.results.length], [1, 2, 0]);
  } finally {
    arm.signal("SIGCONT");
  }
});

Deno.test("cells answer for what their members can do together", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const rules = `${folder.path}/rules.toml`;
  await Deno.writeTextFile(
    rules,
    '[[rules]]\nid = "watch"\nkind = "emergent"\nmethod = "chain"\nleast_confidence = 0.7\n' +
      'needs = [{ type = "sensor" }, { type = "compute" }]\n',
  );
  await using eye = mesh.start("eye", ...EYE, "--composition-rules", rules);
  await using _arm = mesh.start("arm", ...ARM);
  await eye.line(/^ready/);
  await mesh.untilConnected("eye", "arm");
  const { results } = await until(
    "a cell that can watch",
    () => mesh.json("eye", "query", "name:watch", "--composed"),
    (answer) => answer.results.length > 0,
  );
  assert.equal(results[0].cell, "red");
  assert.equal(results[0].composed, true);
  assert.equal(results[0].capabilities[0].confidence, 0.9);
  assert.deepEqual(results[0].capabilities[0].from, ["arm/compute", "eye/sensor:thermal"]);
  await Deno.writeTextFile(rules, '[[rules]]\nid = "a"\nkind = "emergnt"\n');
  await using wrong = mesh.start("third", "--composition-rules", rules);
  assert.equal((await wrong.ended()).code, 4);
});

Deno.test("what makes no sense ends with 4, and a wait in vain with 5 and what was missing", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("solo");
  await node.line(/^ready/);
  const senseless = await mesh.ask("solo", "query", "type:sensor ORDER rtt");
  assert.equal(senseless.code, 4);
  assert.match(senseless.stderr, /at character 19: expected BY, found "rtt"/);
  const vain = await mesh.ask("solo", "query", "type:sensor", "--wait", "--timeout", "300ms");
  assert.equal(vain.code, 5);
  assert.match(vain.stderr, /cannot wait longer for results>=1: only 0, heard from 1 of 1 nodes/);
  const nobody = await mesh.ask(
    ...["solo", "capability", "set", "compute", "--wait=peers>=1", "--timeout", "2s"] as const,
  );
  assert.equal(nobody.code, 5);
  assert.match(
    nobody.stderr,
    /cannot wait longer for peers>=1: 0 of 0 peers that answer know of it/,
  );
  const [{ capabilities }] = await mesh.json("solo", "nodes");
  assert.equal(capabilities[0].name, "compute", "it was set all the same");
  const planned = await mesh.json("solo", "capability", "clear", "compute", "--dry-run");
  assert.equal(planned.dryRun, true);
  assert.equal((await mesh.json("solo", "query", "type:compute")).results.length, 1);
});

Deno.test("a visit asks without a node of its own", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using eye = mesh.start("eye", ...EYE);
  await eye.line(/^ready/);
  const visit = ["--formation", `${folder.path}/alpha.formation.json`, "--interface", "127.0.0.1"];
  const port = ["--beacon-port", String(mesh.beaconPort), "--profile", "fast"];
  const asked = await mesh.ask("visitor", "query", "type:sensor", "--json", ...visit, ...port);
  assert.equal(asked.code, 0, asked.stderr);
  const { heardFrom, ofNodes, results } = JSON.parse(asked.stdout);
  assert.deepEqual([heardFrom, ofNodes, results[0].nodeId], [1, 1, "eye"]);
  await using arm = mesh.start("arm", ...ARM);
  await arm.line(/^ready/);
  await mesh.untilConnected("eye", "arm");
  const line = ["visitor", "query", "*", "--live", "--json", ...visit, ...port] as const;
  const live = await mesh.ask(...line);
  assert.equal(live.code, 0, live.stderr);
  const told = JSON.parse(live.stdout);
  assert.deepEqual([told.live, told.heardFrom, told.ofNodes, told.total], [true, 2, 2, 2]);
  arm.signal("SIGSTOP");
  try {
    const part = JSON.parse((await mesh.ask(...line)).stdout);
    assert.deepEqual([part.heardFrom, part.results[0].nodeId, part.total], [1, "eye", 1]);
  } finally {
    arm.signal("SIGCONT");
  }
});

Deno.test("values that could command a terminal are shown, and never sent to one", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  // The mark that turns text around is no control character, so that a node may say it.
  await using node = mesh.start("solo", "--capability", "sensor:eye=1,note=a\u202eb\u200bc");
  await node.line(/^ready/);
  const { stdout, code } = await mesh.ask("solo", "query", "*");
  assert.equal(code, 0);
  assert.match(stdout, /note=a\\u202eb\\u200bc/);
  for (const hostile of ["sensor:eye,note=a\u001b[2Jb", "sensor:eye,note=two\nlines"]) {
    const refused = await mesh.ask("solo", "capability", "set", hostile);
    assert.equal(refused.code, 4);
    assert.equal(refused.stderr.trimEnd().split("\n").length, 1, refused.stderr);
    assert.ok(!refused.stderr.includes("\u001b"), refused.stderr);
  }
});
