import assert from "node:assert/strict";
import type { NodeInput } from "../../../src/core/node_io.ts";
import { DocumentDesk } from "../../../src/daemon/document_desk.ts";
import { openLog } from "../../../src/daemon/log.ts";
import { HandClock } from "./hand_clock.ts";

/** Longer than a start leaves documents alone. */
const LONG_ENOUGH_MS = 2_000;

async function makeDesk() {
  const dataDir = await Deno.makeTempDir({ prefix: "peat-desk-" });
  const clock = new HandClock();
  const heard = Promise.withResolvers<NodeInput["kind"]>();
  const desk = new DocumentDesk({
    dataDir,
    formationId: undefined,
    clock,
    isRecorded: false,
    hand: ({ kind }) => heard.resolve(kind),
    log: openLog({ level: "error", asJson: false, write: () => {} }),
  });
  return {
    desk,
    clock,
    heard: heard.promise,
    isOpen: () => [...Deno.readDirSync(dataDir)].length > 0,
    [Symbol.asyncDispose]: async () => {
      desk.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

Deno.test("documents are opened a while after the start, and not before", async () => {
  await using made = await makeDesk();
  made.desk.openSoon();
  made.clock.advance(1_000);
  assert.ok(made.clock.isArmed);
  assert.ok(!made.isOpen());
  made.clock.advance(LONG_ENOUGH_MS);
  assert.equal(await made.heard, "documentsReady");
  assert.ok(made.isOpen());
});

Deno.test("whoever asks for documents gets them at once, and they are opened once", async () => {
  await using made = await makeDesk();
  made.desk.openSoon();
  await Promise.all([made.desk.ready(), made.desk.ready()]);
  assert.equal(await made.heard, "documentsReady");
  made.clock.advance(LONG_ENOUGH_MS);
  await made.desk.ready();
});

Deno.test("a desk that is closed before its time opens nothing", async () => {
  await using made = await makeDesk();
  made.desk.openSoon();
  made.desk.close();
  assert.ok(!made.clock.isArmed);
  await assert.rejects(made.desk.ready(), /the node has stopped/);
  assert.ok(!made.isOpen());
});
