/**
 * What a critical message waits for on a slow link that bulk saturates: 1 Mbit/s, 100 ms there and
 * back, and a queue of two seconds in the network. Bulk goes in class `low` as fast as it may; a
 * critical message of 200 bytes goes every 200 ms, and the other side answers it with another one.
 * Needs root, `ip` and a C compiler, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/saturated_link.ts [--seconds 60] [--loss 0]
 */
import { parseArgs } from "node:util";
import { Lab } from "../../tests/lab/lab.ts";
import { quantile } from "./quantile.ts";

const RATE_KBPS = 1_000;
/** Each way. */
const DELAY_MS = 50;
const QUEUE_MS = 2_000;
const PATIENCE_MS = 60_000;
const SCRIPT = new URL("./transport/saturating_host.ts", import.meta.url).pathname;

/** What the sending host prints. */
export interface Saturation {
  readonly sent: number;
  /** Until the answer to each critical message was there. */
  readonly timesMs: readonly number[];
  readonly bulkBytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      loss: { type: "string", default: "0" },
    },
  });
  const seconds = Number(values.seconds);
  await using lab = await Lab.create({
    hosts: 2,
    rateKbps: RATE_KBPS,
    delayMs: DELAY_MS,
    queueMs: QUEUE_MS,
    loss: Number(values.loss) / 100,
  });
  const [from, to] = [lab.host(1), lab.host(2)];
  const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", SCRIPT, ...args];
  await using receiver = to.start(...deno("receive", to.address));
  const address = await receiver.line(/:\d+$/, { from: "stdout", timeoutMs: PATIENCE_MS });
  await using sender = from.start(...deno("send", from.address, address, values.seconds));
  const { stdout, stderr, code } = await sender.ended(seconds * 1_000 + PATIENCE_MS);
  if (code !== 0) throw new Error(`Cannot saturate the link: ${stderr}`);
  print(JSON.parse(stdout), seconds, values.loss);
}

function print({ sent, timesMs, bulkBytes }: Saturation, seconds: number, loss: string): void {
  const time = (share: number) => quantile(timesMs, share).toFixed(0);
  const share = bulkBytes * 8 / (seconds * RATE_KBPS * 1_000);
  console.log(
    `${RATE_KBPS / 1_000} Mbit/s, ${2 * DELAY_MS} ms there and back, ${loss} % lost, ${seconds} s`,
  );
  console.log(`critical, there and back: p50 ${time(0.5)}, p95 ${time(0.95)}, most ${time(1)} ms`);
  console.log(`${sent} critical messages, ${sent - timesMs.length} without an answer`);
  console.log(`bulk: ${(share * 100).toFixed(0)} % of the link`);
}

if (import.meta.main) await main();
