import assert from "node:assert/strict";
import { SUMMARY_MS } from "../../../../src/core/state/exchange.ts";
import { type Member, Mesh, pairOf } from "./mesh.ts";

Deno.test("what goes up goes to whoever leads, and to whoever leads next", () => {
  const mesh = Mesh.connected(3);
  const [one, two, three] = mesh.members as [Member, Member, Member];
  one.relations = { n2: "up" };
  two.relations = { n1: "down", n3: "down" };
  three.relations = { n2: "up" };
  one.set("contact_reports/7", { at: "ridge" });
  mesh.run(1_000);
  assert.deepEqual(two.value("contact_reports/7"), { at: "ridge" });
  assert.equal(three.value("contact_reports/7"), undefined);
  one.relations = { n3: "up" };
  three.relations = { n1: "down", n2: "down" };
  two.relations = { n3: "up" };
  for (const { state } of mesh.members) state.handle(mesh.now, { kind: "related" });
  mesh.run(1_000);
  assert.deepEqual(three.value("contact_reports/7"), { at: "ridge" });
});

Deno.test("whatever word is lost of what goes up, down or beside, the next reminder makes up for it", () => {
  for (const kind of ["documentsHeld", "documentsWanted", "documentChanges"] as const) {
    const mesh = Mesh.connected(3);
    const [one, two, three] = mesh.members as [Member, Member, Member];
    one.relations = { n2: "up" };
    two.relations = { n1: "down", n3: "down" };
    three.relations = { n2: "up" };
    const lost = new Map<string, number>();
    mesh.loses = ({ from, to, message }) => {
      const way = `${from} ${to}`;
      const count = lost.get(way) ?? 0;
      if (message.kind !== kind || count === 2) return false;
      lost.set(way, count + 1);
      return true;
    };
    one.set("contact_reports/7", { at: "ridge" });
    two.mayCommand = true;
    two.set("commands/hold", { until: "noon" });
    three.set("notices/1", { road: "blocked" });
    mesh.run(10 * SUMMARY_MS);
    assert.ok(lost.size > 0);
    assert.deepEqual(two.value("contact_reports/7"), { at: "ridge" }, kind);
    assert.deepEqual(one.value("commands/hold"), { until: "noon" }, kind);
    assert.deepEqual(one.value("notices/1"), { road: "blocked" }, kind);
    mesh.run(20 * SUMMARY_MS);
    assert.deepEqual(one.state.exchange.holders("contact_reports/7"), ["n2"]);
    assert.deepEqual(two.state.exchange.holders("commands/hold").sort(), ["n1", "n3"]);
    // When all is known to be there, nobody is reminded any more.
    mesh.said.length = 0;
    mesh.run(20 * SUMMARY_MS);
    assert.deepEqual(
      new Set(mesh.said.map(({ message }) => message.kind)),
      new Set(["documentsSummary"]),
    );
  }
});

Deno.test("who was told of what goes up before it knew that it leads has it soon after", () => {
  const mesh = Mesh.connected(2);
  const [one, two] = pairOf(mesh);
  one.relations = { n2: "up" };
  one.set("contact_reports/7", { at: "ridge" });
  mesh.run(1_000);
  assert.equal(two.value("contact_reports/7"), undefined);
  two.relations = { n1: "down" };
  mesh.run(5 * SUMMARY_MS);
  assert.deepEqual(two.value("contact_reports/7"), { at: "ridge" });
});
