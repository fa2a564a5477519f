import assert from "node:assert/strict";
import fc from "fast-check";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { checkAuditLog } from "../../../src/security/audit_check.ts";
import { AuditLog } from "../../../src/security/audit_log.ts";
import { makeIdentity } from "../../../src/security/identity.ts";

const identity = makeIdentity();
const wallClock = () => new Date(0);

function inFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function writeLog(folder: string, count: number, longestFileBytes?: number): void {
  const log = AuditLog.open(folder, identity, {
    wallClock,
    ...(longestFileBytes === undefined ? {} : { longestFileBytes }),
  });
  for (let index = 0; index < count; index++) log.append("refused", { reason: "badSeal", index });
  log.close();
}

Deno.test("a log that nobody touched is intact, also when it was opened again", () => {
  inFolder((folder) => {
    writeLog(folder, 100);
    writeLog(folder, 10);
    const report = checkAuditLog(folder, identity.deviceId);
    assert(report.isIntact);
    // One after 64, and one at each close.
    assert.deepEqual([report.entries, report.signatures, report.unsigned], [113, 3, 0]);
    assert.deepEqual([report.firstSequence, report.lastSequence], [1, 113]);
    assert.equal(report.deviceId, identity.deviceId);
  });
});

Deno.test("whichever line is changed, dropped, doubled or moved, the log is broken", () => {
  inFolder((folder) => {
    writeLog(folder, 12);
    const path = `${folder}/audit.ndjson`;
    const text = Deno.readTextFileSync(path);
    const lines = text.trimEnd().split("\n");
    const meddle = (line: number, how: (lines: string[]) => void) => {
      const copy = lines.slice();
      how(copy);
      Deno.writeTextFileSync(path, `${copy.join("\n")}\n`);
      const { isIntact, firstBreak } = checkAuditLog(folder);
      assert(!isIntact, `line ${line}`);
      assert(Math.abs(firstBreak!.line - line) <= 1, `${firstBreak!.line} for ${line}`);
    };
    // What was cut off the end is the one thing that a chain does not show.
    for (let at = 0; at < lines.length - 1; at++) {
      meddle(at + 1, (copy) => copy[at] = copy[at]!.replace("1970", "1971"));
      meddle(at + 1, (copy) => copy.splice(at, 1, ...(at === 0 ? ["{}"] : [])));
      meddle(at + 2, (copy) => copy.splice(at, 0, copy[at]!));
      meddle(at + 1, (copy) => [copy[at], copy[at + 1]] = [copy[at + 1]!, copy[at]!]);
    }
    Deno.writeTextFileSync(path, text);
    assert(checkAuditLog(folder).isIntact);
  });
});

Deno.test("a flipped bit anywhere but in the last line's own words is found", () => {
  inFolder((folder) => {
    writeLog(folder, 5);
    const path = `${folder}/audit.ndjson`;
    const bytes = Deno.readFileSync(path);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (index, bit) => {
        const changed = bytes.slice();
        changed[index]! ^= 1 << bit;
        Deno.writeFileSync(path, changed);
        const isInLastTime = index > bytes.lastIndexOf(10, -2) &&
          new TextDecoder().decode(bytes.subarray(index)).includes('"previous"');
        assert(isInLastTime || !checkAuditLog(folder, identity.deviceId).isIntact, `${index}`);
      }),
      { numRuns: 400 },
    );
  });
});

Deno.test("a signature that is not over all the lines before it is found", () => {
  inFolder((folder) => {
    writeLog(folder, 5);
    const path = `${folder}/audit.ndjson`;
    const text = Deno.readTextFileSync(path);
    const at = text.indexOf('"signature":"') + 20;
    const letter = text[at] === "A" ? "B" : "A";
    Deno.writeTextFileSync(path, text.slice(0, at) + letter + text.slice(at + 1));
    const { firstBreak } = checkAuditLog(folder);
    assert.deepEqual([firstBreak?.line, firstBreak?.reason], [6, "its signature is wrong"]);
  });
});

Deno.test("a log that was written anew with another key is broken for who knows the device", () => {
  inFolder((folder) => {
    const log = AuditLog.open(folder, makeIdentity(), { wallClock });
    log.append("all is well");
    log.close();
    assert(checkAuditLog(folder).isIntact);
    const { firstBreak } = checkAuditLog(folder, identity.deviceId);
    assert.deepEqual([firstBreak?.line, firstBreak?.reason], [2, "its signature is wrong"]);
  });
});

Deno.test("the chain goes on through several files, and the oldest goes first", () => {
  inFolder((folder) => {
    writeLog(folder, 200, 4_096);
    const report = checkAuditLog(folder, identity.deviceId);
    assert(report.isIntact);
    assert.equal(report.files.length, 4);
    assert(report.firstSequence! > 1);
    assert.equal(report.lastSequence! - report.firstSequence! + 1, report.entries);
    Deno.removeSync(`${folder}/audit.1.ndjson`);
    assert.match(checkAuditLog(folder).firstBreak!.reason, /^its number is/);
  });
});

Deno.test("a line that the power cut short is taken away, and that is on the record", () => {
  inFolder((folder) => {
    writeLog(folder, 3);
    const path = `${folder}/audit.ndjson`;
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, `${text}{"sequence":5,"at":"19`);
    assert.equal(checkAuditLog(folder).firstBreak?.reason, "the line has no end");
    writeLog(folder, 1);
    assert(checkAuditLog(folder, identity.deviceId).isIntact);
    assert.match(Deno.readTextFileSync(path), /"event":"recovered","details":\{"tornBytes":22\}/);
  });
});

Deno.test("an entry that says too much is cut, and its file is for its owner alone", () => {
  inFolder((folder) => {
    const log = AuditLog.open(folder, identity, { wallClock });
    log.append("refused", { reason: "x".repeat(10_000) });
    log.close();
    const path = `${folder}/audit.ndjson`;
    assert(Deno.statSync(path).size < 1_000);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    assert(checkAuditLog(folder).isIntact);
  });
});

Deno.test("a log whose end is damaged is not written to", () => {
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/audit.ndjson`, "what is this?\n");
    assert.throws(
      () => AuditLog.open(folder, identity),
      (error) => error instanceof OperatingError && error.code === "audit-damaged",
    );
  });
});
