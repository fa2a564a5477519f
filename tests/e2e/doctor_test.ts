import assert from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";

const IDS = [
  ...["clock", "interfaces", "multicast", "beacon-port", "stream-port", "quic", "files", "disk"],
  ...["formation", "node", "peers", "versions", "privileges", "runtime"],
];

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: string;
    readonly detail: string;
    readonly remedy?: string;
  }[];
  readonly verdict: string;
}

/** Runs the doctor on loopback, with a home of its own and ports that nobody else uses. */
function doctorIn(mesh: TestMesh) {
  const { folder, runtimeDir, beaconPort } = mesh;
  const env = { XDG_STATE_HOME: `${folder}/state`, XDG_CONFIG_HOME: `${folder}/config` };
  return (...words: string[]) =>
    runPeat([
      ...["doctor", "--interface", "127.0.0.1", "--port", "0", "--runtime-dir", runtimeDir],
      ...["--beacon-port", String(beaconPort), ...words],
    ], { env });
}

function find({ checks }: Report, id: string) {
  const found = checks.find((check) => check.id === id);
  assert.ok(found, id);
  return found;
}

Deno.test("on a machine where nothing is wrong every check passes or has nothing to try", async () => {
  await using folder = await temporaryFolder();
  const doctor = doctorIn(new TestMesh(folder.path));
  const { code, stdout, stderr } = await doctor("--json");
  assert.equal(code, 0, stdout + stderr);
  const report: Report = JSON.parse(stdout);
  assert.equal(report.verdict, "pass");
  assert.deepEqual(report.checks.map(({ id }) => id), IDS);
  const skipped = report.checks.filter(({ status }) => status === "skip").map(({ id }) => id);
  assert.deepEqual(skipped, ["formation", "node", "peers", "versions"]);
  for (const { status, remedy } of report.checks) {
    assert.equal(status === "pass", remedy === undefined);
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)], [], "the doctor left something behind");
});

Deno.test("mdns is tried where it was chosen, beside whoever has its port", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("first", "--discovery", "mdns");
  await node.line(/^ready/);
  const report: Report = JSON.parse((await doctorIn(mesh)("--discovery", "mdns", "--json")).stdout);
  assert.match(find(report, "mdns").detail, /^UDP port 5353 can be shared on lo 127\.0\.0\.1$/);
});

Deno.test("--format is stronger than --output, and Nagios has codes of its own", async () => {
  await using folder = await temporaryFolder();
  const doctor = doctorIn(new TestMesh(folder.path));
  const well = await doctor("--format", "nagios");
  assert.deepEqual([well.code, well.stdout.split("\n").length], [0, 2]);
  assert.match(well.stdout, /^PEAT OK - .* \| pass=10 warn=0 fail=0 skip=4\n$/);
  const ill = await doctor("--format", "nagios", "--interface", "eth77", "--json");
  assert.equal(ill.code, 2);
  assert.match(ill.stdout, /^PEAT CRITICAL - interfaces: this machine has no eth77 now/);
  const json = await doctor("--format", "json", "--interface", "eth77");
  assert.deepEqual([json.code, JSON.parse(json.stdout).verdict], [1, "fail"]);
});

Deno.test("it talks to the node here, and knows when it has peers", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const doctor = doctorIn(mesh);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const here = ["--data-dir", mesh.dataDir("first")];
  const alone = await doctor("--json", ...here);
  assert.equal(alone.code, 6, alone.stdout);
  const doubtful: Report = JSON.parse(alone.stdout);
  assert.equal(doubtful.verdict, "warn");
  assert.equal(find(doubtful, "node").status, "pass");
  assert.equal(find(doubtful, "peers").status, "warn");
  assert.match(find(doubtful, "beacon-port").detail, /as first does/);
  assert.equal((await doctor("--format", "nagios", ...here)).code, 1);
  await using _second = mesh.start("second");
  await mesh.untilSeen("first", "second", "alive");
  const together = await doctor("--json", ...here);
  assert.equal(find(JSON.parse(together.stdout), "peers").status, "pass", together.stdout);
  assert.equal(find(JSON.parse(together.stdout), "versions").status, "pass");
  const { status, detail } = find(JSON.parse(together.stdout), "privileges");
  assert.equal(status, "pass", detail);
  assert.match(
    detail,
    /^starting a program and loading a library were refused; first may do neith/,
  );
});

Deno.test("a formation that others may read fails, and the remedy cures it", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const file = `${folder.path}/alpha.json`;
  await runPeat(["formation", "create", "alpha", "--out", file]);
  Deno.chmodSync(file, 0o644);
  const doctor = doctorIn(mesh);
  const ill = await doctor("--json", "--formation", file);
  assert.equal(ill.code, 1);
  const { status, remedy } = find(JSON.parse(ill.stdout), "files");
  assert.deepEqual([status, remedy?.includes(`chmod 600 ${file}`)], ["fail", true]);
  Deno.chmodSync(file, 0o600);
  const well = await doctor("--json", "--formation", file);
  assert.equal(well.code, 0, well.stdout);
  assert.equal(find(JSON.parse(well.stdout), "formation").status, "pass");
});

Deno.test("a node that hangs fails, in bounded time, and spoils no other check", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("first");
  await node.line(/^ready/);
  node.signal("SIGSTOP");
  const here = ["--data-dir", mesh.dataDir("first"), "--timeout", "4s"];
  const { code, stdout } = await doctorIn(mesh)("--json", ...here);
  node.signal("SIGCONT");
  assert.equal(code, 1, stdout);
  const report: Report = JSON.parse(stdout);
  assert.match(find(report, "node").detail, /did not answer/);
  const failed = report.checks.filter(({ status }) => status === "fail").map(({ id }) => id);
  assert.deepEqual(failed, ["node"]);
});

Deno.test("a data directory that is held by somebody out of reach fails", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("first");
  await node.line(/^ready/);
  Deno.removeSync(`${mesh.dataDir("first")}/run.json`);
  const { stdout } = await doctorIn(mesh)("--json", "--data-dir", mesh.dataDir("first"));
  const { status, detail } = find(JSON.parse(stdout), "node");
  assert.deepEqual([status, /a process holds .*first/.test(detail)], ["fail", true]);
});

Deno.test("of several nodes none is chosen, and the remedy says how to", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await first.line(/^ready/);
  await second.line(/^ready/);
  const { code, stdout } = await doctorIn(mesh)("--json");
  assert.equal(code, 0, stdout);
  const { status, remedy } = find(JSON.parse(stdout), "node");
  assert.deepEqual([status, remedy], ["skip", "peat doctor --data-dir DIR"]);
});

Deno.test("where no node runs, the doctor of a formation listens itself, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  const doctor = doctorIn(mesh);
  const nobody: Report = JSON.parse((await doctor("--json", ...formation)).stdout);
  assert.equal(find(nobody, "peers").status, "skip");
  assert.match(find(nobody, "peers").detail, /^nobody of alpha was heard within 2s$/);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const elsewhere = ["--runtime-dir", `${folder.path}/elsewhere`];
  const { code, stdout } = await doctor("--json", ...formation, ...elsewhere);
  assert.equal(code, 0, stdout);
  const heard: Report = JSON.parse(stdout);
  assert.deepEqual([find(heard, "node").status, find(heard, "versions").status], ["skip", "pass"]);
  assert.match(find(heard, "peers").detail, /^1 is there, 1 connected$/);
  assert.equal((await mesh.json("first", "nodes")).length, 1);
  const other = await createFormation(folder.path, "beta");
  const strangers = await doctor("--json", "--formation", other, ...elsewhere);
  const { status, detail } = find(JSON.parse(strangers.stdout), "peers");
  assert.deepEqual([status, /datagrams were of no member/.test(detail)], ["warn", true]);
});

Deno.test("a bundle holds what another person needs, no secret, and replaces no file", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using node = mesh.start("first");
  await node.line(/^ready/);
  const file = `${folder.path}/bundle.json`;
  const here = ["--data-dir", mesh.dataDir("first"), "--bundle", file];
  const { stdout } = await doctorIn(mesh)("--json", ...here);
  assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
  const text = Deno.readTextFileSync(file);
  const bundle = JSON.parse(text);
  assert.deepEqual(bundle.report, JSON.parse(stdout));
  assert.equal(bundle.status.nodeId, "first");
  assert.equal(bundle.nodes[0].nodeId, "first");
  assert.ok(
    bundle.system.interfaces.some(({ address }: { address: string }) => address === "127.0.0.1"),
  );
  const dataDir = bundle.settings.find(({ name }: { name: string }) => name === "data-dir");
  assert.deepEqual([dataDir.value, dataDir.origin], [mesh.dataDir("first"), "flag --data-dir"]);
  const formation = JSON.parse(Deno.readTextFileSync(`${folder.path}/alpha.formation.json`));
  const identity = Deno.readTextFileSync(`${mesh.dataDir("first")}/identity.json`);
  const secrets = [formation.epochs[0].secret, ...identity.match(/\w{20,}/g) ?? []];
  assert.ok(secrets.length >= 3);
  for (const secret of secrets) assert.ok(!text.includes(secret), "the bundle holds a secret");
  const again = await doctorIn(mesh)(...here);
  assert.equal(again.code, 4);
  assert.match(again.stderr, /^peat: cannot write the bundle .*: there is a file of that name; /);
  assert.equal(Deno.readTextFileSync(file), text);
});
