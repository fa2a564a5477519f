/**
 * Bulk over a long link that loses packets: one connection of ours, and TCP with BBR as iperf3 does
 * it, in turn on the same link. Needs root, `ip`, a C compiler and iperf3, which
 * `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/lossy_link.ts [--rounds 3] [--seconds 15]
 */
import { parseArgs } from "node:util";
import { Lab } from "../../tests/lab/lab.ts";
import type { LabHost } from "../../tests/lab/lab_host.ts";

const RATE_KBPS = 100_000;
/** Each way. */
const DELAY_MS = 50;
const LOSSES = [0, 0.01, 0.05];
const SCRIPT = new URL("./transport/bulk_host.ts", import.meta.url).pathname;
const PATIENCE_MS = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "15" },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  await using lab = await Lab.create({
    hosts: 2,
    rateKbps: RATE_KBPS,
    delayMs: DELAY_MS,
    queueMs: 100,
  });
  const [from, to] = [lab.host(1), lab.host(2)];
  console.log(`${RATE_KBPS / 1_000} Mbit/s, ${2 * DELAY_MS} ms there and back, ${seconds} s each`);
  for (const loss of LOSSES) {
    await lab.loss(loss);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await peat(from, to, seconds));
      theirs.push(await bbr(from, to, seconds));
    }
    const [our, their] = [median(ours), median(theirs)];
    console.log(
      `${loss * 100} % lost: peat ${our.toFixed(1)} Mbit/s, iperf3 with BBR ` +
        `${their.toFixed(1)} Mbit/s, ${(our / their).toFixed(2)} of it`,
    );
  }
}

async function peat(from: LabHost, to: LabHost, seconds: number): Promise<number> {
  const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", SCRIPT, ...args];
  await using receiver = to.start(...deno("receive", to.address));
  const address = await receiver.line(/:\d+$/, { from: "stdout", timeoutMs: PATIENCE_MS });
  const sender = from.start(...deno("send", from.address, address, String(seconds)));
  await using _ = sender;
  const { stdout, stderr, code } = await sender.ended(seconds * 1_000 + PATIENCE_MS);
  if (code !== 0) throw new Error(`Cannot send in bulk: ${stderr}`);
  return Number(stdout.trim()) * 8 / seconds / 1e6;
}

async function bbr(from: LabHost, to: LabHost, seconds: number): Promise<number> {
  await using server = to.start("iperf3", "-s", "-1", "--forceflush");
  await server.line(/listening/, { from: "stdout", timeoutMs: PATIENCE_MS });
  const args = ["-c", to.address, "-C", "bbr", "-t", String(seconds), "-J"];
  const client = from.start("iperf3", ...args);
  await using _ = client;
  const { stdout } = await client.ended(seconds * 1_000 + PATIENCE_MS);
  const { end, error } = JSON.parse(stdout);
  if (error !== undefined) throw new Error(`Cannot run iperf3: ${error}`);
  return end.sum_received.bits_per_second / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
}

await main();
