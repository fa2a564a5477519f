/**
 * Bulk over a long link that loses packets: one connection of ours, one of the runtime's QUIC with
 * nothing around it, over one stream and over four, and TCP with BBR as iperf3 does it, in turn on
 * the same link. Needs root, `ip`, a C compiler and iperf3, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/lossy_link.ts [--rounds 3] [--seconds 15] [--loss 0,1,5] [--only peat]
 */
import { parseArgs } from "node:util";
import { Lab } from "../../tests/lab/lab.ts";
import type { LabHost } from "../../tests/lab/lab_host.ts";
import { median } from "./quantile.ts";

const RATE_KBPS = 100_000;
/** Each way. */
const DELAY_MS = 50;
const PATIENCE_MS = 60_000;
const PEAT = new URL("./transport/bulk_host.ts", import.meta.url).pathname;
const BARE = new URL("./transport/bare_bulk_host.ts", import.meta.url).pathname;

/** What moves bulk from one host to the other, and answers how much, in Mbit/s. */
type Mover = (from: LabHost, to: LabHost, seconds: number) => Promise<number>;

const MOVERS: Readonly<Record<string, Mover>> = {
  "peat": (from, to, seconds) => quic(PEAT, from, to, [seconds]),
  "bare QUIC, one stream": (from, to, seconds) => quic(BARE, from, to, [seconds, 1]),
  "bare QUIC, four streams": (from, to, seconds) => quic(BARE, from, to, [seconds, 4]),
  "iperf3 with BBR": bbr,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "15" },
      loss: { type: "string", default: "0,1,5" },
      only: { type: "string" },
    },
  });
  const names = Object.keys(MOVERS).filter((name) => name.startsWith(values.only ?? ""));
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  await using lab = await Lab.create({
    hosts: 2,
    rateKbps: RATE_KBPS,
    delayMs: DELAY_MS,
    queueMs: 100,
  });
  console.log(`${RATE_KBPS / 1_000} Mbit/s, ${2 * DELAY_MS} ms there and back, ${seconds} s each`);
  for (const percent of values.loss.split(",").map(Number)) {
    await lab.loss(percent / 100);
    const moved = names.map((name) => ({ name, rates: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const { name, rates } of moved) {
        rates.push(await MOVERS[name]!(lab.host(1), lab.host(2), seconds));
      }
    }
    const figures = moved.map(({ name, rates }) => `${name} ${median(rates).toFixed(1)}`);
    console.log(`${percent} % lost, Mbit/s: ${figures.join("; ")}`);
  }
}

async function quic(
  script: string,
  from: LabHost,
  to: LabHost,
  numbers: readonly number[],
): Promise<number> {
  const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", script, ...args];
  await using receiver = to.start(...deno("receive", to.address));
  const address = await receiver.line(/:\d+$/, { from: "stdout", timeoutMs: PATIENCE_MS });
  const sender = from.start(...deno("send", from.address, address, ...numbers.map(String)));
  await using _ = sender;
  const seconds = numbers[0]!;
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

await main();
