/** Elections among real nodes: who leads, why, and what operators can order. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type {
  CandidateView,
  ElectionView,
  ExplanationView,
  LeaderChange,
} from "../../src/control/election_contract.ts";
import type { NodeView } from "../../src/control/contract.ts";
import { paceOf } from "../../src/core/election/pace.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { runPeat, startPeat, temporaryFolder } from "./harness.ts";
import { Lateness } from "./lateness.ts";
import { TestMesh } from "./mesh.ts";
import type { TestProcess } from "./test_process.ts";
import { until } from "./until.ts";

const CELL = ["--cell", "red"];
/** Less than a test waits for a command, so that the command says what is missing. */
const ELECTED_MS = 50_000;

const ORDER = ["election", "override", "n0", "--yes", "--wait", "--timeout", `${ELECTED_MS}ms`];

/** A machine that runs many tests at once is late for the heartbeats of profile fast. */
const PATIENT = "tactical";

/** Between the turns of two members, and how often a machine may be late for one. */
const SLOT_MS = paceOf(PROFILES.standard).slotMs;
const LATE_TRIES = 5;

/** Waits until the node knows of a leader with quorum, and answers how it sees that. */
async function elected(mesh: TestMesh, id: string): Promise<ElectionView> {
  const wait = ["election", "status", "--wait=quorum", "--timeout", `${ELECTED_MS}ms`, "--json"];
  const { code, stdout, stderr } = await mesh.ask(id, ...wait);
  equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Which node can do what; the second is the best of those who may lead. */
const ABLE = {
  n1: ["--capability", "compute=0.5", "--capability", "communication=0.8"],
  n2: ["--capability", "compute=0.9", "--capability", "communication=0.6"],
  n3: ["--capability", "compute=1", "--capability", "sensor:thermal", "--observer"],
} as const;

/** Three members with quorum. Who leads depends on who was there first. */
async function startThree(folder: string) {
  const mesh = await TestMesh.ofMembers(folder, PATIENT);
  const held = new AsyncDisposableStack();
  const start = (id: keyof typeof ABLE) => held.use(mesh.start(id, ...CELL, ...ABLE[id]));
  const nodes = { n1: start("n1"), n2: start("n2"), n3: start("n3") };
  await untilAllKnow(mesh, ["n1", "n2", "n3"]);
  const leaderId = (await elected(mesh, "n3")).leaderId!;
  ok(leaderId === "n1" || leaderId === "n2", leaderId);
  const nextId = leaderId === "n1" ? "n2" as const : "n1" as const;
  await untilLed(mesh, nextId, leaderId);
  return {
    mesh,
    nodes,
    leaderId,
    nextId,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  } as const;
}

async function untilAllKnow(mesh: TestMesh, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const wait = ["nodes", `--wait=peers>=${ids.length - 1}`, "--timeout", `${ELECTED_MS}ms`];
    const { code, stderr } = await mesh.ask(id, ...wait);
    equal(code, 0, stderr);
  }
  for (const id of ids) await elected(mesh, id);
}

async function untilLed(mesh: TestMesh, id: string, leaderId: string): Promise<ElectionView> {
  return await until(
    `${id} follow ${leaderId}`,
    () => statusAt(mesh, id),
    (view) => view.leaderId === leaderId && view.authority === "quorum",
  );
}

/** How the node sees its leader, whatever the exit code says of that. */
async function statusAt(mesh: TestMesh, id: string): Promise<ElectionView> {
  const { stdout, stderr } = await mesh.ask(id, "election", "status", "--json");
  if (stdout === "") throw new Error(`Cannot ask ${id} who leads: ${stderr}`);
  return JSON.parse(stdout);
}

Deno.test("three nodes elect the best of them, agree on it, and explain it by what each can do", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path, "standard");
  await using held = new AsyncDisposableStack();
  const startFirst = () => held.use(mesh.start("n0", ...CELL, "--capability", "compute=1"));
  let leading = startFirst();
  await elected(mesh, "n0");
  for (const [id, able] of Object.entries(ABLE)) held.use(mesh.start(id, ...CELL, ...able));
  for (let tries = 1;; tries++) {
    const { winner, lateMs } = await electAfter(mesh, leading);
    if (winner === "n2") break;
    // Members take turns, and a machine that is late by a turn may be late for the best one's.
    ok(
      winner === "n1" && lateMs >= SLOT_MS,
      `${winner} won, and the machine was ${lateMs} ms late`,
    );
    ok(tries < LATE_TRIES, `the machine was late for each of ${tries} elections`);
    leading = startFirst();
  }

  const first = await untilLed(mesh, "n1", "n2");
  deepEqual([first.cell, first.state], ["red", "follower"]);
  ok(first.leaseMs! >= 0 && first.leaseMs! <= 6_000, `${first.leaseMs}`);
  ok(Math.abs(Date.now() - Date.parse(first.since!)) < 60_000);
  deepEqual(first.members.map(({ nodeId }) => nodeId), ["n0", "n1", "n2", "n3"]);
  for (const id of ["n2", "n3"]) {
    const { term, state } = await untilLed(mesh, id, "n2");
    deepEqual([term, state], [first.term, id === "n2" ? "leader" : "follower"]);
  }
  checkExplanation(await mesh.json("n1", "election", "explain"));
  const text = (await mesh.ask("n1", "election", "explain")).stdout;
  match(text, /^n2 leads red in term \d+, quorum\ntechnical-dominant: total = 0\.3 compute \+/);

  await mesh.until("n1", "n2", "leader", ({ role, term }) => role === "leader" && term! > 0);
  const nodes: NodeView[] = await mesh.json("n1", "nodes");
  equal(nodes.find(({ self }) => self)?.role, "member");
  const status = await mesh.json("n1", "node", "status");
  deepEqual([status.cell, status.leaderId, status.authority], ["red", "n2", "quorum"]);
  ok(status.rejected["election.stale"] >= 0);
});

/** The one who led before is killed once all are connected, so that all of them take part. */
async function electAfter(mesh: TestMesh, leading: TestProcess) {
  await untilAllKnow(mesh, ["n1", "n2", "n3"]);
  for (const [one, other] of [["n1", "n2"], ["n2", "n3"], ["n3", "n1"]] as const) {
    await mesh.untilConnected(one, other, ELECTED_MS);
    await mesh.untilConnected(other, one, ELECTED_MS);
  }
  const order = await mesh.ask("n1", ...ORDER);
  equal(order.code, 0, order.stderr);
  for (const id of ["n1", "n2", "n3"]) await untilLed(mesh, id, "n0");
  using lateness = new Lateness();
  leading.signal("SIGKILL");
  const { leaderId: winner } = await until(
    "n1 follow somebody else with quorum",
    () => statusAt(mesh, "n1"),
    ({ leaderId, authority }) =>
      leaderId !== undefined && leaderId !== "n0" && authority === "quorum",
  );
  return { winner, lateMs: lateness.ms };
}

function checkExplanation({ winner, ranking, candidates }: ExplanationView): void {
  deepEqual([winner, ranking], ["n2", "technical-dominant"]);
  const byId = new Map(candidates.map((candidate) => [candidate.nodeId, candidate]));
  const parts = (
    { compute, communication, sensors, power }: CandidateView,
  ) => [compute, communication, sensors, power];
  deepEqual(parts(byId.get("n1")!), [0.5, 0.8, 0, 1]);
  deepEqual(parts(byId.get("n2")!), [0.9, 0.6, 0, 1]);
  deepEqual(parts(byId.get("n3")!), [1, 0, 0.25, 1]);
  for (const { total, reliability, ...its } of candidates) {
    const byHand = 0.3 * its.compute + 0.25 * its.communication + 0.2 * its.sensors +
      0.15 * its.power + 0.1 * reliability;
    ok(Math.abs(total - byHand) < 1e-9, `${its.nodeId}: ${total} is not ${byHand}`);
  }
  const { n0, n1, n2, n3 } = Object.fromEntries(
    candidates.map(({ nodeId, reason }) => [nodeId, reason]),
  );
  const total = (nodeId: string) => byId.get(nodeId)!.total;
  match(n0!, /^(absent|not connected) when the leader was elected$|^lost to n2 by /);
  equal(n1, `lost to n2 by ${(total("n2") - total("n1")).toFixed(2)}`);
  match(n2!, new RegExp(`^won: ${total("n2").toFixed(2)} is the highest of [23]$`));
  equal(n3, "it is an observer");
}

Deno.test("a watcher sees the leader go and the next one come", async () => {
  await using folder = await temporaryFolder();
  await using three = await startThree(folder.path);
  const { mesh, nodes, leaderId, nextId } = three;
  await using watcher = startPeat([
    ...["election", "watch", "-o", "ndjson", "-v", "--duration", "60s"],
    ...["--data-dir", mesh.dataDir("n3"), "--runtime-dir", mesh.runtimeDir],
  ]);
  await watcher.line(new RegExp(`watching red, which ${leaderId} leads, as n3 sees it`));
  nodes[leaderId].signal("SIGKILL");
  const after = await untilLed(mesh, "n3", nextId);
  ok(after.transitions >= 2);
  const next = await watcher.line(new RegExp(`"leaderId":"${nextId}"`), { from: "stdout" });
  const change: LeaderChange = JSON.parse(next);
  deepEqual([change.type, change.cell, change.nodeId], ["leader", "red", "n3"]);
  ok(change.term! <= after.term);
  const [lost]: LeaderChange[] = watcher.stdout().trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  equal(lost!.leaderId, undefined);
  match(lost!.cause, /^(silent|voted)$/);
  await mesh.untilSeen("n3", leaderId, "lost");
  const { members } = await statusAt(mesh, "n3");
  equal(members.find(({ nodeId }) => nodeId === leaderId)?.present, false);
});

Deno.test("an operator's order makes another lead, and a step-down the next best", async () => {
  await using folder = await temporaryFolder();
  await using three = await startThree(folder.path);
  const { mesh, leaderId, nextId } = three;
  const dry = await mesh.json("n3", "election", "override", nextId, "--dry-run");
  deepEqual(dry, { cell: "red", from: leaderId, leaderId: nextId, issuer: "n3", dryRun: true });
  const unconfirmed = await mesh.ask("n3", "election", "override", nextId);
  equal(unconfirmed.code, 4);
  match(unconfirmed.stderr, /nobody has agreed to it; add --yes\n$/);
  equal((await elected(mesh, "n1")).leaderId, leaderId);

  const wait = ["--wait", "--timeout", `${ELECTED_MS}ms`];
  const order = ["election", "override", nextId, "--yes", ...wait, "--json"];
  const { code, stderr } = await mesh.ask("n3", ...order);
  equal(code, 0, stderr);
  await untilLed(mesh, leaderId, nextId);
  const { candidates }: ExplanationView = await mesh.json(leaderId, "election", "explain");
  const reason = candidates.find(({ nodeId }) => nodeId === nextId)?.reason;
  equal(reason, "won: n3 ordered it");

  const observer = await mesh.ask("n1", "election", "override", "n3", "--yes");
  equal(observer.code, 1);
  match(observer.stderr, /cannot order n3 to lead red: it is an observer/);
  const stranger = await mesh.ask("n1", "election", "override", "n11", "--yes", "--json");
  equal(stranger.code, 1);
  equal(JSON.parse(stranger.stderr).error.code, "not-a-member");

  // At the leader itself, and then at somebody else.
  await mesh.json(nextId, "election", "step-down", "--yes");
  await untilLed(mesh, "n3", leaderId);
  const stepped = await mesh.json("n3", "election", "step-down", "--yes");
  deepEqual([stepped.from, stepped.leaderId], [leaderId, nextId]);
  await untilLed(mesh, "n3", nextId);

  const audit = (id: string) => Deno.readTextFileSync(`${mesh.dataDir(id)}/audit.ndjson`);
  const ordered = `"event":"election.ordered","details":{"cell":"red","from":"${leaderId}"`;
  ok(audit("n3").includes(ordered), audit("n3"));
  match(audit("n2"), /"event":"election.orderTaken","details":\{.*"issuer":"n3"/);
  const intact = await runPeat(["formation", "audit", "--data-dir", mesh.dataDir("n3")]);
  equal(intact.code, 0, intact.stdout);
});

Deno.test("a member without the right to give orders sends none", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path, { profile: PATIENT });
  const formation = new EnrolledFormation("alpha");
  formation.enrol("n1", mesh.dataDir("n1"));
  formation.enrol("n2", mesh.dataDir("n2"));
  await using _first = mesh.start("n1", ...CELL);
  await using _second = mesh.start("n2", ...CELL);
  await untilAllKnow(mesh, ["n1", "n2"]);
  const { leaderId } = await elected(mesh, "n1");
  for (const order of [["override", "n1", "--dry-run"], ["step-down", "--yes"]]) {
    const { code, stderr } = await mesh.ask("n1", "election", ...order);
    equal(code, 3, stderr);
    match(stderr, /n1 is its formation's member, and only an operator or admin gives orders/);
  }
  equal((await elected(mesh, "n2")).leaderId, leaderId);
});

Deno.test("what election status exits with tells who leads by which right", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const wait = ["--wait", "--timeout", `${ELECTED_MS}ms`];
  const waiting = mesh.askEarly("n1", "election", "status", ...wait, "--json");
  await using first = mesh.start("n1", ...CELL);
  await first.line(/^ready/);
  // A node that runs alone is more than half of its cell; it was waited for before it ran.
  const waited = await waiting;
  equal(waited.code, 0, waited.stderr);
  equal(JSON.parse(waited.stdout).leaderId, "n1");
  // In an open mesh nobody is connected, so each member leads without the others.
  await using _second = mesh.start("n2", ...CELL);
  await mesh.untilSeen("n1", "n2", "alive");
  await until(
    "election status exit with 6",
    () => mesh.ask("n1", "election", "status", "--json"),
    ({ code }) => code === 6,
  );
  const vain = await mesh.ask("n1", "election", "status", "--wait=quorum", "--timeout", "300ms");
  equal(vain.code, 5);
  match(vain.stderr, /cannot wait longer for quorum: (n1 leads without quorum|nobody leads red)/);
  const open = await mesh.ask("n1", "election", "override", "n2", "--yes");
  equal(open.code, 2, open.stderr);
  match(open.stderr, /n1 is in no formation, so nobody can check who orders it/);

  await using _loner = mesh.start("n4");
  await mesh.untilSeen("n1", "n4", "alive");
  const none = await mesh.ask("n4", "election", "status");
  equal(none.code, 1);
  match(
    none.stderr,
    /^peat: cannot tell who leads at n4: it is in no cell; run it with --cell ID\n$/,
  );
  const nowhere = await mesh.ask("n5", "election", "status", "--wait", "--timeout", "200ms");
  equal(nowhere.code, 5);
  match(nowhere.stderr, /cannot wait longer for leader: no node is running after 200ms/);
});
