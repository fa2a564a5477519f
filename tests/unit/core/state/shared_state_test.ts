import assert from "node:assert/strict";
import { SUMMARY_MS } from "../../../../src/core/state/exchange.ts";
import type { StateMessage } from "../../../../src/core/state/state_message.ts";
import { changeBy, type Member, Mesh, pairOf } from "./mesh.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

Deno.test("what two nodes write at once to one document is in it at both", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { route: "north", who: { first: 1 } });
  two.set("notes/a", { depth: 5, who: { second: 2 } });
  mesh.connect(one, two);
  mesh.run(1_000);
  const both = { route: "north", depth: 5, who: { first: 1, second: 2 } };
  assert.deepEqual(one.value("notes/a"), both);
  assert.deepEqual(two.value("notes/a"), both);
});

Deno.test("a change reaches whoever is connected with somebody who has it, its author gone", () => {
  const mesh = new Mesh(3);
  const [one, two, three] = mesh.members as [Member, Member, Member];
  mesh.connect(one, two);
  one.set("notes/a", { route: "north" });
  mesh.run(1_000);
  mesh.disconnect(one);
  mesh.connect(two, three);
  mesh.run(1_000);
  assert.deepEqual(three.value("notes/a"), { route: "north" });
  const told = mesh.said.flatMap(({ from, message }) =>
    from === "n2" && message.kind === "documentChanges" ? message.changes : []
  );
  assert.deepEqual(told.map(({ author }) => author), ["n1"]);
});

Deno.test("nothing is acknowledged, and nobody is told, before it is on the disk", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  mesh.connect(one, two);
  one.diskMode = "slow";
  assert.equal(one.set("notes/a", { route: "north" }), undefined);
  mesh.run(10_000);
  assert.deepEqual(mesh.said.filter(({ from }) => from === "n1"), []);
  one.diskMode = "prompt";
  one.release();
  assert.equal(one.outcomes.get(1)?.kind, "written");
  mesh.run(100);
  assert.deepEqual(two.value("notes/a"), { route: "north" });
});

Deno.test("a peer counts as having a document only once that is on the peer's disk", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  mesh.connect(one, two);
  two.diskMode = "slow";
  one.set("notes/a", { route: "north" });
  mesh.run(1_000);
  assert.deepEqual(two.value("notes/a"), { route: "north" });
  assert.deepEqual(one.state.exchange.holders("notes/a"), []);
  two.diskMode = "prompt";
  two.release();
  mesh.run(1_000);
  assert.deepEqual(one.state.exchange.holders("notes/a"), ["n2"]);
  assert.deepEqual(two.state.exchange.holders("notes/a"), ["n1"]);
});

Deno.test("what the disk refuses is taken back, its writer is told, and later writes go on", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  mesh.connect(one, two);
  one.set("notes/a", { route: "north" });
  mesh.run(1_000);
  one.diskMode = "full";
  const refused = one.set("notes/a", { route: "south" });
  assert.equal(refused?.kind === "refused" && refused.reason, "disk");
  assert.deepEqual(one.value("notes/a"), { route: "north" });
  // What others write does not come in either, and does later.
  two.set("notes/b", { depth: 1 });
  mesh.run(1_000);
  assert.equal(one.value("notes/b"), undefined);
  one.diskMode = "prompt";
  mesh.run(4 * SUMMARY_MS);
  assert.deepEqual(one.value("notes/b"), { depth: 1 });
  assert.equal(one.set("notes/a", { route: "west" })?.kind, "written");
  mesh.run(1_000);
  assert.deepEqual(two.value("notes/a"), { route: "west" });
});

Deno.test("a crash before a save loses what was not acknowledged, and nothing else", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { route: "north" });
  one.diskMode = "slow";
  one.set("notes/a", { route: "south" });
  one.saves.length = 0;
  one.diskMode = "prompt";
  one.restart();
  assert.deepEqual(one.value("notes/a"), { route: "north" });
  one.set("notes/a", { depth: 2 });
  mesh.connect(one, two);
  mesh.run(1_000);
  assert.deepEqual(two.value("notes/a"), { route: "north", depth: 2 });
});

Deno.test("nobody writes another node's document, an observer's order or another cell's state", () => {
  const mesh = new Mesh(1);
  const [one] = mesh.members as [Member];
  for (const key of ["nodes/n2", "tracks/n2:7", "cells/bravo", "rollouts/r1"]) {
    const outcome = one.set(key, { state: "mine" });
    assert.equal(outcome?.kind === "refused" && outcome.reason, "notPermitted", key);
  }
  for (const key of ["nodes/n1", "tracks/n1:7", "cells/alpha", "notes/a"]) {
    assert.equal(one.set(key, { state: "mine" })?.kind, "written", key);
  }
});

Deno.test("what somebody else made of a node's document is refused and counted, and not merged", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  const key = "nodes/n1";
  one.set(key, { state: "ready" });
  mesh.connect(one, two);
  mesh.run(1_000);
  offer(two, one, key, [{ ...changeBy("n2", key, { state: "lost" }) }]);
  assert.deepEqual(one.value(key), { state: "ready" });
  assert.equal(one.state.archive.counts.unauthorised, 1);
  // A generation of its own does not get it in either.
  offer(two, one, key, [changeBy("n2", key, { state: "lost" }, 4)], 4);
  assert.deepEqual(one.value(key), { state: "ready" });
  assert.equal(one.state.archive.counts.unauthorised, 2);
});

Deno.test("a change under another's name costs whoever brings it the connection, not us the document", () => {
  const mesh = new Mesh(3);
  const [one, two] = mesh.members as [Member, Member, Member];
  mesh.connect(one, two);
  mesh.run(100);
  const key = "nodes/n3";
  // n2 proved to be its author, and Automerge would take it for a change of n3.
  offer(two, one, key, [{ ...changeBy("n3", key, { state: "lost" }), author: "n2" }]);
  assert.equal(one.state.archive.counts.unauthorised, 1);
  const shared = changeBy("n3", "notes/a", { state: "lost" });
  offer(two, one, "notes/a", [{ ...shared, author: "n2" }]);
  assert.equal(one.value("notes/a"), undefined);
  assert.equal(one.state.archive.counts.malformed, 1);
  assert.deepEqual(one.hungUp, ["n2"]);
});

Deno.test("a deletion that nobody proves deletes nothing, and costs an honest peer no connection", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { route: "north" });
  mesh.connect(one, two);
  mesh.run(1_000);
  offer(two, one, "notes/a", [], 3);
  assert.deepEqual(one.value("notes/a"), { route: "north" });
  assert.deepEqual(one.hungUp, []);
});

Deno.test("what nobody asked for is not even looked at", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  mesh.connect(one, two);
  hand(two, one, changesOf("notes/a", [changeBy("n2", "notes/a", { depth: 1 })]));
  assert.equal(one.value("notes/a"), undefined);
  assert.equal(one.state.exchange.counts.unasked, 1);
});

Deno.test("an answer that goes on for longer than any may costs its sender the connection", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  mesh.connect(one, two);
  const change = changeBy("n2", "notes/a", { text: "x".repeat(40_000) });
  const held = { key: "notes/a", generation: 2, versions: { "n2 1": 1_000 }, quietMs: 0 };
  const say = (message: StateMessage) => {
    one.state.handle(mesh.now, { kind: "message", peer: "n2", message });
    mesh.follow(one);
  };
  say({ kind: "documentsHeld", documents: [held], isReminder: false });
  const part = { kind: "documentChanges", key: "notes/a", generation: 2, quietMs: 0 } as const;
  let parts = 0;
  for (; one.hungUp.length === 0 && parts < 1_000; parts++) {
    say({ ...part, changes: [{ ...change, number: parts + 2 }], isLast: false });
  }
  assert.deepEqual(one.hungUp, ["n2"]);
  assert.ok(parts > 26 && parts < 60, `took ${parts} parts`);
  assert.equal(one.state.exchange.counts.endless, 1);
});

Deno.test("a cell's document takes what its members bring, and from others only what they hand on", () => {
  const mesh = new Mesh(3);
  const [one, two, three] = mesh.members as [Member, Member, Member];
  two.cell = "bravo";
  mesh.connect(one, two);
  mesh.run(100);
  offer(two, one, "cells/alpha", [changeBy("n2", "cells/alpha", { aim: "wrong" })]);
  assert.equal(one.value("cells/alpha"), undefined);
  assert.equal(one.state.archive.counts.unauthorised, 1);
  offer(two, one, "cells/alpha", [changeBy(three.name, "cells/alpha", { aim: "right" })]);
  assert.deepEqual(one.value("cells/alpha"), { aim: "right" });
});

Deno.test("a deleted document stays deleted, whatever a node comes back with", () => {
  const mesh = Mesh.connected(3);
  const [one, two, three] = mesh.members as [Member, Member, Member];
  one.set("notes/a", { route: "north" });
  mesh.run(1_000);
  mesh.disconnect(three);
  two.write("notes/a", { kind: "delete" });
  mesh.run(1_000);
  assert.equal(one.value("notes/a"), undefined);
  three.set("notes/a", { depth: 3 });
  three.restart();
  one.restart();
  for (const [left, right] of [[three, one], [three, two], [one, two]] as const) {
    mesh.connect(left, right);
    mesh.run(1_000);
  }
  for (const { value } of mesh.members.map((its) => ({ value: its.value("notes/a") }))) {
    assert.equal(value, undefined);
  }
});

Deno.test("what two nodes begin anew after a deletion is one document again", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { old: true });
  mesh.run(1_000);
  one.write("notes/a", { kind: "delete" });
  mesh.run(1_000);
  mesh.disconnect(one);
  one.set("notes/a", { route: "north" });
  two.set("notes/a", { depth: 5 });
  mesh.connect(one, two);
  mesh.run(1_000);
  assert.deepEqual(one.value("notes/a"), { route: "north", depth: 5 });
  assert.deepEqual(two.value("notes/a"), { route: "north", depth: 5 });
});

Deno.test("an hour of a field that changes every two seconds leaves less than four kilobytes", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  for (let round = 0; round < 1_800; round++) {
    one.set("nodes/n1", { load: round });
    mesh.run(2_000);
  }
  assert.deepEqual(two.value("nodes/n1"), { load: 1_799 });
  for (const { state } of mesh.members) {
    const { bytes, changeCount } = state.archive.mark("nodes/n1")!;
    assert.ok(bytes < 4_096 && changeCount <= 8, `${bytes} bytes, ${changeCount} changes`);
  }
});

Deno.test("a document that keeps a window of its history begins anew when that is over", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  for (let round = 0; round < 100; round++) {
    one.set("capability_history/n1", { [`at${round % 3}`]: round });
    mesh.run(10_000);
  }
  assert.deepEqual(two.value("capability_history/n1"), { at0: 99, at1: 97, at2: 98 });
  for (const { state } of mesh.members) {
    const { changeCount } = state.archive.mark("capability_history/n1")!;
    assert.ok(changeCount > 1 && changeCount <= 31, `${changeCount} changes in five minutes`);
  }
});

Deno.test("a document of limited life ends everywhere when nobody writes it any more", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.set("tracks/n1:7", { at: "ridge" });
  mesh.run(HOUR - 10_000);
  assert.deepEqual(two.value("tracks/n1:7"), { at: "ridge" });
  one.set("tracks/n1:7", { at: "river" });
  mesh.run(HOUR - 10_000);
  assert.deepEqual(two.value("tracks/n1:7"), { at: "river" });
  mesh.run(2 * HOUR);
  assert.equal(one.value("tracks/n1:7"), undefined);
  assert.equal(two.value("tracks/n1:7"), undefined);
  assert.equal(two.state.archive.size, 0);
  assert.deepEqual(two.disk.load(mesh.now), []);
});

Deno.test("a deletion is forgotten after its time, and who was away for longer brings nothing back", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { route: "north" });
  two.set("nodes/n2", { state: "ready" });
  mesh.run(1_000);
  mesh.disconnect(two);
  one.write("notes/a", { kind: "delete" });
  mesh.run(8 * DAY);
  assert.equal(one.state.archive.mark("notes/a"), undefined);
  two.restart({ awayMs: 8 * DAY });
  mesh.connect(one, two);
  mesh.run(1_000);
  assert.equal(one.value("notes/a"), undefined);
  // What nobody else could have deleted is still its own.
  assert.deepEqual(one.value("nodes/n2"), { state: "ready" });
});

Deno.test("who lost its disk takes its own document up again, with what it wrote since", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  for (let round = 0; round < 20; round++) one.set("nodes/n1", { load: round, kept: "yes" });
  mesh.run(1_000);
  one.restart({ losesDisk: true });
  one.set("nodes/n1", { load: 99 });
  mesh.connect(one, two);
  mesh.run(5_000);
  assert.deepEqual(one.value("nodes/n1"), { load: 99, kept: "yes" });
  assert.deepEqual(two.value("nodes/n1"), { load: 99, kept: "yes" });
});

Deno.test("a word that is lost is made up for by the next summaries", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  let lost = 0;
  mesh.loses = ({ message }) => message.kind !== "documentsSummary" && lost++ < 6;
  one.set("notes/a", { route: "north" });
  two.set("notes/b", { depth: 1 });
  mesh.run(20 * SUMMARY_MS);
  assert.ok(lost > 6);
  assert.deepEqual(two.value("notes/a"), { route: "north" });
  assert.deepEqual(one.value("notes/b"), { depth: 1 });
});

Deno.test("nodes that have the same say nothing but a summary now and then", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.set("notes/a", { route: "north" });
  two.set("notes/b", { depth: 1 });
  mesh.run(1_000);
  mesh.said.length = 0;
  mesh.run(10 * SUMMARY_MS);
  assert.deepEqual(
    new Set(mesh.said.map(({ message }) => message.kind)),
    new Set(["documentsSummary"]),
  );
  assert.ok(mesh.said.length <= 2 * 2 * 10, `${mesh.said.length} messages`);
});

Deno.test("nodes without documents say nothing of them", () => {
  const mesh = Mesh.connected(3);
  mesh.run(HOUR);
  assert.deepEqual(mesh.said, []);
});

Deno.test("what peers say before a node is ready is heard when it is, and it says what it has", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.relations = { n2: "up" };
  two.relations = { n1: "down" };
  mesh.disconnect(two);
  two.set("notes/b", { by: "two" });
  two.restart({ isLate: true });
  mesh.connect(one, two);
  for (const key of ["notes/a", "contact_reports/a"]) one.set(key, { by: "one" });
  mesh.run(1_000);
  assert.equal(two.state.tooEarly, 0);
  two.start();
  mesh.run(1_000);
  assert.deepEqual(two.value("notes/a"), { by: "one" });
  assert.deepEqual(two.value("contact_reports/a"), { by: "one" });
  assert.deepEqual(one.value("notes/b"), { by: "two" });
});

Deno.test("what is said too early is kept up to a bound, and what goes beyond is counted", () => {
  const mesh = Mesh.connected(2);
  const two = pairOf(mesh)[1];
  two.restart({ isLate: true });
  const message = { kind: "documentsSummary", digest: 7, documents: 1 } as const;
  for (let said = 0; said < 70; said++) {
    two.state.handle(mesh.now, { kind: "message", peer: "n1", message });
  }
  assert.equal(two.state.tooEarly, 6);
});

Deno.test("who comes back is brought what it lacks and no change more", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  for (let round = 0; round < 50; round++) one.set("notes/a", { round });
  two.set("notes/a", { mine: true });
  mesh.run(1_000);
  mesh.disconnect(two);
  for (let round = 0; round < 30; round++) one.set("notes/a", { later: round });
  two.set("notes/a", { mine: false });
  mesh.said.length = 0;
  mesh.connect(one, two);
  mesh.run(1_000);
  const moved = mesh.said.flatMap(({ message }) =>
    message.kind === "documentChanges" ? message.changes : []
  );
  assert.equal(moved.length, 31);
  assert.deepEqual(one.value("notes/a"), two.value("notes/a"));
});

Deno.test("a peer that asks for much is answered at a bounded rate, and all of it in the end", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  const text = "x".repeat(40_000);
  for (let index = 0; index < 60; index++) one.set(`notes/${index}`, { text, index });
  mesh.connect(one, two);
  mesh.run(150);
  const early = two.state.keys("notes").length;
  assert.ok(early > 10 && early < 50, `${early} of them at once`);
  mesh.run(5_000);
  assert.equal(two.state.keys("notes").length, 60);
});

Deno.test("a document that is full takes no more writes here, and says so", () => {
  const mesh = new Mesh(1);
  const [one] = mesh.members as [Member];
  const text = "x".repeat(50_000);
  let refused: string | undefined;
  for (let round = 0; refused === undefined && round < 200; round++) {
    const outcome = one.set("notes/a", { text: `${round}${text}` });
    if (outcome?.kind === "refused") refused = outcome.reason;
  }
  assert.equal(refused, "tooLarge");
  const outcome = one.set("notes/b", { text: "x".repeat(70_000) });
  assert.equal(outcome?.kind === "refused" && outcome.reason, "tooLarge");
  assert.equal(one.value("notes/b"), undefined);
  assert.equal(one.set("notes/b", { text: "short" })?.kind, "written");
});

Deno.test("more documents than are held ready are all there", () => {
  const mesh = new Mesh(1);
  const [one] = mesh.members as [Member];
  for (let index = 0; index < 200; index++) one.set(`notes/${index}`, { index });
  for (let index = 0; index < 200; index++) one.set(`notes/${index}`, { again: index });
  assert.ok(one.documents.openCount <= 64, `${one.documents.openCount} held ready`);
  for (let index = 0; index < 200; index++) {
    assert.deepEqual(one.value(`notes/${index}`), { index, again: index });
  }
});

function changesOf(
  key: string,
  changes: Extract<StateMessage, { kind: "documentChanges" }>["changes"],
  generation = 2,
): StateMessage {
  return { kind: "documentChanges", key, generation, quietMs: 0, changes, isLast: true };
}

function hand(from: Member, to: Member, message: StateMessage): void {
  to.state.handle(to.mesh.now, { kind: "message", peer: from.name, message });
  to.mesh.follow(to);
}

/** A peer that says that it has something, and hands it over when it is asked. */
function offer(
  from: Member,
  to: Member,
  key: string,
  changes: Extract<StateMessage, { kind: "documentChanges" }>["changes"],
  generation = 2,
): void {
  const versions = Object.fromEntries(
    changes.map((its) => [`${its.author} ${its.boot}`, its.number]),
  );
  const documents = [{ key, generation, versions, quietMs: 0 }];
  hand(from, to, { kind: "documentsHeld", documents, isReminder: false });
  hand(from, to, changesOf(key, changes, generation));
}
