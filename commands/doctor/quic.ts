import { ALPN } from "../../src/net/quic/quic_transport.ts";
import { Credentials } from "../../src/security/credentials.ts";
import { createFormation } from "../../src/security/formation_life.ts";
import { makeIdentity } from "../../src/security/identity.ts";
import { fail, type Finding, pass } from "./check.ts";

const LOOPBACK = "127.0.0.1";
const REMEDY = "iptables -I INPUT -i lo -p udp -j ACCEPT";

/** How long the two ends may take; the runtime itself would wait for half a minute. */
const IDLE_MS = 2_000;

/**
 * Makes a formation that nobody else is in, listens as its only member, dials itself with the pinned
 * certificate as nodes dial each other, and has its own words come back.
 */
export async function examineQuic(nowMs: number = Date.now()): Promise<Finding> {
  const credentials = new Credentials(
    createFormation("doctor", "shared", nowMs),
    makeIdentity(),
    "doctor",
  );
  const startedAt = performance.now();
  using listening = closing(new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 }));
  using dialling = closing(new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 }));
  const { port } = listening.endpoint.addr;
  const options = { alpnProtocols: [ALPN], maxIdleTimeout: IDLE_MS };
  const listener = listening.endpoint.listen({ ...credentials.serverTls(nowMs), ...options });
  const stopped = new AbortController();
  const answering = answerOnce(listener, stopped.signal);
  try {
    const connection = await Deno.connectQuic({
      ...options,
      ...credentials.clientTls(credentials.member(nowMs), nowMs),
      hostname: LOOPBACK,
      port,
      endpoint: dialling.endpoint,
    });
    const sent = crypto.getRandomValues(new Uint8Array(1024));
    const received = await exchange(connection, sent);
    connection.close();
    if (received.toHex() !== sent.toHex()) return fail("other bytes came back than sent", REMEDY);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    return fail(`Cannot dial oneself on ${LOOPBACK}: ${state}`, REMEDY);
  } finally {
    stopped.abort();
    listener.stop();
    await answering;
  }
  const tookMs = Math.round(performance.now() - startedAt);
  return pass(`dialled itself on ${LOOPBACK} and exchanged 1 KiB in ${tookMs} ms`);
}

async function exchange(connection: Deno.QuicConn, sent: Uint8Array): Promise<Uint8Array> {
  connection.closed.catch(() => {});
  const stream = await connection.createBidirectionalStream();
  const writer = stream.writable.getWriter();
  await writer.write(sent);
  await writer.close();
  return await readAll(stream.readable);
}

/** The other end: takes one connection and sends back what its first stream says. */
async function answerOnce(listener: Deno.QuicListener, signal: AbortSignal): Promise<void> {
  try {
    const incoming = await listener.incoming();
    // The runtime aborts the whole process when this is accepted after the listener was stopped.
    if (signal.aborted) return;
    const connection = await incoming.accept();
    connection.closed.catch(() => {});
    for await (const { readable, writable } of connection.incomingBidirectionalStreams) {
      const writer = writable.getWriter();
      await writer.write(await readAll(readable));
      await writer.close();
      break;
    }
    await connection.closed;
  } catch {
    // The end that dialled says what went wrong.
  }
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

function closing(endpoint: Deno.QuicEndpoint) {
  return { endpoint, [Symbol.dispose]: () => endpoint.close() };
}
