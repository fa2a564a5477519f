/** Real nodes whose wall clocks are years off, and what they make of each other's certificates. */
import { equal, match, ok } from "node:assert/strict";
import { compile } from "../lab/compile.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { temporaryFolder } from "./harness.ts";
import { Lateness } from "./lateness.ts";
import { TestMesh } from "./mesh.ts";
import { until } from "./until.ts";

const YEAR_SECONDS = 365 * 24 * 3_600;
const HOUR_MS = 3_600_000;

/** What makes the process believe that it is another year. */
async function clockOff(years: number): Promise<Record<string, string>> {
  const library = await compile("wrong_clock.c", ["-shared", "-fPIC"]);
  return { LD_PRELOAD: library, WRONG_CLOCK_SECONDS: String(years * YEAR_SECONDS) };
}

Deno.test("nodes whose clocks are years off join a shared formation", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using right = mesh.start("right");
  await using early = mesh.startWith(await clockOff(-10), "early");
  await using late = mesh.startWith(await clockOff(10), "late");
  await using lost = mesh.startWith(await clockOff(30), "lost");
  await Promise.all([right, early, late, lost].map((node) => node.line(/^ready/)));
  const ids = ["right", "early", "late", "lost"];
  for (const one of ids) {
    for (const other of ids) if (one !== other) await mesh.untilConnected(one, other);
  }
  // Nothing in a shared formation proves more than when its keys were made.
  const { clock } = await mesh.json("early", "node", "status");
  ok(clock.offsetMs > 9.9 * YEAR_SECONDS * 1_000, JSON.stringify(clock));
});

Deno.test("a member whose certificate ends while it is connected is out within seconds", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path, { profile: "standard" });
  const alpha = new EnrolledFormation("alpha");
  alpha.enrol("first", mesh.dataDir("first"));
  const startedAt = performance.now();
  await using first = mesh.start("first", "--output", "ndjson");
  await first.line(/"ready"/, { from: "stdout" });
  // Long enough for one more node to start and to be met, however slow this machine is now.
  const startedMs = Math.round(performance.now() - startedAt);
  const expiresAtMs = Date.now() + 8_000 + 4 * startedMs;
  alpha.enrol("brief", mesh.dataDir("brief"), { expiresAtMs });
  await using brief = mesh.start("brief");
  await brief.line(/^ready/);
  // Read from what it says, since whoever asks may come when it is over already.
  await first.line(/"peerConnected".*"nodeId":"brief"/, { from: "stdout" });
  await new Promise((resolve) => setTimeout(resolve, expiresAtMs - Date.now()));
  using lateness = new Lateness();
  const { ts } = JSON.parse(await first.line(/"peerExpired"/, { from: "stdout" }));
  // A beacon of its holds good for thirty seconds, and its last one came just now.
  const afterMs = Date.parse(ts) - expiresAtMs;
  ok(afterMs < 5_000 + lateness.ms, `${afterMs} ms after its end`);
  await mesh.untilKnown("first", ["first"]);
  await mesh.untilRejected("first", "expired", 3);
  equal((await mesh.json("first", "nodes")).length, 1);
});

Deno.test("a node whose clock is years off judges certificates by its formation's time", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = new EnrolledFormation("alpha");
  const expiresAtMs = Date.now() + 30 * 24 * HOUR_MS;
  for (const id of ["first", "second", "early", "late"]) {
    alpha.enrol(id, mesh.dataDir(id), { expiresAtMs });
  }
  alpha.enrol("expired", mesh.dataDir("expired"), { expiresAtMs: Date.now() + 1_000 });
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await using early = mesh.startWith(await clockOff(-10), "early");
  await using late = mesh.startWith(await clockOff(10), "late");
  // Its own clock says that it still has years to go.
  await using expired = mesh.startWith(await clockOff(-10), "expired");
  await Promise.all([first, second, early, late, expired].map((node) => node.line(/^ready/)));

  for (const id of ["early", "late"]) {
    for (const other of ["first", "second"]) {
      await mesh.untilConnected(id, other);
      await mesh.untilConnected(other, id);
    }
    await mesh.untilRejected(id, "expired", 3);
    const known = (await mesh.json(id, "nodes")).map(({ nodeId }: { nodeId: string }) => nodeId);
    ok(!known.includes("expired"), known.join());
    const clock = await untilByMembers(mesh, id);
    const off = Math.round(clock.offsetMs / 1_000 / YEAR_SECONDS);
    equal(off, id === "early" ? 10 : -10);
  }
  const { stdout } = await mesh.ask("late", "node", "status");
  match(stdout, /^clock +3650d?.* fast, by \d other members$/m);
  await untilByMembers(mesh, "first");
});

/** Waits until the node takes the time from what other members say, and answers how it does. */
async function untilByMembers(mesh: TestMesh, id: string) {
  const { clock } = await until(
    `${id} take the time from other members`,
    () => mesh.status(id),
    (status) => status.clock?.basis === "members",
  );
  return clock!;
}
