/**
 * Prints what the transport does between two processes on loopback, the bulk beside a bare QUIC
 * stream of the runtime in the same run: `deno run -A scripts/bench/transport.ts [--json]`.
 */

import type { PriorityClass } from "../../src/core/priority.ts";
import { BareStream } from "./transport/bare_stream.ts";
import { BenchNode } from "./transport/bench_node.ts";
import { startPeer } from "./transport/start_peer.ts";

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

const ROUNDS = 5;
const HANDSHAKES = 300;
const REQUESTS = 2_000;

const BULK_BYTES = 256 << 20;
const BULK_MESSAGE_BYTES = 64 << 10;

async function main(): Promise<void> {
  using peer = await startPeer();
  const node = await BenchNode.start("client", peer.node);
  const figures = [
    await measureHandshakes(node),
    await measureMessages(node, 200, 1_000_000),
    await measureMessages(node, 1_024, 300_000),
    ...await measureBulk(node, peer.barePort),
    ...await measureRequests(node),
  ];
  await node.stop();
  print(figures);
}

async function measureHandshakes(node: BenchNode): Promise<Figure> {
  const startedAt = performance.now();
  for (let count = 0; count < HANDSHAKES; count++) {
    await node.connect();
    await node.disconnect();
  }
  const value = HANDSHAKES * 1_000 / (performance.now() - startedAt);
  return { what: "handshakes, one after the other", value, unit: "a second" };
}

async function measureMessages(node: BenchNode, bytes: number, count: number): Promise<Figure> {
  const rates = await repeat(async () => count / await timeMessages(node, "normal", bytes, count));
  return { what: `messages of ${bytes} B on one class`, value: median(rates), unit: "a second" };
}

async function measureBulk(node: BenchNode, barePort: number): Promise<Figure[]> {
  const rounds = await repeat(async () => {
    const count = BULK_BYTES / BULK_MESSAGE_BYTES;
    const ours = BULK_BYTES / await timeMessages(node, "low", BULK_MESSAGE_BYTES, count);
    const stream = await BareStream.connect(barePort);
    const bare = BULK_BYTES / await stream.timeSeconds(BULK_BYTES, BULK_MESSAGE_BYTES);
    stream.close();
    return { ours, bare };
  });
  const ratio = median(rounds.map(({ ours, bare }) => ours / bare));
  return [
    { what: "bulk, class low", value: median(rounds.map(({ ours }) => ours / 1e6)), unit: "MB/s" },
    {
      what: "bulk, bare stream",
      value: median(rounds.map(({ bare }) => bare / 1e6)),
      unit: "MB/s",
    },
    { what: "bulk, of a bare stream", value: ratio * 100, unit: "%" },
  ];
}

async function measureRequests(node: BenchNode): Promise<Figure[]> {
  await node.connect();
  const times: number[] = [];
  for (let count = 0; count < REQUESTS; count++) {
    const startedAt = performance.now();
    await node.request("echo");
    times.push((performance.now() - startedAt) * 1_000);
  }
  await node.disconnect();
  times.sort((left, right) => left - right);
  return [
    { what: "request and reply, half in", value: times[REQUESTS / 2]!, unit: "us" },
    { what: "request and reply, 99% in", value: times[REQUESTS * 0.99]!, unit: "us" },
  ];
}

/** How many seconds the messages take until the other side has all of them. */
async function timeMessages(
  node: BenchNode,
  priorityClass: PriorityClass,
  bytes: number,
  count: number,
): Promise<number> {
  await node.connect();
  const startedAt = performance.now();
  const message = new Uint8Array(bytes);
  for (let sent = 0; sent < count; sent++) {
    while (!node.send(priorityClass, message)) await node.writable();
  }
  await node.request(`received ${count}`);
  const elapsedMs = performance.now() - startedAt;
  await node.disconnect();
  return elapsedMs / 1_000;
}

async function repeat<T>(round: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let number = 0; number < ROUNDS; number++) results.push(await round());
  return results;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

function print(figures: readonly Figure[]): void {
  if (Deno.args.includes("--json")) return console.log(JSON.stringify(figures));
  for (const { what, value, unit } of figures) {
    const digits = value < 10 ? 2 : 0;
    const number = value.toLocaleString("en", { maximumFractionDigits: digits }).padStart(12);
    console.log(`${what.padEnd(34)} ${number} ${unit}`);
  }
}

if (import.meta.main) await main();
