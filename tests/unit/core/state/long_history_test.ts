import assert from "node:assert/strict";
import { STATE_LIMITS } from "../../../../src/core/state/state_message.ts";
import { OPEN_BYTES } from "../../../../src/store/automerge_documents.ts";
import { type Member, Mesh, pairOf, writeLong } from "./mesh.ts";

Deno.test("some MiB of history come in answers of a bounded length, each asked for from where the last ended", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  writeLong(one, 3 << 20);
  mesh.connect(one, two);
  mesh.run(20_000);
  assert.deepEqual(two.value("notes/long"), one.value("notes/long"));
  const whole = one.state.archive.mark("notes/long")!;
  assert.equal(two.state.archive.mark("notes/long")!.changeCount, whole.changeCount);
  const answers = mesh.said.flatMap(({ message }) =>
    message.kind === "documentChanges" ? [message] : []
  );
  const questions = mesh.said.filter(({ message }) => message.kind === "documentsWanted");
  assert.ok(questions.length >= (3 << 20) / STATE_LIMITS.answerBytes, `${questions.length} asked`);
  assert.equal(answers.filter(({ isLast }) => isLast).length, questions.length);
  const moved = answers.reduce((sum, { changes }) => sum + changes.length, 0);
  assert.equal(moved, whole.changeCount);
});

Deno.test("a long history that is broken off goes on from what is on the disk, whoever has the rest", () => {
  const mesh = new Mesh(3);
  const [one, two, three] = mesh.members as [Member, Member, Member];
  writeLong(one, 2 << 20);
  mesh.connect(one, three);
  mesh.run(10_000);
  mesh.connect(one, two);
  let passed = 0;
  mesh.loses = ({ to, message }) =>
    to === "n2" && message.kind === "documentChanges" && ++passed > 25;
  mesh.run(1_000);
  mesh.disconnect(one);
  two.restart();
  const had = two.state.archive.mark("notes/long")!.changeCount;
  const { changeCount } = three.state.archive.mark("notes/long")!;
  assert.ok(had > 0 && had < changeCount, `${had} of ${changeCount}`);
  mesh.loses = () => false;
  mesh.said.length = 0;
  mesh.connect(two, three);
  mesh.run(10_000);
  assert.deepEqual(two.value("notes/long"), three.value("notes/long"));
  const moved = mesh.said.flatMap(({ message }) =>
    message.kind === "documentChanges" ? message.changes : []
  );
  assert.equal(moved.length, changeCount - had);
});

Deno.test("a part of a long history that is lost is asked for again, and costs no minute", () => {
  const mesh = new Mesh(2);
  const [one, two] = pairOf(mesh);
  writeLong(one, 1 << 20);
  let passed = 0;
  mesh.loses = ({ message }) => message.kind === "documentChanges" && ++passed % 7 === 2;
  mesh.connect(one, two);
  mesh.run(60_000);
  assert.deepEqual(two.value("notes/long"), one.value("notes/long"));
});

Deno.test("however long documents are, those held ready have a bounded length together", () => {
  const mesh = new Mesh(1);
  const [one] = mesh.members as [Member];
  for (let index = 0; index < 12; index++) writeLong(one, 4 << 20, `notes/${index}`);
  assert.ok(one.documents.openBytes <= OPEN_BYTES, `${one.documents.openBytes} bytes`);
  assert.ok(one.documents.openBytes > OPEN_BYTES / 2);
  for (let index = 0; index < 12; index++) assert.ok(one.value(`notes/${index}`) !== undefined);
});
