import assert from "node:assert/strict";
import { ISSUED_LIMIT, UNDER_WAY_LIMIT } from "../../../../src/core/assignment/issuer.ts";
import type {
  AssignmentMessage,
  NodeAssignment,
} from "../../../../src/core/assignment/node_assignment.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { Staff } from "./staff.ts";

function both(staff: Staff, { number }: NodeAssignment): (string | undefined)[] {
  return [staff.stateAt("a", number), staff.stateAt("b", number)];
}

function statesOf(staff: Staff, name: string): string[] {
  return staff.post(name).notices.map((notice) => {
    assert.ok(notice.type === "assignment");
    return [notice.state, ...notice.reason === undefined ? [] : [notice.reason]].join(" ");
  });
}

Deno.test("an assignment goes from pending over inProgress to completed, at the node and where it was issued", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("b").isLed = false;
  const assignment = staff.assign();
  assert.equal(staff.stateAt("a", assignment.number), "pending");
  staff.runFor(100);
  assert.deepEqual(both(staff, assignment), ["inProgress", "inProgress"]);
  assert.equal(staff.viewAt("a", assignment.number)!.isMember, false);
  staff.post("b").cell = { cellId: "red", hasLeader: true };
  staff.changed("b");
  staff.runFor(100);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
  assert.equal(staff.viewAt("a", assignment.number)!.isMember, true);
  for (const name of ["a", "b"]) {
    assert.deepEqual(statesOf(staff, name), ["inProgress", "completed"]);
  }
  staff.runFor(60_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("with peers named it is completed once all are connected", () => {
  const staff = new Staff(["a", "b"]);
  const peers = [{ nodeId: "c", addresses: ["10.0.0.3:11205"] }, { nodeId: "d", addresses: [] }];
  const assignment = staff.assign({ peers });
  staff.runFor(100);
  assert.deepEqual(staff.viewAt("a", assignment.number)!.missingPeers, ["c", "d"]);
  assert.deepEqual(staff.post("b").told, [
    { kind: "join", cellId: "red" },
    {
      kind: "directed",
      event: { kind: "seen", nodeId: "c", addresses: [{ from: "10.0.0.3:11205" }] },
    },
    { kind: "directed", event: { kind: "seen", nodeId: "d", addresses: [] } },
  ]);
  staff.post("b").connected.add("c");
  staff.changed("b");
  staff.runFor(100);
  assert.deepEqual(staff.viewAt("a", assignment.number)!.missingPeers, ["d"]);
  assert.deepEqual(both(staff, assignment), ["inProgress", "inProgress"]);
  staff.post("b").connected.add("d");
  staff.changed("b");
  staff.runFor(100);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("peers that do not come in time make it fail, and are not told of any more", () => {
  const staff = new Staff(["a", "b"]);
  const assignment = staff.assign({ peers: [{ nodeId: "c", addresses: [] }] });
  staff.runFor(20_000);
  assert.deepEqual(both(staff, assignment), ["failed timedOut", "failed timedOut"]);
  const { isMember, missingPeers } = staff.viewAt("a", assignment.number)!;
  assert.deepEqual([isMember, missingPeers], [true, ["c"]]);
  assert.deepEqual(staff.post("b").told.at(-1), {
    kind: "directed",
    event: { kind: "lost", nodeId: "c" },
  });
});

Deno.test("an assignment that nobody takes fails when its time is over, and not before", () => {
  const staff = new Staff(["a", "b"]);
  staff.kill("b");
  const { number } = staff.assign();
  staff.runFor(9_999);
  assert.equal(staff.stateAt("a", number), "pending");
  staff.runFor(1);
  assert.equal(staff.stateAt("a", number), "failed timedOut");
  staff.runFor(100);
  assert.equal(staff.at("a").deadline(), NEVER);
  staff.start("b");
  staff.runFor(60_000);
  assert.equal(staff.at("b").assignee.assigned, undefined);
});

Deno.test("a node that comes within the time is told, and does it", () => {
  const staff = new Staff(["a", "b"]);
  staff.kill("b");
  const assignment = staff.assign();
  staff.runFor(5_000);
  staff.start("b");
  staff.runFor(100);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("a node that finds no leader in time fails, and says that it is no member", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("b").isLed = false;
  const assignment = staff.assign();
  staff.runFor(20_000);
  assert.deepEqual(both(staff, assignment), ["failed timedOut", "failed timedOut"]);
  assert.equal(staff.viewAt("a", assignment.number)!.isMember, false);
});

Deno.test("an earlier assignment is refused and counted, and its issuer is told that it is superseded", () => {
  const staff = new Staff(["a", "b", "c"]);
  staff.cut("a");
  const earlier = staff.assign();
  const later = staff.assign({ issuer: "c", cellId: "blue" });
  staff.runFor(1_000);
  staff.mend("a");
  staff.runFor(1_000);
  assert.equal(staff.stateAt("c", later.number), "completed");
  assert.equal(staff.stateAt("a", earlier.number), "failed superseded");
  assert.equal(staff.post("b").cell!.cellId, "blue");
  assert.equal(staff.at("b").refused["earlier"], 1);
  staff.kill("b");
  staff.start("b");
  staff.say("b", { kind: "assign", assignment: earlier });
  staff.runFor(1_000);
  assert.equal(staff.post("b").cell!.cellId, "blue", "it did not remember the later one");
});

Deno.test("a later assignment takes the place of one under way, and both issuers know", () => {
  const staff = new Staff(["a", "b", "c"]);
  staff.post("b").isLed = false;
  const earlier = staff.assign();
  staff.runFor(1_000);
  staff.post("b").isLed = true;
  const later = staff.assign({ issuer: "c", cellId: "blue" });
  staff.runFor(1_000);
  assert.equal(staff.stateAt("a", earlier.number), "failed superseded");
  assert.equal(staff.stateAt("c", later.number), "completed");
  const own = [staff.assign({ cellId: "x" }), staff.assign({ cellId: "y" })];
  assert.equal(staff.stateAt("a", own[0]!.number), "failed superseded");
});

Deno.test("of two with one number everybody takes the same", () => {
  for (const order of [["a", "c"], ["c", "a"]]) {
    const staff = new Staff(["b"]);
    for (const issuer of order) {
      const assignment = staff.make({ issuer, cellId: `of-${issuer}`, number: 7 });
      staff.say("b", { kind: "assign", assignment });
      staff.runFor(100);
    }
    assert.equal(staff.post("b").cell!.cellId, "of-c");
  }
});

Deno.test("nothing is answered or begun before the disk has it, and a disk that refuses is asked again", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("b").isDiskFull = true;
  const said: string[] = [];
  staff.overhear = (from, _to, { kind }) => said.push(`${from} ${kind}`) > 0;
  const assignment = staff.assign();
  staff.runFor(3_500);
  assert.deepEqual(both(staff, assignment), ["pending", "pending"]);
  assert.ok(!said.includes("b report") && staff.post("b").cell === undefined);
  staff.post("b").isDiskFull = false;
  staff.runFor(2_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("a later assignment does not begin because the write of an earlier one is done", () => {
  const staff = new Staff(["b"]);
  staff.post("b").isLed = false;
  const earlier = staff.make({ cellId: "red" });
  const later = staff.make({ cellId: "blue" });
  staff.say("b", { kind: "assign", assignment: earlier });
  staff.runFor(1);
  staff.say("b", { kind: "assign", assignment: later });
  staff.runFor(2);
  assert.equal(staff.stateAt("b", later.number), "pending");
  staff.runFor(2);
  assert.equal(staff.stateAt("b", later.number), "inProgress");
  assert.deepEqual(staff.post("b").told, [{ kind: "join", cellId: "blue" }]);
});

Deno.test("nothing is said of an assignment before the disk of its issuer has it", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("a").isDiskFull = true;
  const assignment = staff.assign();
  staff.runFor(2_500);
  assert.equal(staff.at("b").assignee.assigned, undefined);
  staff.post("a").isDiskFull = false;
  staff.runFor(2_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("whatever is lost on the way, the issuer comes to know what became of it", () => {
  for (let lost = 0; lost < 32; lost++) {
    const staff = new Staff(["a", "b"]);
    let count = 0;
    // Of the first five messages those are lost whose bit is set.
    staff.overhear = () => (lost >> Math.min(count++, 31)) % 2 === 0;
    const assignment = staff.assign({ timeoutMs: 60_000 });
    staff.runFor(59_000);
    assert.deepEqual(both(staff, assignment), ["completed", "completed"], `lost ${lost}`);
  }
});

Deno.test("an assignment that is said again is answered again, and nothing else", () => {
  const staff = new Staff(["a", "b"]);
  const assignment = staff.assign();
  staff.runFor(1_000);
  const { told, notices } = staff.post("b");
  const before = [told.length, notices.length];
  const reports: AssignmentMessage[] = [];
  staff.overhear = (_from, _to, message) => reports.push(message) > 0;
  for (let time = 0; time < 3; time++) staff.say("b", { kind: "assign", assignment });
  staff.runFor(1_000);
  assert.deepEqual([told.length, notices.length], before);
  assert.deepEqual(reports.map((report) => report.kind === "report" && report.progress.state), [
    "completed",
    "completed",
    "completed",
  ]);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("a word of its end that comes late still counts, and one of its beginning does not", () => {
  const staff = new Staff(["a", "b"]);
  staff.overhear = (from) => from !== "b";
  const assignment = staff.assign();
  staff.runFor(11_000);
  assert.deepEqual(both(staff, assignment), ["failed timedOut", "completed"]);
  const { issuer, number } = assignment;
  const report = (state: "inProgress" | "completed") => (
    {
      kind: "report",
      issuer,
      number,
      progress: { state, isMember: true, missingPeers: [] },
    } as const
  );
  staff.say("a", report("inProgress"), "b");
  assert.equal(staff.stateAt("a", number), "failed timedOut");
  staff.say("a", report("completed"), "b");
  assert.equal(staff.stateAt("a", number), "completed");
});

Deno.test("a report from another than the node, or of what was not issued here, is counted and nothing else", () => {
  const staff = new Staff(["a", "b"]);
  staff.kill("b");
  const { issuer, number } = staff.assign();
  const progress = { state: "completed", isMember: true, missingPeers: [] } as const;
  staff.say("a", { kind: "report", issuer, number, progress }, "c");
  staff.say("a", { kind: "report", issuer: "c", number, progress }, "b");
  staff.say("a", { kind: "report", issuer, number: number + 1, progress }, "b");
  assert.equal(staff.stateAt("a", number), "pending");
  assert.equal(staff.at("a").refused["unasked"], 3);
});

Deno.test("an assignment of another node is counted and nothing else", () => {
  const staff = new Staff(["a", "b"]);
  staff.say("b", { kind: "assign", assignment: staff.make({ nodeId: "c" }) });
  assert.equal(staff.at("b").refused["misdirected"], 1);
  assert.equal(staff.at("b").assignee.assigned, undefined);
});

Deno.test("a node that restarts in the middle goes on, and says the same of it", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("b").isLed = false;
  const peers = [{ nodeId: "c", addresses: ["10.0.0.3:11205"] }];
  const assignment = staff.assign({ peers });
  staff.runFor(1_000);
  staff.kill("b");
  staff.post("b").cell = { cellId: "blue", hasLeader: true };
  staff.post("b").told.length = 0;
  staff.runFor(3_000);
  assert.equal(staff.stateAt("a", assignment.number), "inProgress");
  staff.post("b").isLed = true;
  staff.post("b").connected.add("c");
  staff.start("b");
  assert.deepEqual(staff.post("b").told.map(({ kind }) => kind), ["join", "directed"]);
  staff.runFor(1_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
  staff.kill("b");
  staff.start("b");
  assert.equal(staff.stateAt("b", assignment.number), "completed");
});

Deno.test("a node that is killed before the disk has it is told again", () => {
  const staff = new Staff(["a", "b"]);
  const assignment = staff.assign();
  staff.runFor(8);
  assert.equal(staff.stateAt("b", assignment.number), "pending");
  staff.kill("b");
  staff.runFor(500);
  staff.start("b");
  staff.runFor(1_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
});

Deno.test("an issuer that restarts follows what it issued", () => {
  const staff = new Staff(["a", "b"]);
  staff.kill("b");
  const assignment = staff.assign();
  staff.runFor(1_000);
  staff.kill("a");
  staff.start("a");
  assert.equal(staff.stateAt("a", assignment.number), "pending");
  staff.start("b");
  staff.runFor(1_000);
  assert.deepEqual(both(staff, assignment), ["completed", "completed"]);
  staff.kill("a");
  staff.start("a");
  assert.equal(staff.stateAt("a", assignment.number), "completed");
  assert.equal(staff.at("a").issuer.lastNumber, assignment.number);
});

Deno.test("a node that assigns itself needs nobody", () => {
  const staff = new Staff(["a"]);
  const { number } = staff.assign({ nodeId: "a" });
  staff.runFor(1_000);
  assert.equal(staff.stateAt("a", number), "completed");
  assert.equal(staff.at("a").all.length, 1);
  assert.deepEqual(statesOf(staff, "a"), ["inProgress", "completed"]);
});

Deno.test("a node that is in no cell, or goes on to another, fails and says why", () => {
  const staff = new Staff(["a", "b"]);
  staff.post("b").isCellless = true;
  const first = staff.assign();
  staff.runFor(2_000);
  assert.deepEqual(both(staff, first), ["failed noCells", "failed noCells"]);
  staff.post("b").isCellless = false;
  staff.post("b").isLed = false;
  const second = staff.assign();
  staff.runFor(1_000);
  staff.post("b").cell = { cellId: "green", hasLeader: true };
  staff.changed("b");
  staff.runFor(100);
  assert.deepEqual(both(staff, second), ["failed movedOn", "failed movedOn"]);
});

Deno.test("so many are under way at once and no more, and what is over makes room", () => {
  const staff = new Staff(["a", "b"]);
  for (let count = 0; count <= UNDER_WAY_LIMIT; count++) staff.assign({ nodeId: `n${count}` });
  assert.equal(staff.at("a").issuer.issued.length, UNDER_WAY_LIMIT);
  assert.equal(staff.at("a").issuer.hasRoom, false);
  assert.equal(staff.at("a").refused["full"], 1);
  for (let round = 0; round < 3; round++) {
    staff.runFor(20_000);
    assert.equal(staff.at("a").issuer.hasRoom, true);
    for (let count = 0; count < UNDER_WAY_LIMIT; count++) staff.assign({ nodeId: `n${count}` });
  }
  assert.equal(staff.at("a").issuer.issued.length, ISSUED_LIMIT);
});

Deno.test("whoever says one without end is answered at a bounded rate", () => {
  const staff = new Staff(["a", "b"]);
  const assignment = staff.assign();
  staff.runFor(1_000);
  let reports = 0;
  staff.overhear = () => ++reports > 0;
  for (let time = 0; time < 1_000; time++) staff.say("b", { kind: "assign", assignment });
  assert.ok(reports <= 32, `it answered ${reports} times`);
  assert.equal(staff.at("b").refused["overRate"], 1_000 - reports);
});

Deno.test("a node that comes and goes is told no more than twice a second", () => {
  const staff = new Staff(["a", "b"]);
  let said = 0;
  staff.overhear = (from) => from === "a" && ++said > 0 && false;
  staff.assign({ timeoutMs: 10_000 });
  for (let time = 0; time < 100; time++) {
    staff.cut("b");
    staff.runFor(50);
    staff.mend("b");
    staff.runFor(50);
  }
  assert.ok(said > 5 && said <= 20, `it said it ${said} times`);
});

Deno.test("what is on the disk and was not written by a node counts as nothing", () => {
  const staff = new Staff(["a", "b"]);
  const assignment = staff.assign();
  staff.runFor(1_000);
  const good = staff.post("b").stored["assigned"] as Record<string, never>;
  const spoiled = [
    null,
    7,
    "x",
    [],
    {},
    { ...good, number: "1" },
    { ...good, cellId: "a b" },
    {
      ...good,
      peers: [{ nodeId: "c", addresses: [7] }],
    },
    { ...good, progress: { state: "done" } },
    { ...good, leftMs: -1 },
    { ...good, nodeId: "c" },
  ];
  for (const value of spoiled) {
    staff.kill("b");
    staff.post("b").stored["assigned"] = value as never;
    staff.start("b");
    assert.equal(staff.at("b").assignee.assigned, undefined, JSON.stringify(value));
  }
  staff.kill("b");
  staff.post("b").stored["assigned"] = good;
  staff.start("b");
  assert.equal(staff.stateAt("b", assignment.number), "completed");
});
