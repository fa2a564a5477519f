import { deepEqual, equal } from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";

// A bundler that drops `using` declarations makes an executable that passes every other test. The
// demo removes its folder last, once all of its nodes have ended.
Deno.test("the demo leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await runPeat(["demo", "--nodes", "2"], {
    env: { TMPDIR: folder.path },
    timeoutMs: 60_000,
  });
  equal(code, 0, stderr);
  deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
});
