/** Runs every benchmark that needs no lab and no privilege, one after the other. */
const BENCHMARKS = [
  "sim",
  "election_compare",
  "wire",
  "security",
  "transport",
  "idle_connections",
  "start_up",
  "node_idle",
];

for (const name of BENCHMARKS) {
  console.log(`\n${name}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(`${name}.ts`, import.meta.url).pathname],
    stdin: "null",
  }).spawn().status;
  if (!success) Deno.exit(1);
}
