import assert from "node:assert/strict";
import { examineDisk } from "../../../commands/doctor/disk.ts";
import { examineFiles } from "../../../commands/doctor/files.ts";
import { examineFormation } from "../../../commands/doctor/formation.ts";
import { tryMulticast } from "../../../commands/doctor/multicast_trial.ts";
import { examineBeaconPort, examineStreamPort } from "../../../commands/doctor/ports.ts";
import { examineQuic } from "../../../commands/doctor/quic.ts";
import { createFormationFile } from "../../../src/security/formation_record.ts";
import { openIdentity } from "../../../src/security/identity.ts";
import { Enrolled, HOUR_MS, sharedRecord, START_MS } from "../security/fixtures.ts";

const GROUP = "239.255.72.86";
const LOOPBACK = "127.0.0.1";

async function withFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loopback hears what it multicasts, and an interface that is gone is missing", async () => {
  const options = { groups: [GROUP], patienceMs: 2_000 };
  const heard = await tryMulticast({ ...options, interfaces: [LOOPBACK, "eth77"] });
  assert.deepEqual(heard.missing, ["eth77"]);
  assert.deepEqual(heard.interfaces.map(({ outcome }) => outcome), ["heard"]);
  const none = await tryMulticast({ ...options, interfaces: ["eth77"] });
  assert.deepEqual(none.interfaces, []);
});

Deno.test("what cannot join a group is refused, with the reason", async () => {
  const absent = { name: "radio", family: "IPv4", netmask: "255.255.255.0" } as const;
  const [only] = (await tryMulticast({
    groups: [GROUP],
    patienceMs: 100,
    interfaces: [],
    // From the block of addresses that are for examples only: this machine never has it.
    list: () => [{ ...absent, address: "203.0.113.9" }],
  })).interfaces;
  assert.equal(only?.outcome, "refused");
  assert.notEqual(only?.reason ?? "", "");
});

Deno.test("the port for beacons may be shared, and not be somebody's own", async () => {
  const other = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const taken = await examineBeaconPort(port, []);
  assert.equal(taken.status, "fail");
  assert.match(taken.detail, /another program has it/);
  other.close();
  const nodes = [{ nodeId: "one", beaconPort: port }];
  const shared = await examineBeaconPort(port, nodes);
  assert.deepEqual([shared.status, /as one does/.test(shared.detail)], ["pass", true]);
});

Deno.test("the port for streams is free, a node's, or somebody else's", () => {
  const endpoint = new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 });
  const { port } = endpoint.addr;
  assert.equal(examineStreamPort(port, [LOOPBACK], []).status, "fail");
  const holder = { nodeId: "one", port, beaconPort: 1 };
  assert.match(examineStreamPort(port, [LOOPBACK], [holder]).detail, /held by the node one/);
  endpoint.close();
  // Unlike an endpoint, a bare socket is gone as soon as it is closed.
  const socket = Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
  const free = (socket.addr as Deno.NetAddr).port;
  socket.close();
  assert.equal(examineStreamPort(free, [LOOPBACK], []).status, "pass");
});

Deno.test("QUIC reaches oneself whatever year the clock says", async () => {
  for (const nowMs of [0, Date.now(), Date.UTC(2090, 0, 1)]) {
    const finding = await examineQuic(nowMs);
    assert.equal(finding.status, "pass", finding.detail);
  }
});

Deno.test("every file that others may read or change is named, with what closes it", () =>
  withFolder((folder) => {
    const [dataDir, config] = [`${folder}/node`, `${folder}/config.toml`];
    const formation = `${folder}/formation.json`;
    const files = { dataDir, formationPath: undefined, configPath: config };
    assert.equal(examineFiles(files).detail, "there is no file yet");
    Deno.mkdirSync(dataDir, { mode: 0o700 });
    openIdentity(dataDir);
    createFormationFile(formation, sharedRecord());
    Deno.writeTextFileSync(config, "", { mode: 0o644 });
    assert.equal(examineFiles({ ...files, formationPath: formation }).status, "pass");
    Deno.chmodSync(config, 0o666);
    assert.equal(examineFiles(files).status, "warn");
    Deno.chmodSync(dataDir, 0o755);
    Deno.chmodSync(formation, 0o644);
    const open = examineFiles({ ...files, formationPath: formation });
    assert(open.status === "fail");
    assert.match(open.detail, /mode 755.*mode 644.*mode 666/);
    assert.match(open.remedy, /chmod 700 .*chmod 600 .*chmod go-w /);
  }));

Deno.test("a directory that a node would close by itself is only doubted", () =>
  withFolder((folder) => {
    const files = { dataDir: folder, formationPath: undefined, configPath: undefined };
    Deno.chmodSync(folder, 0o755);
    assert.equal(examineFiles(files).status, "warn");
    Deno.writeTextFileSync(`${folder}/letter`, "");
    assert.equal(examineFiles(files).status, "fail");
    Deno.writeTextFileSync(`${folder}/state.db`, "");
    assert.equal(examineFiles(files).status, "warn");
  }));

Deno.test("the disk is tried where the directory would be, and nothing stays", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/not/yet`;
    const finding = await examineDisk(dataDir);
    assert.equal(finding.status, "pass", finding.detail);
    assert(finding.detail.startsWith(`${folder} kept`));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const full = await examineDisk(dataDir, { freeBytes: () => Promise.resolve(1_000) });
    assert.equal(full.status, "warn");
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.equal((await examineDisk(`${folder}/file`)).status, "fail");
  }));

Deno.test("a certificate is judged as peers would: for ever, due, over, or another device's", () =>
  withFolder((folder) => {
    const path = `${folder}/formation.json`;
    const expiresAtMs = START_MS + 10 * HOUR_MS;
    const record = new Enrolled().memberRecord("drone-1", openIdentity(folder), { expiresAtMs });
    createFormationFile(path, record);
    const at = (hours: number, dataDir = folder) =>
      examineFormation({ path, dataDir, nodeId: undefined, nowMs: START_MS + hours * HOUR_MS });
    assert.deepEqual([1, 9.5, 10, -2].map((hours) => at(hours).status), [
      "pass",
      "warn",
      "fail",
      "fail",
    ]);
    assert.match(at(10).detail, /alpha: the certificate is expired/);
    assert.throws(() => at(1, `${folder}/elsewhere`), /another device's/);
  }));

Deno.test("whoever holds a shared secret needs no certificate of anybody, and may hold none", () =>
  withFolder((folder) => {
    const path = `${folder}/shared.json`;
    createFormationFile(path, sharedRecord());
    const options = { dataDir: folder, nodeId: undefined, nowMs: START_MS };
    assert.match(examineFormation({ ...options, path }).detail, /shared.* good for ever/);
    assert.equal(examineFormation({ ...options, path, nowMs: 0 }).status, "warn");
    assert.equal(examineFormation({ ...options, path: undefined }).status, "skip");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["shared.json"]);
  }));
