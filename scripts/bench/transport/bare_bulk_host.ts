/**
 * One end of a bulk transfer over QUIC as the runtime has it, with nothing of ours around it. The
 * receiver prints where it listens; the sender sends as fast as it may for the given time over the
 * given number of streams, and prints the bytes that had arrived when the time was up.
 *
 *     deno run -A bare_bulk_host.ts receive HOSTNAME
 *     deno run -A bare_bulk_host.ts send HOSTNAME ADDRESS SECONDS STREAMS
 */
import { parseSocketAddress, printSocketAddress } from "../../../src/net/socket_address.ts";
import { CLIENT_TLS, SERVER_TLS } from "./certificate.ts";

const WRITE_BYTES = 64 << 10;
const READ_BYTES = 256 << 10;
const QUIC = { alpnProtocols: ["bare"], congestionControl: "low-latency" as const };

async function main(): Promise<void> {
  const [role, hostname, address, seconds, streams] = Deno.args as [string, ...string[]];
  const endpoint = new Deno.QuicEndpoint({ hostname: hostname!, port: 0 });
  if (role === "receive") await receive(endpoint);
  else await send(endpoint, address!, Number(seconds), Number(streams));
}

async function receive(endpoint: Deno.QuicEndpoint): Promise<void> {
  const listener = endpoint.listen({ ...SERVER_TLS, ...QUIC });
  console.log(printSocketAddress(endpoint.addr));
  const connection = await listener.accept();
  connection.closed.catch(() => {});
  const count = { bytes: 0 };
  void answer(connection, count);
  for await (const stream of connection.incomingUnidirectionalStreams) void read(stream, count);
}

async function read(stream: Deno.QuicReceiveStream, count: { bytes: number }): Promise<void> {
  const reader = stream.getReader({ mode: "byob" });
  let room = new Uint8Array(READ_BYTES);
  while (true) {
    const { done, value } = await reader.read(room);
    if (done) return;
    count.bytes += value.length;
    room = new Uint8Array(value.buffer);
  }
}

/** Says how much has come to whoever opens a stream to ask. */
async function answer(connection: Deno.QuicConn, count: { bytes: number }): Promise<void> {
  for await (const { readable, writable } of connection.incomingBidirectionalStreams) {
    for await (const _ of readable);
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode(String(count.bytes)));
    await writer.close();
  }
}

async function send(
  endpoint: Deno.QuicEndpoint,
  address: string,
  seconds: number,
  streams: number,
): Promise<void> {
  const to = parseSocketAddress(address)!;
  const connection = await Deno.connectQuic({ ...CLIENT_TLS, ...QUIC, ...to, endpoint });
  connection.closed.catch(() => {});
  const chunk = new Uint8Array(WRITE_BYTES);
  for (let count = 0; count < streams; count++) {
    const writer = (await connection.createUnidirectionalStream()).getWriter();
    void (async () => {
      while (true) await writer.write(chunk);
    })().catch(() => {});
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const asking = await connection.createBidirectionalStream({ sendOrder: 1 });
  const writer = asking.writable.getWriter();
  await writer.write(Uint8Array.of(1));
  await writer.close();
  const parts = await Array.fromAsync(asking.readable.pipeThrough(new TextDecoderStream()));
  console.log(parts.join(""));
  Deno.exit(0);
}

await main();
