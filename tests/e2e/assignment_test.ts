/** Real nodes of an enrolled formation that an operator puts in cells, and others who may not. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { AssignmentView } from "../../src/control/assignment_contract.ts";
import type { CellView } from "../../src/control/cell_contract.ts";
import { CellOrders } from "../../src/daemon/cell_orders.ts";
import { FormationTime } from "../../src/security/formation_time.ts";
import { encodeFrames } from "../../src/wire/framing.ts";
import { encodePeerMessage } from "../../src/wire/peer_message.ts";
import { pieceHeaderOf } from "../unit/net/pieces.ts";
import { NO_ORIGINALS } from "../unit/wire/no_originals.ts";
import { ask, type Attacker, messageOf, tell } from "./attacker.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

/** A mesh whose nodes are in no cell, and among them one operator's. */
function prepare(folder: string, ...members: string[]) {
  const mesh = new TestMesh(folder);
  const alpha = new EnrolledFormation("alpha");
  alpha.enrol("ops", mesh.dataDir("ops"), { role: "operator" });
  const attackers = new Map(members.map((id) => [id, alpha.enrol(id, mesh.dataDir(id))]));
  return { mesh, attackers };
}

async function assignmentsAt(mesh: TestMesh, id: string): Promise<AssignmentView[]> {
  return await mesh.json(id, "node", "assignments");
}

function untilState(mesh: TestMesh, nodeId: string, state: AssignmentView["state"]) {
  return until(
    `${nodeId}'s assignment as ${state}`,
    async () => (await assignmentsAt(mesh, "ops")).findLast((view) => view.nodeId === nodeId),
    (view) => view?.state === state,
  );
}

async function cellAt(mesh: TestMesh, id: string): Promise<CellView | undefined> {
  const { stdout } = await mesh.ask(id, "cell", "status", "--json");
  return stdout === "" ? undefined : JSON.parse(stdout);
}

function auditOf(mesh: TestMesh, id: string): { event: string; details?: unknown }[] {
  const text = Deno.readTextFileSync(`${mesh.dataDir(id)}/audit.ndjson`);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("nodes of no cell that an operator assigns form one, elect, and are moved to another", async () => {
  await using folder = await temporaryFolder();
  const drones = ["d1", "d2", "d3"];
  const { mesh } = prepare(folder.path, ...drones);
  await using held = new AsyncDisposableStack();
  const nodes = ["ops", ...drones].map((id) => held.use(mesh.start(id)));
  await Promise.all(nodes.map((node) => node.line(/^ready/)));
  for (const id of drones) await mesh.untilConnected("ops", id);
  equal(await cellAt(mesh, "d1"), undefined);

  const dry = await mesh.json("ops", "node", "assign", "d1", "--cell", "red", "--dry-run");
  deepEqual(dry, {
    nodeId: "d1",
    cell: "red",
    issuer: "ops",
    timeoutMs: 60_000,
    reachable: true,
    dryRun: true,
  });
  deepEqual(await assignmentsAt(mesh, "ops"), []);

  for (const id of drones) {
    const view = await mesh.json("ops", "node", "assign", id, "--cell", "red", "--wait");
    deepEqual([view.nodeId, view.cell, view.state, view.member], [id, "red", "completed", true]);
  }
  const views = await until(
    "the three in one cell with a leader",
    () => Promise.all(drones.map((id) => cellAt(mesh, id))),
    (all) =>
      all.every((view) => view?.leaderId !== undefined && view.size === 3) &&
      new Set(all.map((view) => view!.leaderId)).size === 1,
  );
  deepEqual(views.map((view) => view!.cell), ["red", "red", "red"]);
  equal(await cellAt(mesh, "ops"), undefined, "it put itself in a cell");

  const moved = ["--cell", "blue", "--peer", "d1", "--timeout", "1m", "--wait"];
  const { code, stdout } = await mesh.ask("ops", "node", "assign", "d3", ...moved);
  equal(code, 0);
  equal(stdout, "d3 is in blue\n");
  await until("who is left in a cell", () => cellAt(mesh, "d1"), (view) => view?.size === 2);
  const table = (await mesh.ask("ops", "node", "assignments")).stdout.split("\n");
  match(table[0]!, /^NODE +CELL +STATE +ISSUER +SINCE +REASON$/);
  match(table[4]!, /^d3 +blue +completed +ops +20\S+Z +-$/);
  const [own, ...others] = await assignmentsAt(mesh, "d3");
  deepEqual([own!.cell, own!.state, own!.issuer, others], ["blue", "completed", "ops", []]);

  const issued = auditOf(mesh, "ops").filter(({ event }) => event === "cell.assigned");
  deepEqual(issued.map(({ details }) => (details as { nodeId: string }).nodeId), [...drones, "d3"]);
  const taken = auditOf(mesh, "d3").filter(({ event }) => event === "cell.assignmentTaken");
  deepEqual(taken.map(({ details }) => (details as { cell: string }).cell), ["red", "blue"]);
  equal((await mesh.json("d3", "formation", "audit")).verdict, "intact");
});

Deno.test("an assignment by a plain member is refused, and a forged one counted where it arrives", async () => {
  await using folder = await temporaryFolder();
  const { mesh, attackers } = prepare(folder.path, "d1", "mallory");
  await using first = mesh.start("d1");
  await first.line(/^ready/);
  const refused = await mesh.ask("d1", "node", "assign", "d1", "--cell", "red");
  equal(refused.code, 3);
  match(refused.stderr, /cannot assign nodes to cells: d1 is its formation's member/);

  const mallory = attackers.get("mallory")!;
  const { port } = await mesh.json("d1", "node", "status");
  const peer = await connect(mallory, attackers.get("d1")!, port);
  const message = { kind: "assign", assignment: forge(mallory) } as const;
  const frames = encodeFrames([encodePeerMessage({ kind: "assignment", message }, NO_ORIGINALS)!]);
  await peer.stream(Uint8Array.of(0, ...pieceHeaderOf(0, frames.length), ...frames));
  await mesh.untilRejected("d1", "order.notPermitted");
  equal(await cellAt(mesh, "d1"), undefined);
  deepEqual(await assignmentsAt(mesh, "d1"), []);
  await peer.close();
});

Deno.test("without a formation nobody could check, and nothing is assigned", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  await using node = mesh.start("n1");
  await node.line(/^ready/);
  const { code, stderr } = await mesh.ask("n1", "node", "assign", "n1", "--cell", "red");
  equal(code, 2);
  match(stderr, /n1 is in no formation/);
});

Deno.test("a node that comes within the time is put in the cell, and one that does not fails", async () => {
  await using folder = await temporaryFolder();
  const { mesh } = prepare(folder.path, "d1", "d2");
  await using ops = mesh.start("ops");
  await ops.line(/^ready/);
  const early = await mesh.ask("ops", "node", "assign", "d1", "--cell", "red", "--timeout", "3m");
  equal(early.code, 0);
  match(early.stderr, /warning: d1 cannot be reached now/);
  const never = await mesh.ask(
    ...["ops", "node", "assign", "d2", "--cell", "red", "--timeout", "3s", "--wait"] as const,
  );
  equal(never.code, 5, never.stderr);
  match(never.stderr, /cannot put d2 in red: the time was over, and it is no member yet/);
  deepEqual((await assignmentsAt(mesh, "ops")).map(({ state }) => state), ["pending", "failed"]);

  await using first = mesh.start("d1");
  await using second = mesh.start("d2");
  await Promise.all([first, second].map((node) => node.line(/^ready/)));
  const done = await untilState(mesh, "d1", "completed");
  equal(done!.cell, "red");
  equal((await cellAt(mesh, "d1"))!.cell, "red");
  await mesh.untilConnected("ops", "d2");
  const [, late] = await assignmentsAt(mesh, "ops");
  deepEqual([late!.state, late!.reason], ["failed", "timedOut"]);
  equal(await cellAt(mesh, "d2"), undefined);
});

Deno.test("a node that is killed in the middle goes on when it is back, and lacks a peer until that comes", async () => {
  await using folder = await temporaryFolder();
  const { mesh } = prepare(folder.path, "d1", "d2");
  await using ops = mesh.start("ops");
  await using killed = mesh.start("d1");
  await Promise.all([ops, killed].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("ops", "d1");
  // Its beacons go elsewhere, so that it is found by the order alone.
  const other = new TestMesh(folder.path);
  const order = ["--cell", "red", "--peer", `d2@127.0.0.1:${other.beaconPort}`];
  const brief = await mesh.ask(
    ...["ops", "node", "assign", "d1", ...order, "--timeout", "8s", "--wait"] as const,
  );
  equal(brief.code, 6, brief.stderr);
  equal(brief.stdout, "d1 is in red; the time was over, and it is not connected with d2\n");

  await mesh.json("ops", "node", "assign", "d1", ...order, "--timeout", "3m");
  await untilState(mesh, "d1", "inProgress");
  equal(
    (await mesh.json("d1", "nodes")).find(({ nodeId }: { nodeId: string }) => nodeId === "d2")
      .sources.join(),
    "directed",
  );
  killed.signal("SIGKILL");
  await killed.ended();
  await using again = mesh.start("d1");
  await again.line(/^ready/);
  const [resumed] = await assignmentsAt(mesh, "d1");
  deepEqual([resumed!.state, resumed!.missingPeers], ["inProgress", ["d2"]]);
  equal((await cellAt(mesh, "d1"))!.cell, "red");
  await using peer = other.start("d2");
  await peer.line(/^ready/);
  const done = await untilState(mesh, "d1", "completed");
  equal(done!.missingPeers, undefined);
  const sources = ["direct", "connection", "directed"];
  await mesh.until(
    ...["d1", "d2", `known by ${sources}`] as const,
    (view) => view.connected === true && String(view.sources) === String(sources),
  );
});

/** What a member signs that may not give orders. */
function forge({ credentials }: Attacker) {
  const time = new FormationTime(credentials, { monotonicMs: () => 0, wallMs: Date.now });
  const terms = { cellId: "red", peers: [], timeoutMs: 60_000 };
  const proof = new CellOrders(credentials, time).signAssignment("d1", terms, 0).toBase64();
  return { ...terms, nodeId: "d1", issuer: "mallory", number: 1, leftMs: 60_000, proof };
}

/** A connection of a proven member that then does as it likes. */
async function connect(attacker: Attacker, server: Attacker, port: number) {
  const peer = await attacker.dial(port);
  const client = attacker.client(server);
  const answer = await ask(peer, client.hello());
  await tell(peer, messageOf(client.handle(performance.now(), answer)));
  await peer.tell({ kind: "hello", instance: "0011223344556677" });
  return peer;
}
