import assert from "node:assert/strict";
import type { LeaderChange } from "../../../src/control/election_contract.ts";
import { HISTORY_LIMIT, LeaderHistory } from "../../../src/daemon/leader_history.ts";

const AT = "2026-05-04T12:00:00.000Z";

function noticeOf(leaderId: string | undefined, term = 1) {
  const who = leaderId === undefined ? {} : { leaderId, term, authority: "quorum" as const };
  return { type: "leader", cell: "alpha", cause: "heard", ...who } as const;
}

async function inFolder(test: (dataDir: string) => void): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    test(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

function opened(dataDir: string, unwritable: string[] = []): LeaderHistory {
  return new LeaderHistory({
    nodeId: "n1",
    dataDir,
    onUnwritable: (reason) => unwritable.push(reason),
  });
}

function leadersOf(changes: readonly LeaderChange[]) {
  return changes.map(({ leaderId, cause }) => leaderId ?? cause);
}

Deno.test("who led is still known after a restart, and the restart shows", () =>
  inFolder((dataDir) => {
    const before = opened(dataDir);
    before.enter("alpha", AT, "started");
    before.note(noticeOf("n2"), AT);
    const after = opened(dataDir);
    after.enter("alpha", AT, "started");
    assert.deepEqual(leadersOf(after.changes), ["started", "n2", "started"]);
    // What is counted begins anew, since nobody knows what happened meanwhile.
    assert.deepEqual([after.transitions, after.since], [0, undefined]);
  }));

Deno.test("a transition is another leader, not a higher term, another right or a moment without one", () =>
  inFolder((dataDir) => {
    const history = opened(dataDir);
    history.note(noticeOf("n2"), "1");
    history.note(noticeOf("n2", 2), "2");
    assert.deepEqual([history.transitions, history.since], [1, "1"]);
    history.note(noticeOf(undefined), "3");
    assert.equal(history.since, undefined);
    history.note(noticeOf("n2", 3), "4");
    assert.deepEqual([history.transitions, history.since], [1, "4"]);
    history.note(noticeOf("n3", 4), "5");
    assert.deepEqual([history.transitions, history.since], [2, "5"]);
  }));

Deno.test("who led one cell says nothing of the next", () =>
  inFolder((dataDir) => {
    const history = opened(dataDir);
    history.note(noticeOf("n2"), "1");
    history.enter("bravo", "2", "joined");
    assert.equal(history.since, undefined);
    history.note({ ...noticeOf("n2"), cell: "bravo" }, "3");
    assert.deepEqual([history.transitions, history.since], [2, "3"]);
  }));

Deno.test("the history and its file are bounded, and the newest stay", () =>
  inFolder((dataDir) => {
    const history = opened(dataDir);
    const path = `${dataDir}/leaders.ndjson`;
    const linesInFile = () => Deno.readTextFileSync(path).split("\n").length - 1;
    let longest = 0;
    for (let term = 1; term <= 5 * HISTORY_LIMIT; term++) {
      history.note(noticeOf(`n${term % 7}`, term), AT);
      if (term % 64 === 0) longest = Math.max(longest, linesInFile());
    }
    assert.ok(longest <= 2 * HISTORY_LIMIT, `${longest} lines`);
    const { changes } = opened(dataDir);
    assert.equal(changes.length, HISTORY_LIMIT);
    assert.equal(changes.at(-1)?.term, 5 * HISTORY_LIMIT);
  }));

Deno.test("a torn or damaged line costs no other, before it or after it", () =>
  inFolder((dataDir) => {
    const path = `${dataDir}/leaders.ndjson`;
    opened(dataDir).note(noticeOf("n2"), AT);
    Deno.writeTextFileSync(path, '{"type":"leader","ts":7}\n{"type":"lea', { append: true });
    const history = opened(dataDir);
    assert.deepEqual(leadersOf(history.changes), ["n2"]);
    history.note(noticeOf("n3"), AT);
    history.note(noticeOf("n4"), AT);
    assert.deepEqual(leadersOf(opened(dataDir).changes), ["n2", "n3", "n4"]);
  }));

Deno.test("a history that cannot be read keeps no node from starting, and is left as it is", () =>
  inFolder((dataDir) => {
    Deno.mkdirSync(`${dataDir}/leaders.ndjson`);
    const unwritable: string[] = [];
    const history = opened(dataDir, unwritable);
    history.note(noticeOf("n2"), AT);
    assert.equal(unwritable.length, 1);
    assert.deepEqual(leadersOf(history.changes), ["n2"]);
  }));

Deno.test("a disk that refuses is told of once, and the history goes on without it", () =>
  inFolder((dataDir) => {
    const unwritable: string[] = [];
    const history = opened(`${dataDir}/nowhere`, unwritable);
    history.note(noticeOf("n2"), AT);
    history.note(noticeOf("n3"), AT);
    assert.equal(unwritable.length, 1);
    assert.deepEqual(leadersOf(history.changes), ["n2", "n3"]);
  }));
