/**
 * How long it takes from `peat capability set` on one node until `peat query` on another answers
 * otherwise: two real processes of one formation on loopback, asked over their control sockets.
 *
 *     deno run -A scripts/bench/capability_change.ts [--changes 200] [--json]
 */
import { parseArgs } from "node:util";
import { askQuery, changeCapability } from "../../src/control/capability_client.ts";
import { ControlClient } from "../../src/control/client.ts";
import { quantile } from "./quantile.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ANSWER_MS = 10_000;
const PATIENCE_MS = 60_000;
/** Changes are apart by so much and a chance part, so that none meets the beacons in step. */
const APART_MS = 300;

const { values } = parseArgs({
  options: {
    changes: { type: "string", default: "200" },
    json: { type: "boolean", default: false },
  },
});
const folder = await Deno.makeTempDir({ prefix: "peat-bench-" });
const port = String(20_000 + Math.floor(Math.random() * 20_000));
const formation = `${folder}/bench.formation.json`;
await peat(["formation", "create", "bench", "--out", formation]).status;
const nodes = ["first", "second"].map((id) =>
  peat([
    ...["node", "run", "--id", id, "--interface", "127.0.0.1", "--beacon-port", port],
    ...["--data-dir", `${folder}/${id}`, "--runtime-dir", `${folder}/run`, "--port", "0"],
    ...["--formation", formation, "--socket", `${folder}/${id}.sock`],
  ])
);
try {
  const [first, second] = ["first", "second"].map((id) =>
    new ControlClient(`${folder}/${id}.sock`, ANSWER_MS)
  ) as [ControlClient, ControlClient];
  await until(async () => (await second.nodes()).some(({ connected }) => connected === true));
  const times: number[] = [];
  for (let change = 0; change < Number(values.changes); change++) {
    const confidence = 0.1 + (change % 9) / 10;
    const query = `name:thermal AND confidence=${confidence.toFixed(1)}`;
    await pause(APART_MS * (1 + Math.random()));
    const start = performance.now();
    await changeCapability(first, ["set", `sensor:thermal=${confidence.toFixed(1)}`], false);
    await until(async () => (await askQuery(second, query)).total === 1);
    times.push(performance.now() - start);
  }
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  const figures = { changes: times.length, p50Ms: p50, p99Ms: p99, load: Deno.loadavg()[0]! };
  console.log(
    values.json
      ? JSON.stringify(figures)
      : `${times.length} changes of a capability, until another node's query answers otherwise: ` +
        `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (load ${figures.load.toFixed(1)})`,
  );
} finally {
  for (const node of nodes) node.kill("SIGTERM");
  await Promise.all(nodes.map((node) => node.status));
  await Deno.remove(folder, { recursive: true });
}

function peat(words: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--unstable-net", `${ROOT}main.ts`, ...words],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** A node that does not run yet answers nothing. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!await holds().catch(() => false)) {
    if (performance.now() > giveUpAt) throw new Error("it did not happen in a minute");
    await pause(1);
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
