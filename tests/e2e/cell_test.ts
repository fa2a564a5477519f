/** Cells of real nodes: how far they are, who approves them, and how members change cells. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { CellView, SummaryView } from "../../src/control/cell_contract.ts";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

const ABLE = ["--capability", "communication:radio=0.9", "--capability", "sensor:camera=0.9"];
/** A cell parts and merges in steps of their own time each. */
const SETTLED_MS = 120_000;

/** How a node sees its cell, whatever the exit code says of it; undefined while it is in none. */
async function cellAt(mesh: TestMesh, id: string): Promise<CellView | undefined> {
  const { stdout } = await mesh.ask(id, "cell", "status", "--json");
  return stdout === "" ? undefined : JSON.parse(stdout);
}

/** Waits until all see what is wanted of their cells, and answers how they see them. */
async function untilAll(
  mesh: TestMesh,
  ids: readonly string[],
  isWanted: (views: CellView[]) => boolean,
): Promise<CellView[]> {
  const seen = await until(
    "what is wanted of the cells",
    async () => {
      // One at a time: whoever asks all the time starves those that it asks.
      const views: (CellView | undefined)[] = [];
      for (const id of ids) views.push(await cellAt(mesh, id));
      return views;
    },
    (views) => {
      const known = views.filter((view) => view !== undefined);
      return known.length === ids.length && isWanted(known);
    },
    SETTLED_MS,
  );
  return seen.map((view) => view!);
}

Deno.test("a cell of five that is to have four at most parts in two, and each node stays in its part", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using held = new AsyncDisposableStack();
  const ids = ["n1", "n2", "n3", "n4", "n5"];
  const start = (id: string) =>
    held.use(mesh.start(id, "--cell", "red", "--cell-size", "2-4", ...ABLE));
  const nodes = new Map(ids.map((id) => [id, start(id)]));
  const views = await untilAll(mesh, ids, (all) => {
    const cells = Map.groupBy(all, ({ cell }) => cell);
    return all.map(({ size }) => size).sort().join() === "2,2,3,3,3" &&
      all.every(({ cell, size, members, leaderId }) =>
        leaderId !== undefined && size === cells.get(cell)!.length &&
        members.every(({ present }) => present)
      );
  });
  deepEqual([views[0]!.least, views[0]!.most], [2, 4]);
  const moved = views.find(({ cell }) => cell !== "red")!;
  match(moved.cell, /^red-\d+$/);
  equal((await mesh.json(moved.nodeId, "node", "status")).cell, moved.cell);

  await nodes.get(moved.nodeId)!.stop();
  start(moved.nodeId);
  const [again] = await untilAll(mesh, [moved.nodeId], ([view]) => view!.leaderId !== undefined);
  equal(again!.cell, moved.cell);
});

Deno.test("a cell waits for a person's approval, and any member's operator gives it", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using held = new AsyncDisposableStack();
  const ids = ["n1", "n2", "n3"];
  for (const id of ids) held.use(mesh.start(id, "--cell", "red", ...ABLE));
  await untilAll(
    mesh,
    ids,
    (all) => all.every(({ state, size }) => state === "awaiting-approval" && size === ids.length),
  );
  const refused = await mesh.ask("n2", "cell", "approve");
  ok(refused.code !== 0, "it asked nobody");
  const { code, stderr } = await mesh.ask("n2", "cell", "approve", "--yes");
  equal(code, 0, stderr);
  const views = await untilAll(mesh, ids, (all) => all.every(({ state }) => state === "ready"));
  deepEqual(views.map(({ approvedBy }) => approvedBy), ["n2", "n2", "n2"]);
  for (const id of ids) {
    const audit = await Deno.readTextFile(`${mesh.dataDir(id)}/audit.ndjson`);
    match(audit, /"cell\.approvalTaken"[^\n]*"issuer":"n2"/);
  }
  const { code: ready, stdout } = await mesh.ask("n1", "cell", "status");
  equal(ready, 0);
  match(stdout, /^state +ready$/m);
});

Deno.test("cells say what they come to, and who is lost counts", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using held = new AsyncDisposableStack();
  const start = (id: string, cell: string, ...more: string[]) =>
    held.use(mesh.start(id, "--cell", cell, ...ABLE, ...more));
  start("n1", "red", "--position", "-17.8,179.99");
  const lost = start("n2", "red", "--position", "-17.8,-179.99");
  start("n3", "blue");
  await untilAll(mesh, ["n1", "n2"], (all) => all.every(({ size }) => size === 2));
  await mesh.json("n1", "node", "power", "80");
  await mesh.json("n2", "node", "power", "40");
  await untilAll(
    mesh,
    ["n1"],
    ([view]) => view!.summary.operational === 2 && view!.summary.powerPercent === 60,
  );
  await mesh.until("n1", "n3", "alive", ({ state }) => state === "alive", SETTLED_MS);
  const { cells, together } = await mesh.json("n1", "cell", "ls");
  deepEqual(cells.map(({ cell, members }: SummaryView) => [cell, members]), [["blue", 1], [
    "red",
    2,
  ]]);
  deepEqual([together.members, together.operational, together.cell], [3, 3, undefined]);
  const [, red] = cells;
  ok(Math.abs(red.center.longitude) > 179.9 && red.radiusMeters < 2_000, JSON.stringify(red));
  ok(red.bounds.west > red.bounds.east, JSON.stringify(red.bounds));
  lost.signal("SIGKILL");
  await untilAll(mesh, ["n1"], ([view]) => view!.summary.casualties === 1);
  const { stdout } = await mesh.ask("n1", "cell", "status");
  match(stdout, /^operational +1 of 2, 1 lost$/m);
  match(stdout, /^power +80%$/m);
  match((await mesh.ask("n1", "cell", "ls")).stdout, /^together 2 of 3, 1 lost; heard from/m);
});

Deno.test("nodes of one place gather in a cell of their own, and a node without a cell says so", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using held = new AsyncDisposableStack();
  const start = (id: string, position: string) =>
    held.use(mesh.start(id, "--cell", "auto", "--position", position));
  start("n1", "52.52,13.405");
  start("n2", "52.52,13.405");
  start("n3", "48.1,11.5");
  const views = await untilAll(mesh, ["n1", "n2"], (all) => all.every(({ size }) => size === 2));
  equal(views[0]!.cell, views[1]!.cell);
  match(views[0]!.cell, /^geo-u33dc0c$/);
  const { code, stderr } = await mesh.ask("n3", "cell", "status");
  equal(code, 1);
  match(stderr, /n3: it is in no cell/);
});
