import assert from "node:assert/strict";
import { type Check, fail, pass, runChecks, skip, warn } from "../../../commands/doctor/check.ts";
import { nagiosLine, reportOf, reportText } from "../../../commands/doctor/report.ts";
import { paintFor } from "../../../src/cli/paint.ts";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";

function check(id: string, examine: Check["examine"]): Check {
  return { id, title: id, examine };
}

async function reportFrom(...checks: readonly Check[]) {
  return reportOf(await runChecks(checks, 1_000));
}

const GOOD = check("good", () => pass("it works"));
const DOUBTFUL = check("doubtful", () => warn("it is a|little slow", "speed up"));
const BAD = check("bad", () => fail("it is\nbroken", "mend it"));
const ABSENT = check("absent", () => skip("it is not there", "get one"));

Deno.test("the verdict is the worst of what was tried", async () => {
  assert.equal((await reportFrom(GOOD, ABSENT)).verdict, "pass");
  assert.equal((await reportFrom(GOOD, DOUBTFUL, ABSENT)).verdict, "warn");
  assert.equal((await reportFrom(BAD, DOUBTFUL, GOOD)).verdict, "fail");
});

Deno.test("what a check throws is its failure, with the hint as the remedy", async () => {
  const error = new OperatingError("Cannot do it: no", { code: "no", hint: "try again" });
  const { checks } = await reportFrom(check("thrower", () => Promise.reject(error)), GOOD);
  assert.deepEqual(checks[0], {
    id: "thrower",
    title: "thrower",
    status: "fail",
    detail: "Cannot do it: no",
    remedy: "try again",
  });
  assert.equal(checks[1]?.status, "pass");
});

Deno.test("a check that hangs fails when its time is over, and keeps no other waiting", async () => {
  const hanging = check("hanging", () => new Promise(() => {}));
  const checks = await runChecks([hanging, GOOD], 1);
  assert.equal(checks[0]?.status, "fail");
  assert.match(checks[0]?.remedy ?? "", /--timeout 3ms/);
  assert.equal(checks[1]?.status, "pass");
});

Deno.test("a busy check starts after the others and is reported in its place", async () => {
  const order: string[] = [];
  const noted = (id: string) =>
    check(id, async () => {
      await Promise.resolve();
      order.push(id);
      return pass(id);
    });
  const checks = await runChecks([{ ...noted("busy"), isBusy: true }, noted("quick")], 1_000);
  assert.deepEqual(order, ["quick", "busy"]);
  assert.deepEqual(checks.map(({ id }) => id), ["busy", "quick"]);
});

Deno.test("Nagios gets one line, whose only bar is before the counts", async () => {
  assert.equal(
    nagiosLine(await reportFrom(GOOD, ABSENT)),
    "PEAT OK - all of 1 checks pass, 1 skipped | pass=1 warn=0 fail=0 skip=1",
  );
  assert.equal(
    nagiosLine(await reportFrom(GOOD, DOUBTFUL)),
    "PEAT WARNING - doubtful: it is a/little slow | pass=1 warn=1 fail=0 skip=0",
  );
  assert.equal(
    nagiosLine(await reportFrom(BAD)),
    "PEAT CRITICAL - bad: it is\\nbroken | pass=0 warn=0 fail=1 skip=0",
  );
});

Deno.test("text shows every remedy below what it is for", async () => {
  const text = reportText(await reportFrom(GOOD, DOUBTFUL), paintFor(false));
  assert.deepEqual(text.split("\n"), [
    "pass  good      it works",
    "warn  doubtful  it is a|little slow",
    "                try: speed up",
    "",
    "0 of 2 checks fail, 1 warn",
  ]);
});
