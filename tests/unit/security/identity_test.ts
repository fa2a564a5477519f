import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { existingDeviceId, identityPath, openIdentity } from "../../../src/security/identity.ts";

function inFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function refusalOf(action: () => unknown): { code: string; exitCode: number; text: string } {
  try {
    action();
  } catch (error) {
    assert(error instanceof OperatingError, String(error));
    const { code, exitCode = 1 } = error;
    return { code, exitCode, text: `${error.message} ${error.hint} ${error.stack}` };
  }
  throw new Error("it was not refused");
}

Deno.test("a device keeps the key that it made on its first run", () => {
  inFolder((folder) => {
    assert.equal(existingDeviceId(folder), undefined);
    const first = openIdentity(folder);
    const again = openIdentity(folder);
    assert.equal(again.deviceId, first.deviceId);
    assert.equal(existingDeviceId(folder), first.deviceId);
    assert.equal(Deno.statSync(identityPath(folder)).mode! & 0o777, 0o600);
    const digest = createHash("sha256").update(first.signingKey.publicKey).digest("hex");
    assert.equal(first.deviceId, digest.slice(0, 32));
  });
});

Deno.test("two data directories never get the same key", () => {
  inFolder((left) =>
    inFolder((right) => {
      assert.notEqual(openIdentity(left).deviceId, openIdentity(right).deviceId);
    })
  );
});

Deno.test("a key that came from another machine's disk is refused as a clone", () => {
  inFolder((folder) => {
    openIdentity(folder, { machineId: "one" });
    openIdentity(folder, { machineId: "one" });
    const { code, exitCode } = refusalOf(() => openIdentity(folder, { machineId: "two" }));
    assert.deepEqual([code, exitCode], ["identity-cloned", 2]);
    openIdentity(folder, { machineId: "" });
  });
});

Deno.test("a key that others may read is refused", () => {
  inFolder((folder) => {
    openIdentity(folder);
    Deno.chmodSync(identityPath(folder), 0o640);
    const { code, exitCode } = refusalOf(() => openIdentity(folder));
    assert.deepEqual([code, exitCode], ["file-not-private", 2]);
  });
});

Deno.test("a damaged key is refused, and the refusal shows nothing of it", () => {
  inFolder((folder) => {
    openIdentity(folder);
    const text = Deno.readTextFileSync(identityPath(folder));
    const secret = /PRIVATE KEY-----\\n([^\\]+)/.exec(text)![1]!;
    for (const damaged of [text.slice(0, -20), text.replace(secret, secret.slice(8)), "{}", ""]) {
      Deno.writeTextFileSync(identityPath(folder), damaged);
      const { code, exitCode, text: said } = refusalOf(() => openIdentity(folder));
      assert.deepEqual([code, exitCode], ["identity-damaged", 4]);
      assert(!said.includes(secret.slice(10, 30)));
    }
  });
});
