import assert from "node:assert/strict";
import type { AssignmentView } from "../../../src/control/assignment_contract.ts";
import type { CellsView, CellView, SummaryView } from "../../../src/control/cell_contract.ts";
import { ControlClient } from "../../../src/control/client.ts";
import type { NodeStatus, NodeView } from "../../../src/control/contract.ts";
import type { ExplanationView, LeaderChange } from "../../../src/control/election_contract.ts";
import { BACKLOG_LIMIT, EventFeed } from "../../../src/control/event_feed.ts";
import { runningNodes } from "../../../src/control/locate.ts";
import { liveNodeIds } from "../../../src/control/node_ids.ts";
import { listAnnounced, openRuntimeDirectory } from "../../../src/control/registry.ts";
import { ControlServer } from "../../../src/control/server.ts";
import { listDocuments, readDocument, writeDocuments } from "../../../src/control/state_client.ts";
import type { DocumentView } from "../../../src/control/state_contract.ts";
import type { StateService } from "../../../src/control/state_routes.ts";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { notPermitted } from "../../../src/core/kernel/refusals.ts";
import {
  askHolders,
  askQuery,
  changeCapability,
  listCapabilities,
} from "../../../src/control/capability_client.ts";
import { loneDesk } from "./lone_desk.ts";

const VIEW: NodeView = {
  nodeId: "self",
  self: true,
  level: 0,
  state: "alive",
  lastSeenMs: 0,
  capabilities: [],
  version: "1",
  boot: 1,
};

const EXPLANATION: ExplanationView = {
  cell: "alpha",
  term: 3,
  ranking: "technical-dominant",
  weights: { compute: 0.3 },
  candidates: [],
};

const CHANGE: LeaderChange = {
  type: "leader",
  ts: "2026-05-04T12:00:00.000Z",
  nodeId: "self",
  cell: "alpha",
  cause: "started",
};

const DOCUMENT: DocumentView = {
  collection: "notes",
  id: "plan-1",
  generation: 2,
  changes: 1,
  sizeBytes: 80,
  writtenAt: "2026-05-04T12:00:00.000Z",
  writers: ["self"],
  heldBy: [],
  value: { route: "north" },
};

const STATE: StateService = {
  documents: () => Promise.resolve([DOCUMENT]),
  document: (key) => Promise.resolve({ ...DOCUMENT, id: key.split("/")[1]! }),
  write: ({ writes }) =>
    Promise.resolve(writes.map(({ key }) => ({
      collection: "notes",
      id: key.split("/")[1]!,
      changed: true,
      acknowledgedBy: [],
    }))),
};

const REFUSED = { code: "not-permitted", hint: "ask elsewhere" };

interface Fixture {
  readonly folder: string;
  readonly socket: string;
  readonly events: EventFeed;
  readonly stops: () => number;
}

const SUMMARY: SummaryView = {
  cell: "alpha",
  members: 1,
  operational: 1,
  casualties: 0,
  health: "nominal",
  readiness: 0.5,
  capabilities: [{ type: "communication", contributors: 1, confidence: 0.9 }],
};

const CELLS: CellsView = {
  nodeId: "self",
  heardFrom: 1,
  ofNodes: 1,
  cells: [SUMMARY],
  together: SUMMARY,
};

const CELL: CellView = {
  cell: "alpha",
  nodeId: "self",
  state: "failed",
  policy: "hybrid",
  policySetBy: "scout-1",
  policyAgreed: true,
  readiness: 0.5,
  missing: ["somebody with sensor"],
  gaps: ["sensor"],
  summary: SUMMARY,
  size: 1,
  members: [{ nodeId: "self", present: true, role: "leader", fitness: 1 }],
};

const ASSIGNMENT: AssignmentView = {
  nodeId: "drone-7",
  cell: "red",
  state: "failed",
  issuer: "self",
  since: "2026-05-04T12:01:00.000Z",
  reason: "timedOut",
  member: true,
  missingPeers: ["drone-1"],
  issuedAt: "2026-05-04T12:00:00.000Z",
  timeoutMs: 60_000,
};

/** No answer here takes long, unless the machine does much else. */
const PATIENCE_MS = 15_000;

async function withServer(test: (fixture: Fixture) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const socket = `${folder}/control.sock`;
  const events = new EventFeed();
  let stops = 0;
  const server = ControlServer.open(socket, {
    status: () => ({ nodeId: "self" }) as NodeStatus,
    nodes: () => [VIEW, { ...VIEW, nodeId: "gone", state: "lost" }],
    move: (position) => ({ nodeId: "self", position, geohash: "u33db" }),
    setPower: (power) => ({ nodeId: "self", ...power }),
    stop: () => ({ nodeId: "self", pid: ++stops, dataDir: folder }),
    election: () => {
      throw new OperatingError("Cannot tell who leads at self: it is in no cell", {
        code: "no-cell",
        hint: "run it with --cell ID",
      });
    },
    explanation: () => EXPLANATION,
    state: STATE,
    leaderChanges: () => [CHANGE],
    orderLeader: ({ nodeId, isDryRun }) => {
      if (!isDryRun) throw notPermitted("Cannot order who leads: it is a member", REFUSED);
      return {
        cell: "alpha",
        issuer: "self",
        dryRun: true,
        ...(nodeId ? { leaderId: nodeId } : {}),
      };
    },
    cell: () => CELL,
    cells: () => CELLS,
    assignments: () => [ASSIGNMENT],
    assign: (request) => {
      const { isDryRun, peers, ...terms } = request;
      if (!isDryRun) throw notPermitted("Cannot assign nodes to cells: it is a member", REFUSED);
      return {
        ...terms,
        peers: peers.map(({ nodeId, addresses }) => ({ nodeId, addresses: [...addresses] })),
        issuer: "self",
        reachable: false,
        dryRun: true,
      };
    },
    orderPolicy: ({ policy, isDryRun }) => ({
      cell: "alpha",
      from: "hybrid",
      policy,
      issuer: "self",
      ...(isDryRun ? { dryRun: true } : {}),
    }),
    approve: (isDryRun) => {
      if (!isDryRun) throw notPermitted("Cannot order who leads: it is a member", REFUSED);
      return { cell: "alpha", issuer: "self", dryRun: true };
    },
    capabilities: loneDesk([{ type: "sensor", name: "eye", confidence: 0.5 }]),
    events,
  });
  try {
    await test({ folder, socket, events, stops: () => stops });
  } finally {
    events.close();
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a client asks over the socket, which only its owner can open", () =>
  withServer(async ({ socket, stops }) => {
    assert.equal((Deno.statSync(socket).mode ?? 0) & 0o777, 0o600);
    const client = new ControlClient(socket, PATIENCE_MS);
    const views = await client.nodes();
    assert.deepEqual(views[0], VIEW);
    await client.stop();
    assert.equal(stops(), 1);
  }));

Deno.test("a node is told where it is, and a place that is none is refused", () =>
  withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    const position = { latitude: -52.5, longitude: 13.4, altitude: -3 };
    assert.deepEqual((await client.move(position)).position, position);
    await assert.rejects(() => client.move({ latitude: 91, longitude: 0 }), /it answered 400/);
    await assert.rejects(() => client.move({ latitude: NaN, longitude: 0 }), /it answered 400/);
  }));

Deno.test("a node is told what feeds it, and a charge that is none is refused", () =>
  withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    assert.deepEqual(await client.setPower({ batteryPercent: 7 }), {
      nodeId: "self",
      batteryPercent: 7,
    });
    assert.deepEqual(await client.setPower({ onMains: true }), { nodeId: "self", onMains: true });
    await assert.rejects(() => client.setPower({ batteryPercent: 101 }), /it answered 400/);
  }));

Deno.test("what a node refuses comes with its reason, its hint and what to exit with", () =>
  withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    await assert.rejects(() => client.election(), {
      message: "Cannot tell who leads at self: it is in no cell",
      code: "no-cell",
      hint: "run it with --cell ID",
      exitCode: undefined,
    });
    await assert.rejects(() => client.override("n2", false), { ...REFUSED, exitCode: 3 });
    await assert.rejects(() => client.stepDown(false), { ...REFUSED, exitCode: 3 });
    await assert.rejects(() => client.override("-", true), /it answered 400/);
  }));

Deno.test("a node is asked why somebody leads, who led, and whether an order would be done", () =>
  withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    assert.deepEqual(await client.explanation(), EXPLANATION);
    assert.deepEqual(await client.leaderChanges(), [CHANGE]);
    const asked = { cell: "alpha", issuer: "self", dryRun: true };
    assert.deepEqual(await client.override("n2", true), { ...asked, leaderId: "n2" });
    assert.deepEqual(await client.stepDown(true), asked);
  }));

Deno.test("an answer that breaks the contract is refused and the field is named", () =>
  withServer(async ({ socket }) => {
    await assert.rejects(() => new ControlClient(socket, PATIENCE_MS).status(), {
      code: "node-answer-unreadable",
      message: /^Cannot read the node's answer: level: /,
    });
  }));

Deno.test("events reach every reader, and a reader may leave at any time", () =>
  withServer(async ({ socket, events }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    const leave = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of client.events(leave.signal)) {
        seen.push(event.type);
        if (seen.length === 2) leave.abort();
      }
    })();
    while (events.readers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    events.publish({ type: "peerFound", ts: "now" });
    events.publish({ type: "somethingNewer", ts: "now", nodeId: "x" });
    await reading;
    assert.deepEqual(seen, ["peerFound", "somethingNewer"]);
  }));

Deno.test("a reader that falls behind is told so, dropped and counted", async () => {
  const feed = new EventFeed();
  const stream = feed.subscribe();
  for (let index = 0; index < BACKLOG_LIMIT + 5; index++) feed.publish({ type: "tick", ts: "now" });
  assert.equal(feed.dropped, 1);
  assert.equal(feed.readers, 0);
  const lines = (await new Response(stream).text()).trimEnd().split("\n");
  assert.equal(lines.length, BACKLOG_LIMIT);
  assert.equal(JSON.parse(lines.at(-1) ?? "").type, "fellBehind");
});

Deno.test("no socket and a dead socket are told apart", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/control.sock`;
    await assert.rejects(
      () => new ControlClient(path, PATIENCE_MS).nodes(),
      /there is no socket at/,
    );
    Deno.listen({ transport: "unix", path }).close();
    const left = `${folder}/left.sock`;
    const listener = Deno.listen({ transport: "unix", path: left });
    Deno.renameSync(left, `${folder}/dead.sock`);
    listener.close();
    await assert.rejects(
      () => new ControlClient(`${folder}/dead.sock`, PATIENCE_MS).nodes(),
      /nobody listens on .* any more/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a node that does not answer in time ends the question with 5", async () => {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ transport: "unix", path: `${folder}/mute.sock` });
  const accepted = listener.accept();
  await assert.rejects(() => new ControlClient(`${folder}/mute.sock`, 50).nodes(), {
    code: "timed-out",
    exitCode: 5,
  });
  (await accepted).close();
  listener.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("running nodes are found by their announcements, and killed ones are passed over", () =>
  withServer(async ({ folder, socket }) => {
    const runtimeDir = `${folder}/run`;
    openRuntimeDirectory(runtimeDir);
    const run = { pid: 1, nodeId: "self", socket, dataDir: folder, startedAt: "now" };
    Deno.writeTextFileSync(`${runtimeDir}/1.json`, JSON.stringify(run));
    const dead = { ...run, pid: 2, socket: `${folder}/dead.sock` };
    Deno.writeTextFileSync(`${runtimeDir}/2.json`, JSON.stringify(dead));
    Deno.writeTextFileSync(`${runtimeDir}/3.json`, "{ half");
    assert.equal(listAnnounced(runtimeDir).length, 2);
    const which = { runtimeDir, env: () => folder };
    assert.deepEqual(await runningNodes(which), [run]);
    assert.deepEqual(await liveNodeIds(PATIENCE_MS, which), ["self"]);
  }));

Deno.test("announcements in a directory that others can write to are not believed", async () => {
  const folder = await Deno.makeTempDir();
  Deno.chmodSync(folder, 0o777);
  Deno.writeTextFileSync(`${folder}/1.json`, "{}");
  assert.deepEqual(listAnnounced(folder), []);
  assert.throws(() => openRuntimeDirectory(folder), /is open to other users/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a node tells how far its cell is, and who may approve it", async () => {
  await withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    assert.deepEqual(await client.cell(), CELL);
    assert.deepEqual(await client.cells(), CELLS);
    assert.deepEqual(await client.approve(true), { cell: "alpha", issuer: "self", dryRun: true });
    const ordered = { cell: "alpha", from: "hybrid", policy: "contextual", issuer: "self" };
    assert.deepEqual(await client.orderPolicy("contextual", false), ordered);
    await assert.rejects(client.orderPolicy("majority", false), { message: /answered 400/ });
    await assert.rejects(client.approve(false), { message: /it is a member/ });
  });
});

Deno.test("an assignment goes over the socket as it was asked for, and refusals come back whole", () =>
  withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    assert.deepEqual(await client.assignments(), [ASSIGNMENT]);
    const peers = [
      { nodeId: "drone-1", addresses: ["10.0.0.1:11205", "[fe80::1]:9"] },
      { nodeId: "drone-2", addresses: [] },
    ];
    const wanted = { nodeId: "drone-7", cell: "red", peers, timeoutMs: 5_000 };
    assert.deepEqual(await client.assign({ ...wanted, isDryRun: true }), {
      ...wanted,
      issuer: "self",
      reachable: false,
      dryRun: true,
    });
    await assert.rejects(client.assign({ ...wanted, isDryRun: false }), { exitCode: 3 });
    const spoiled = [
      { nodeId: "drone 7" },
      { cell: "" },
      { timeoutMs: 0 },
      { timeoutMs: 3_600_001 },
      { peers: [{ nodeId: "drone-1", addresses: ["relay.example:1"] }] },
      { peers: Array.from({ length: 17 }, (_, index) => ({ nodeId: `n${index}`, addresses: [] })) },
    ];
    for (const change of spoiled) {
      const request = { ...wanted, ...change, isDryRun: true };
      await assert.rejects(
        client.assign(request),
        { code: "node-refused" },
        JSON.stringify(change),
      );
    }
  }));

Deno.test("documents are listed, read and written, and a request that makes no sense is refused", async () => {
  await withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    const { value: _, ...summary } = DOCUMENT;
    assert.deepEqual(await listDocuments(client, "notes"), [summary]);
    assert.deepEqual(await readDocument(client, "notes/plan 1&2"), { ...DOCUMENT, id: "plan 1&2" });
    const edits = [{ kind: "put" as const, value: { text: "ä".repeat(1_000) } }];
    const [written] = await writeDocuments(client, { writes: [{ key: "notes/x", edits }] });
    assert.deepEqual(written, { collection: "notes", id: "x", changed: true, acknowledgedBy: [] });
    await assert.rejects(writeDocuments(client, { writes: [] }), /Cannot write documents: /);
  });
});

Deno.test("queries and changes of capabilities pass whatever characters they have", async () => {
  await withServer(async ({ socket }) => {
    const client = new ControlClient(socket, PATIENCE_MS);
    const { query, results } = await askQuery(
      client,
      'name:"a&b=c #ü"* OR type:sensor LIMIT 1',
    );
    assert.equal(query, 'name:"a&b=c #ü"* OR type:sensor LIMIT 1');
    assert.deepEqual(results.map(({ nodeId }) => nodeId), ["self"]);
    const { changed } = await changeCapability(client, ["set", "sensor:eye=1,note=a&b+c d"], false);
    assert.deepEqual(changed[0]?.metadata, { note: "a&b+c d" });
    assert.deepEqual((await listCapabilities(client)).capabilities, changed);
    assert.deepEqual((await askHolders(client, 50)).holders, []);
    await assert.rejects(askQuery(client, "type:"), /at character 6: expected a value for type/);
  });
});
