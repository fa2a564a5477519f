/** The other process of the bench: a node that counts what it gets, and a bare QUIC server. */

import { QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import { benchOptions, LOOPBACK } from "./node.ts";
import { SERVER_TLS } from "./certificate.ts";

interface Waiter {
  readonly messages: number;
  readonly answer: () => void;
}

async function main(): Promise<void> {
  const transport = serve();
  const bare = new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 });
  void serveBare(bare);
  console.log(JSON.stringify({ node: await transport.start(), barePort: bare.addr.port }));
}

/** Requests are `echo ...` and `received N`, which waits for so many messages. */
function serve(): QuicTransport {
  let received = 0;
  let waiters: Waiter[] = [];
  const transport = new QuicTransport({
    ...benchOptions("server"),
    onEvent: (event) => {
      if (event.kind === "connected") received = 0;
      if (event.kind === "message") {
        received++;
        waiters = waiters.filter(({ messages, answer }) => received < messages || answer());
      }
      if (event.kind !== "request") return;
      const [word, count] = new TextDecoder().decode(event.bytes).split(" ");
      const answer = () => void event.reply(event.bytes);
      if (word !== "received" || received >= Number(count)) answer();
      else waiters.push({ messages: Number(count), answer });
    },
  });
  return transport;
}

/** Reads whatever comes on each stream and answers with one byte when it ends. */
async function serveBare(endpoint: Deno.QuicEndpoint): Promise<void> {
  const listener = endpoint.listen({ ...SERVER_TLS, alpnProtocols: ["bare"] });
  while (true) {
    const connection = await listener.accept();
    connection.closed.catch(() => {});
    void readStreams(connection);
  }
}

async function readStreams(connection: Deno.QuicConn): Promise<void> {
  for await (const { readable, writable } of connection.incomingBidirectionalStreams) {
    for await (const _ of readable);
    const writer = writable.getWriter();
    await writer.write(Uint8Array.of(1));
    await writer.close();
  }
}

await main();
