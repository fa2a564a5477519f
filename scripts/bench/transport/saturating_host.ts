/**
 * One end of a link that is saturated. The sender sends bulk as fast as it may, and a critical
 * message every now and then; the receiver answers each critical message with another.
 *
 *     deno run -A saturating_host.ts receive HOSTNAME
 *     deno run -A saturating_host.ts send HOSTNAME ADDRESS SECONDS
 */
import { QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import type { TransportEvent } from "../../../src/net/transport.ts";
import type { Saturation } from "../saturated_link.ts";
import { benchOptions } from "./node.ts";

const BULK_MESSAGE_BYTES = 16 << 10;
const CRITICAL_BYTES = 200;
const CRITICAL_EVERY_MS = 200;

/** The window finds its size in the first seconds, and these are not counted. */
const SETTLE_MS = 5_000;

/** How long the last answers may take. */
const GRACE_MS = 5_000;

async function main(): Promise<void> {
  const [role, hostname, address, seconds] = Deno.args as [string, string, string, string];
  if (role === "receive") await receive(hostname);
  else await new Sender(hostname).run(address, Number(seconds) * 1_000);
}

async function receive(hostname: string): Promise<void> {
  let bulkBytes = 0;
  const transport: QuicTransport = new QuicTransport({
    ...benchOptions("server"),
    hostname,
    onEvent: (event) => {
      if (event.kind === "request") event.reply(new TextEncoder().encode(String(bulkBytes)));
      if (event.kind !== "message") return;
      if (event.priorityClass === "low") bulkBytes += event.bytes.length;
      else transport.send(event.peer, "critical", event.bytes.slice());
    },
  });
  console.log(await transport.start());
}

class Sender {
  readonly #transport: QuicTransport;
  readonly #sentAt: number[] = [];
  readonly #timesMs: number[] = [];
  readonly #connected = Promise.withResolvers<void>();

  constructor(hostname: string) {
    this.#transport = new QuicTransport({
      ...benchOptions("client"),
      hostname,
      onEvent: (event) => this.#receive(event),
    });
  }

  async run(address: string, durationMs: number): Promise<void> {
    await this.#transport.start();
    this.#transport.connect("server", address);
    await this.#connected.promise;
    this.#fill();
    await delay(SETTLE_MS);
    const before = await this.#bulkBytes();
    const startedAt = performance.now();
    const clock = setInterval(() => this.#sendCritical(), CRITICAL_EVERY_MS);
    await delay(durationMs);
    clearInterval(clock);
    const elapsedMs = performance.now() - startedAt;
    const bulkBytes = (await this.#bulkBytes() - before) * durationMs / elapsedMs;
    await delay(GRACE_MS);
    const result: Saturation = { sent: this.#sentAt.length, timesMs: this.#timesMs, bulkBytes };
    console.log(JSON.stringify(result));
    Deno.exit(0);
  }

  #receive(event: TransportEvent): void {
    if (event.kind === "connected") this.#connected.resolve();
    if (event.kind === "writable") this.#fill();
    if (event.kind !== "message") return;
    const number = new DataView(event.bytes.buffer, event.bytes.byteOffset).getUint32(0);
    this.#timesMs.push(performance.now() - this.#sentAt[number]!);
  }

  #fill(): void {
    while (this.#transport.send("server", "low", new Uint8Array(BULK_MESSAGE_BYTES)));
  }

  #sendCritical(): void {
    const message = new Uint8Array(CRITICAL_BYTES);
    new DataView(message.buffer).setUint32(0, this.#sentAt.length);
    this.#sentAt.push(performance.now());
    this.#transport.send("server", "critical", message);
  }

  async #bulkBytes(): Promise<number> {
    const asked = new Uint8Array(1);
    const reply = await this.#transport.request("server", asked, { deadlineMs: 60_000 });
    return Number(new TextDecoder().decode(reply));
  }
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

await main();
