/** The process behind `idle_process.ts`: opens nodes or bare endpoints and connects them. */

import { stdin } from "node:process";
import { createInterface } from "node:readline";
import { parseSocketAddress, printSocketAddress } from "../../../src/net/socket_address.ts";
import { QUIC_TIMING, QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import { CLIENT_TLS, SERVER_TLS } from "./certificate.ts";
import type { IdleRequest } from "./idle_process.ts";
import { benchOptions, LOOPBACK } from "./node.ts";

/** The runtime gives memory back a little after the garbage is gone. */
const SETTLE_MS = 200;

interface Holder {
  open(name: string): Promise<string>;
  dial(name: string, to: string): Promise<void>;
}

/** How many connections this process has, counted when they are complete. */
let connections = 0;

class IdleNode implements Holder {
  #transport: QuicTransport | undefined;
  readonly #waiting = new Map<string, () => void>();

  async open(name: string): Promise<string> {
    this.#transport = new QuicTransport({
      ...benchOptions(name),
      limits: { connections: 1_000 },
      onEvent: (event) => {
        if (event.kind !== "connected") return;
        connections++;
        this.#waiting.get(event.peer)?.();
      },
    });
    return await this.#transport.start();
  }

  async dial(name: string, to: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(name, resolve);
    this.#transport!.connect(name, to);
    await promise;
    this.#waiting.delete(name);
  }
}

/** A QUIC connection of the runtime that nothing is done with. */
class IdleEndpoint implements Holder {
  readonly #held: Deno.QuicConn[] = [];
  #endpoint: Deno.QuicEndpoint | undefined;

  open(): Promise<string> {
    const endpoint = this.#endpoint = new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 });
    void this.#listen(endpoint);
    return Promise.resolve(printSocketAddress(endpoint.addr));
  }

  async dial(_name: string, to: string): Promise<void> {
    const { maxIdleMs, keepAliveMs } = QUIC_TIMING.standard;
    this.#hold(
      await Deno.connectQuic({
        ...CLIENT_TLS,
        ...parseSocketAddress(to)!,
        endpoint: this.#endpoint!,
        alpnProtocols: ["bare"],
        maxIdleTimeout: maxIdleMs,
        keepAliveInterval: keepAliveMs,
        congestionControl: "low-latency",
      }),
    );
  }

  async #listen(endpoint: Deno.QuicEndpoint): Promise<void> {
    const listener = endpoint.listen({
      ...SERVER_TLS,
      alpnProtocols: ["bare"],
      maxIdleTimeout: QUIC_TIMING.standard.maxIdleMs,
      congestionControl: "low-latency",
    });
    while (true) this.#hold(await listener.accept());
  }

  #hold(connection: Deno.QuicConn): void {
    connection.closed.catch(() => {});
    this.#held.push(connection);
    connections++;
  }
}

async function main(): Promise<void> {
  const create = Deno.args[0] === "bare" ? () => new IdleEndpoint() : () => new IdleNode();
  const holders: Holder[] = [];
  for await (const line of createInterface({ input: stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line), holders, create)));
  }
}

async function answer(request: IdleRequest, holders: Holder[], create: () => Holder) {
  switch (request.want) {
    case "open": {
      const added = request.names.map((name) => ({ name, holder: create() }));
      holders.push(...added.map(({ holder }) => holder));
      return await Promise.all(added.map(({ name, holder }) => holder.open(name)));
    }
    case "dial":
      await holders[request.from]!.dial(request.name, request.to);
      return null;
    case "memory":
      return await residentBytes(request.connections);
  }
}

/** What is left when all connections are complete and the garbage is gone. */
async function residentBytes(expected: number): Promise<number> {
  while (connections < expected) await pause(10);
  for (let pass = 0; pass < 2; pass++) {
    (globalThis as { gc?: () => void }).gc?.();
    await pause(SETTLE_MS);
  }
  return Deno.memoryUsage().rss;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

await main();
