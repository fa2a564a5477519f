/**
 * One end of a bulk transfer between two hosts of the lab. The receiver prints where it listens and
 * then how many bytes it got in each run; the sender sends as fast as it may for the given time.
 *
 *     deno run -A bulk_host.ts receive HOSTNAME
 *     deno run -A bulk_host.ts send HOSTNAME ADDRESS SECONDS
 */
import { QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import type { TransportEvent } from "../../../src/net/transport.ts";
import { benchOptions } from "./node.ts";

const MESSAGE_BYTES = 64 << 10;

async function main(): Promise<void> {
  const [role, hostname, address, seconds] = Deno.args as [string, string, string, string];
  if (role === "receive") await receive(hostname);
  else await send(hostname, address, Number(seconds));
}

async function receive(hostname: string): Promise<void> {
  let bytes = 0;
  const transport = new QuicTransport({
    ...benchOptions("server"),
    hostname,
    onEvent: (event) => {
      if (event.kind === "connected") bytes = 0;
      if (event.kind === "message") bytes += event.bytes.length;
      if (event.kind === "request") event.reply(new TextEncoder().encode(String(bytes)));
    },
  });
  console.log(await transport.start());
}

/** Prints the bytes that had arrived when the time was up. */
async function send(hostname: string, address: string, seconds: number): Promise<void> {
  const events = new Map<TransportEvent["kind"], () => void>();
  const next = (kind: TransportEvent["kind"]) =>
    new Promise<void>((resolve) => events.set(kind, resolve));
  const transport = new QuicTransport({
    ...benchOptions("client"),
    hostname,
    onEvent: ({ kind }) => events.get(kind)?.(),
  });
  await transport.start();
  const connected = next("connected");
  transport.connect("server", address);
  await connected;
  const endsAt = performance.now() + seconds * 1_000;
  while (performance.now() < endsAt) {
    const writable = next("writable");
    if (transport.send("server", "low", new Uint8Array(MESSAGE_BYTES))) continue;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endsAt - performance.now());
    });
    await Promise.race([writable, over]);
    clearTimeout(timer);
  }
  const reply = await transport.request("server", new Uint8Array(1), { deadlineMs: 30_000 });
  console.log(new TextDecoder().decode(reply));
  await transport.stop();
  Deno.exit(0);
}

await main();
