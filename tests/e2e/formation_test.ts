import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { AuditLog } from "../../src/security/audit_log.ts";
import { openIdentity } from "../../src/security/identity.ts";
import { peatCommand, type PeatOptions, runPeat, temporaryFolder } from "./harness.ts";

/** Where peat keeps things when nothing is said of it. */
function homeIn(folder: string): Record<string, string> {
  return { XDG_STATE_HOME: `${folder}/state`, XDG_CONFIG_HOME: `${folder}/config` };
}

/** Runs peat in a folder, and leaves nothing elsewhere. */
function peatIn(folder: string) {
  return (args: readonly string[], options: PeatOptions = {}) =>
    runPeat(args, { cwd: folder, env: homeIn(folder), ...options });
}

function readJson(text: string) {
  return JSON.parse(text);
}

Deno.test("create makes a private file, says what it is, and never overwrites one", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  const first = await peat(["formation", "create", "alpha", "--json"]);
  equal(first.code, 0);
  const { formation, kind, fingerprint, file } = readJson(first.stdout);
  deepEqual([formation, kind, file], ["alpha", "shared", "alpha.formation.json"]);
  match(fingerprint, /^[0-9a-f]{16}$/);
  equal(Deno.statSync(`${folder.path}/${file}`).mode! & 0o777, 0o600);
  const secret = readJson(Deno.readTextFileSync(`${folder.path}/${file}`)).epochs[0].secret;
  const again = await peat(["formation", "create", "alpha"]);
  equal(again.code, 4);
  match(again.stderr, /^peat: cannot write .*there is a file of that name.*\n$/);
  const shown = await peat(["formation", "show", file]);
  equal(shown.code, 0);
  match(shown.stdout, new RegExp(fingerprint));
  equal(first.stdout.includes(secret) || shown.stdout.includes(secret), false);
});

Deno.test("an enrolled node asks, is answered and joins by files alone", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  await peat(["formation", "create", "alpha", "--kind", "enrolled", "--out", "alpha.json"]);
  const asked = await peat(["formation", "join", "--request", "--node", "drone-1"]);
  equal(asked.code, 0);
  const invite = ["formation", "invite", "alpha.json", "--request", "-", "--role", "operator"];
  const tried = await peat([...invite, "--dry-run"], { stdin: asked.stdout });
  deepEqual([tried.code, tried.stdout.includes("certificate")], [0, false]);
  const answered = await peat([...invite, "--expires", "24h"], { stdin: asked.stdout });
  equal(answered.code, 0, answered.stderr);
  const joined = await peat(["formation", "join", "-", "--json"], { stdin: answered.stdout });
  equal(joined.code, 0, joined.stderr);
  const { nodeId, deviceId, file } = readJson(joined.stdout);
  deepEqual([nodeId, deviceId], ["drone-1", readJson(asked.stdout).deviceId]);
  const { holds, member } = readJson((await peat(["formation", "show", file, "--json"])).stdout);
  deepEqual([holds, member.nodeId, member.role], ["membership", "drone-1", "operator"]);
  const thief = await peat(["formation", "join", "-", "--data-dir", "elsewhere"], {
    stdin: answered.stdout,
  });
  equal(thief.code, 2);
});

Deno.test("a shared formation is handed over by a pipe, and not shown by mistake", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  const made = await peat(["formation", "create", "alpha", "--out", "alpha.json", "--json"]);
  const shown = await peat(["formation", "invite", "alpha.json"]);
  deepEqual([shown.code, shown.stdout], [4, ""]);
  const { stdout } = await peat(["formation", "invite", "alpha.json", "--out", "-"]);
  const wrong = ["--fingerprint", "0000000000000000"];
  const join = ["formation", "join", "-", "--data-dir", "node", "--json"];
  equal((await peat([...join, ...wrong], { stdin: stdout })).code, 2);
  const joined = await peat(join, { stdin: stdout });
  equal(joined.code, 0, joined.stderr);
  equal(readJson(joined.stdout).fingerprint, readJson(made.stdout).fingerprint);
  equal(Deno.statSync(`${folder.path}/node/formation.json`).mode! & 0o777, 0o600);
});

Deno.test("revoking takes agreement, is for ever, and is not for shared formations", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  await peat(["formation", "create", "alpha", "--kind", "enrolled", "--out", "alpha.json"]);
  const { stdout: request } = await peat(["formation", "join", "--request", "--node", "drone-1"]);
  const invite = ["formation", "invite", "alpha.json", "--request", "-"];
  await peat(invite, { stdin: request });
  const revoke = ["formation", "revoke", "alpha.json", "drone-1"];
  const before = Deno.readTextFileSync(`${folder.path}/alpha.json`);
  equal((await peat(revoke)).code, 4);
  equal((await peat([...revoke, "--dry-run"])).code, 0);
  equal(Deno.readTextFileSync(`${folder.path}/alpha.json`), before);
  const revoked = await peat([...revoke, "--yes", "--json"]);
  deepEqual(readJson(revoked.stdout).deviceIds, [readJson(request).deviceId]);
  const again = await peat(invite, { stdin: request });
  equal(again.code, 3);
  await peat(["formation", "create", "bravo", "--out", "bravo.json"]);
  equal((await peat(["formation", "revoke", "bravo.json", "drone-1", "--yes"])).code, 3);
});

Deno.test("a rotation keeps both keys for its grace, and one without grace takes agreement", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  await peat(["formation", "create", "alpha", "--out", "alpha.json"]);
  const rotated = await peat(["formation", "rotate", "alpha.json", "--grace", "1h", "--json"]);
  const { epoch, graceMs } = readJson(rotated.stdout);
  deepEqual([epoch, graceMs], [2, 3_600_000]);
  const shown = await peat(["formation", "show", "alpha.json", "--json"]);
  const states = readJson(shown.stdout).epochs.map(({ state }: { state: string }) => state);
  deepEqual(states, ["current", "accepted"]);
  const sudden = ["formation", "rotate", "alpha.json", "--grace", "0s"];
  equal((await peat(sudden)).code, 4);
  equal((await peat([...sudden, "--yes"])).code, 0);
  const after = await peat(["formation", "show", "alpha.json", "--json"]);
  equal(readJson(after.stdout).epochs.length, 1);
});

Deno.test("credentials that others may read, and broken ones, are refused by their exit code", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  await peat(["formation", "create", "alpha", "--out", "alpha.json"]);
  Deno.chmodSync(`${folder.path}/alpha.json`, 0o644);
  const open = await peat(["formation", "show", "alpha.json", "--json"]);
  equal(open.code, 2);
  equal(readJson(open.stderr).error.code, "file-not-private");
  Deno.writeTextFileSync(`${folder.path}/broken.json`, "{", { mode: 0o600 });
  equal((await peat(["formation", "show", "broken.json"])).code, 4);
  equal((await peat(["formation", "show", "missing.json"])).code, 4);
});

Deno.test("a changed audit log is named with its first broken entry and exit code 1", async () => {
  await using folder = await temporaryFolder();
  const peat = peatIn(folder.path);
  const log = AuditLog.open(folder.path, openIdentity(folder.path));
  for (const reason of ["badSeal", "revoked", "expired"]) log.append("refused", { reason });
  log.close();
  const check = ["formation", "audit", "--data-dir", folder.path, "--json"];
  const intact = await peat(check);
  deepEqual([intact.code, readJson(intact.stdout).verdict], [0, "intact"]);
  const path = `${folder.path}/audit.ndjson`;
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("revoked", "allowed"));
  const broken = await peat(check);
  const { verdict, firstBreak } = readJson(broken.stdout);
  deepEqual([broken.code, verdict, firstBreak.line], [1, "broken", 3]);
  equal((await peat(["formation", "audit", "--data-dir", "nowhere"])).code, 4);
});

Deno.test("the examples that help gives for enrolling work as a pipeline", async () => {
  await using folder = await temporaryFolder();
  const line = '"$@" formation create alpha --kind enrolled --out alpha.json && ' +
    '"$@" formation join --request --node drone-1 | ' +
    '"$@" formation invite alpha.json --request - | "$@" formation join - --json';
  const output = await new Deno.Command("sh", {
    args: ["-c", line, "sh", ...peatCommand()],
    cwd: folder.path,
    env: homeIn(folder.path),
    stdin: "null",
  }).output();
  equal(output.code, 0);
  notEqual(new TextDecoder().decode(output.stdout).indexOf('"nodeId": "drone-1"'), -1);
});
