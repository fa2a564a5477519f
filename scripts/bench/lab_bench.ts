/**
 * Runs a measurement of the network lab, which lives with the lab in `tests/lab`, with this
 * script's own arguments. It needs root, `ip` and a C compiler: `scripts/setup_e2e.sh` installs them.
 */
export async function runLabBench(name: string): Promise<void> {
  const root = `${import.meta.dirname}/../..`;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${root}/tests/lab/${name}_bench.ts`, ...Deno.args],
    cwd: root,
  }).spawn().status;
  Deno.exitCode = code;
}
