/** Elections among real nodes: who leads, why, and what operators can order. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type {
  CandidateView,
  ElectionView,
  ExplanationView,
  LeaderChange,
} from "../../src/control/election_contract.ts";
import type { NodeView } from "../../src/control/contract.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { runPeat, startPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";

const CELL = ["--cell", "red"];
const ELECTED_MS = 20_000;

/** Waits until the node knows of a leader with quorum, and answers how it sees that. */
async function elected(mesh: TestMesh, id: string): Promise<ElectionView> {
  const wait = ["election", "status", "--wait=quorum", "--timeout", `${ELECTED_MS}ms`, "--json"];
  const { code, stdout, stderr } = await mesh.ask(id, ...wait);
  equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Three members with quorum, the second the best of them. */
async function startThree(folder: string) {
  const mesh = await TestMesh.ofMembers(folder);
  const held = new AsyncDisposableStack();
  const start = (id: string, ...more: string[]) => held.use(mesh.start(id, ...CELL, ...more));
  const nodes = [
    start("n1", "--capability", "compute=0.5", "--capability", "communication=0.8"),
    start("n2", "--capability", "compute=0.9", "--capability", "communication=0.6"),
    start("n3", "--capability", "compute=1", "--capability", "sensor:thermal", "--observer"),
  ] as const;
  await untilAllKnow(mesh, ["n1", "n2", "n3"]);
  return { mesh, nodes, [Symbol.asyncDispose]: () => held.disposeAsync() };
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
  const giveUpAt = performance.now() + ELECTED_MS;
  for (;;) {
    const { stdout } = await mesh.ask(id, "election", "status", "--json");
    const view: ElectionView = JSON.parse(stdout);
    if (view.leaderId === leaderId && view.authority === "quorum") return view;
    ok(performance.now() < giveUpAt, `${id} does not see ${leaderId} lead: ${stdout}`);
  }
}

Deno.test("three nodes elect the best of them, agree on it, and explain it by what each can do", async () => {
  await using folder = await temporaryFolder();
  await using three = await startThree(folder.path);
  const { mesh } = three;
  const first = await elected(mesh, "n1");
  equal(first.cell, "red");
  equal(first.state, "follower");
  ok(first.leaseMs! >= 0 && first.leaseMs! <= 600, `${first.leaseMs}`);
  ok(Math.abs(Date.now() - Date.parse(first.since!)) < 60_000);
  deepEqual(first.members.map(({ nodeId, present }) => [nodeId, present]), [
    ["n1", true],
    ["n2", true],
    ["n3", true],
  ]);
  for (const id of ["n2", "n3"]) {
    const { leaderId, term } = await elected(mesh, id);
    deepEqual([leaderId, term], [first.leaderId, first.term]);
  }
  equal(first.leaderId, "n2");
  equal((await elected(mesh, "n2")).state, "leader");

  const explanation: ExplanationView = await mesh.json("n1", "election", "explain");
  equal(explanation.winner, "n2");
  equal(explanation.ranking, "technical-dominant");
  const byId = new Map(explanation.candidates.map((its) => [its.nodeId, its]));
  // By hand: 0.30 compute + 0.25 communication + 0.20 sensors, and 0.15 + 0.10 for what is full.
  const totals = { n2: 0.27 + 0.15 + 0.25, n1: 0.15 + 0.2 + 0.25, n3: 0.3 + 0.05 + 0.25 };
  for (const [nodeId, total] of Object.entries(totals)) {
    ok(Math.abs(byId.get(nodeId)!.total - total) < 1e-9, `${nodeId}: ${byId.get(nodeId)!.total}`);
  }
  const reasons = explanation.candidates.map((
    { nodeId, reason }: CandidateView,
  ) => [nodeId, reason]);
  deepEqual(Object.fromEntries(reasons), {
    n2: "won: 0.67 is the highest of 2",
    n1: "lost to n2 by 0.07",
    n3: "it is an observer",
  });
  const text = (await mesh.ask("n1", "election", "explain")).stdout;
  match(text, /^n2 leads red in term \d+, quorum\ntechnical-dominant: total = 0\.3 compute \+/);

  await mesh.until("n1", "n2", "leader", ({ role, term }) => role === "leader" && term! > 0, 5_000);
  const nodes: NodeView[] = await mesh.json("n1", "nodes");
  equal(nodes.find(({ self }) => self)?.role, "member");
  const status = await mesh.json("n1", "node", "status");
  deepEqual([status.cell, status.leaderId, status.authority], ["red", "n2", "quorum"]);
  ok(status.rejected["election.stale"] >= 0);
});

Deno.test("a watcher sees the leader go and the next one come", async () => {
  await using folder = await temporaryFolder();
  await using three = await startThree(folder.path);
  const { mesh, nodes } = three;
  await using watcher = startPeat([
    ...["election", "watch", "-o", "ndjson", "-v", "--count", "3"],
    ...["--data-dir", mesh.dataDir("n3"), "--runtime-dir", mesh.runtimeDir],
  ]);
  await watcher.line(/watching red, which n2 leads, as n3 sees it/);
  nodes[1].signal("SIGKILL");
  const after = await untilLed(mesh, "n3", "n1");
  ok(after.transitions >= 2);
  equal(after.members.find(({ nodeId }) => nodeId === "n2")?.present, false);
  const next = await watcher.line(/"leaderId":"n1"/, { from: "stdout" });
  const change: LeaderChange = JSON.parse(next);
  deepEqual([change.type, change.cell, change.nodeId], ["leader", "red", "n3"]);
  equal(change.term, after.term);
  const lost = watcher.stdout().split("\n")[0]!;
  deepEqual(JSON.parse(lost).leaderId, undefined);
  match(JSON.parse(lost).cause, /^(silent|voted)$/);
});

Deno.test("an operator's order makes another lead, and a step-down the next best", async () => {
  await using folder = await temporaryFolder();
  await using three = await startThree(folder.path);
  const { mesh } = three;
  const dry = await mesh.json("n3", "election", "override", "n1", "--dry-run");
  deepEqual(dry, { cell: "red", from: "n2", leaderId: "n1", issuer: "n3", dryRun: true });
  const unconfirmed = await mesh.ask("n3", "election", "override", "n1");
  equal(unconfirmed.code, 4);
  match(unconfirmed.stderr, /nobody has agreed to it; add --yes\n$/);
  equal((await elected(mesh, "n1")).leaderId, "n2");

  const order = ["election", "override", "n1", "--yes", "--wait", "--json"];
  const { code, stderr } = await mesh.ask("n3", ...order);
  equal(code, 0, stderr);
  await untilLed(mesh, "n2", "n1");
  const { candidates }: ExplanationView = await mesh.json("n2", "election", "explain");
  equal(candidates.find(({ nodeId }) => nodeId === "n1")?.reason, "won: n3 ordered it");
  equal(candidates.find(({ nodeId }) => nodeId === "n2")?.reason, "n3 ordered that n1 leads");

  const observer = await mesh.ask("n1", "election", "override", "n3", "--yes");
  equal(observer.code, 1);
  match(observer.stderr, /cannot order n3 to lead red: it is an observer/);
  const stranger = await mesh.ask("n1", "election", "override", "n11", "--yes", "--json");
  equal(stranger.code, 1);
  equal(JSON.parse(stranger.stderr).error.code, "not-a-member");

  // At the leader itself, and then at somebody else.
  await mesh.json("n1", "election", "step-down", "--yes");
  await untilLed(mesh, "n3", "n2");
  const stepped = await mesh.json("n3", "election", "step-down", "--yes");
  deepEqual([stepped.from, stepped.leaderId], ["n2", "n1"]);
  await untilLed(mesh, "n3", "n1");

  const audit = (id: string) => Deno.readTextFileSync(`${mesh.dataDir(id)}/audit.ndjson`);
  match(audit("n3"), /"event":"election.ordered","details":\{"cell":"red","from":"n2"/);
  match(audit("n2"), /"event":"election.orderTaken","details":\{.*"issuer":"n3"/);
  const intact = await runPeat(["formation", "audit", "--data-dir", mesh.dataDir("n3")]);
  equal(intact.code, 0, intact.stdout);
});

Deno.test("a member without the right to give orders sends none", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
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
  const waiting = mesh.ask("n1", "election", "status", "--wait", "--timeout", "20s", "--json");
  await using first = mesh.start("n1", ...CELL);
  await first.line(/^ready/);
  // A node that runs alone is more than half of its cell; it was waited for before it ran.
  const waited = await waiting;
  equal(waited.code, 0, waited.stderr);
  equal(JSON.parse(waited.stdout).leaderId, "n1");
  // In an open mesh nobody is connected, so each member leads without the others.
  await using _second = mesh.start("n2", ...CELL);
  await mesh.untilSeen("n1", "n2", "alive");
  const degraded = await mesh.ask("n1", "election", "status", "--json");
  equal(degraded.code, 6, degraded.stdout);
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
