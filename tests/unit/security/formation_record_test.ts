import assert from "node:assert/strict";
import fc from "fast-check";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { Formation } from "../../../src/security/formation.ts";
import { createFormation, rotateFormation } from "../../../src/security/formation_life.ts";
import {
  createFormationFile,
  type FormationRecord,
  formationText,
  MOST_EPOCHS,
  parseFormation,
  readFormationFile,
  replaceFormationFile,
} from "../../../src/security/formation_record.ts";
import { Enrolled, HOUR_MS, sharedRecord, START_MS } from "./fixtures.ts";

function withFile(record: FormationRecord, test: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    createFormationFile(`${folder}/alpha.json`, record);
    test(`${folder}/alpha.json`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function refusalOf(action: () => unknown): OperatingError {
  try {
    action();
  } catch (error) {
    if (error instanceof OperatingError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

Deno.test("a formation file reads as it was written, for its owner alone", () => {
  for (const record of [sharedRecord(), new Enrolled().record]) {
    withFile(record, (path) => {
      assert.deepEqual(readFormationFile(path), record);
      assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
      const rotated = rotateFormation(record, { graceMs: HOUR_MS, nowMs: START_MS });
      replaceFormationFile(path, rotated);
      assert.deepEqual(readFormationFile(path), rotated);
      assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
      assert.equal([...Deno.readDirSync(path.slice(0, -11))].length, 1, "nothing is left behind");
    });
  }
});

Deno.test("a formation file is never overwritten by another", () => {
  withFile(sharedRecord(), (path) => {
    const before = Deno.readTextFileSync(path);
    const { code, exitCode } = refusalOf(() => createFormationFile(path, sharedRecord()));
    assert.deepEqual([code, exitCode], ["file-exists", 4]);
    assert.equal(Deno.readTextFileSync(path), before);
  });
});

Deno.test("a file that others may read is refused, whatever it says", () => {
  withFile(sharedRecord(), (path) => {
    for (const mode of [0o604, 0o640, 0o620, 0o666]) {
      Deno.chmodSync(path, mode);
      const { code, exitCode } = refusalOf(() => readFormationFile(path));
      assert.deepEqual([code, exitCode], ["file-not-private", 2]);
    }
    Deno.chmodSync(path, 0o400);
    readFormationFile(path);
  });
});

Deno.test("a file that somebody else owns is refused", {
  // Only the superuser can give a file away.
  ignore: Deno.uid() !== 0,
}, () => {
  withFile(sharedRecord(), (path) => {
    Deno.chownSync(path, 12_345, 12_345);
    const { code, exitCode } = refusalOf(() => readFormationFile(path));
    assert.deepEqual([code, exitCode], ["file-not-yours", 2]);
  });
});

Deno.test("text that is no formation is refused without showing any of it", () => {
  const record = sharedRecord();
  const text = formationText(record);
  const { secret } = record.epochs[0]!;
  const damage = fc.record({ at: fc.nat(text.length - 1), to: fc.string({ maxLength: 3 }) });
  fc.assert(fc.property(damage, ({ at, to }) => {
    const damaged = text.slice(0, at) + to + text.slice(at + 1);
    try {
      parseFormation(damaged, "it");
    } catch (error) {
      assert(error instanceof OperatingError);
      assert.deepEqual([error.code, error.exitCode], ["formation-malformed", 4]);
      assert(!`${error.message} ${error.hint} ${error.stack}`.includes(secret.slice(5, 25)));
    }
  }));
});

Deno.test("a file with unknown keys, gaps between its epochs or none of them is malformed", () => {
  const record = sharedRecord();
  const [epoch] = record.epochs;
  const wrong = [
    { ...record, extra: 1 },
    { ...record, epochs: [] },
    { ...record, epochs: [epoch, { ...epoch, epoch: 3 }] },
    { ...record, epochs: Array.from({ length: MOST_EPOCHS + 1 }, () => epoch) },
    { ...record, id: "short" },
    { ...record, format: "peat-formation/2" },
    { ...record, name: "../../etc" },
    [],
    null,
  ];
  for (const value of wrong) {
    const { code } = refusalOf(() => parseFormation(JSON.stringify(value), "it"));
    assert.equal(code, "formation-malformed");
  }
});

Deno.test("everything of a shared formation comes from its secret, and nothing else does", () => {
  const record = sharedRecord();
  const [left, right] = [new Formation(record), new Formation(structuredClone(record))];
  assert.equal(left.fingerprint, right.fingerprint);
  assert.deepEqual(left.keys.newest.groupKey, right.keys.newest.groupKey);
  const { groupKey, authority } = left.keys.newest;
  assert.notDeepEqual(groupKey, authority.bytes);
  assert.notEqual(groupKey.toBase64(), record.epochs[0]!.secret);
});

Deno.test("a rotation changes a shared formation's authority and keeps an enrolled one's", () => {
  const options = { graceMs: HOUR_MS, nowMs: START_MS + HOUR_MS };
  const shared = sharedRecord();
  assert.notEqual(
    new Formation(rotateFormation(shared, options)).fingerprint,
    new Formation(shared).fingerprint,
  );
  const { record } = new Enrolled();
  const rotated = new Formation(rotateFormation(record, options));
  assert.equal(rotated.fingerprint, new Formation(record).fingerprint);
  assert.notDeepEqual(rotated.keys.newest.groupKey, new Formation(record).keys.newest.groupKey);
});

Deno.test("rotations keep what is in its grace, drop what is over, and have a bound", () => {
  let record: FormationRecord = createFormation("alpha", "shared", START_MS);
  for (let count = 1; count < MOST_EPOCHS; count++) {
    record = rotateFormation(record, { graceMs: HOUR_MS, nowMs: START_MS + count });
  }
  const tooSoon = { graceMs: HOUR_MS, nowMs: START_MS + 10 };
  assert.equal(refusalOf(() => rotateFormation(record, tooSoon)).code, "too-many-epochs");
  const later = rotateFormation(record, { graceMs: HOUR_MS, nowMs: START_MS + 3 * HOUR_MS });
  assert.deepEqual(later.epochs.map(({ epoch }) => epoch), [MOST_EPOCHS, MOST_EPOCHS + 1]);
  const sudden = rotateFormation(record, { graceMs: 0, nowMs: START_MS });
  assert.deepEqual(sudden.epochs.map(({ epoch }) => epoch), [MOST_EPOCHS + 1]);
});

Deno.test("an epoch never starts before the one it follows, whatever the clock says", () => {
  const record = rotateFormation(sharedRecord(), { graceMs: HOUR_MS, nowMs: 0 });
  assert.deepEqual(record.epochs.map(({ startedAtMs }) => startedAtMs), [START_MS, START_MS]);
});
