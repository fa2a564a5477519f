/**
 * Floods real nodes on this machine for longer than the tests do, and prints what was measured:
 * 100,000 datagrams of noise and 100,000 damaged ones, and 500 connections that say next to
 * nothing for a minute.
 *
 *     deno run -A scripts/hostile.ts
 */
async function main(): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--unstable-net", "tests/e2e/hostile_test.ts"],
    env: { HOSTILE_DATAGRAMS: "100000", HOSTILE_CROWD_MS: "60000" },
  }).spawn().status;
  Deno.exit(code);
}

if (import.meta.main) await main();
