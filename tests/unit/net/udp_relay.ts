/**
 * Stands between a UDP server and its clients and passes packets on, or swallows them. Each client
 * is seen by the server at an address of its own, as behind a router.
 */
export class UdpRelay {
  readonly #front: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #flows = new Map<number, Deno.DatagramConn>();
  readonly #blocked = new Set<number>();
  readonly #loops: Promise<void>[] = [];
  isPaused = false;

  constructor(serverPort: number) {
    this.#server = { transport: "udp", hostname: "127.0.0.1", port: serverPort };
    this.#front = listen();
    this.#loops.push(this.#forward());
  }

  get port(): number {
    return (this.#front.addr as Deno.NetAddr).port;
  }

  /** Nothing from this client gets through any more, nor anything to it. */
  block(clientPort: number): void {
    this.#blocked.add(clientPort);
  }

  async close(): Promise<void> {
    this.#front.close();
    for (const flow of this.#flows.values()) flow.close();
    await Promise.all(this.#loops);
  }

  async #forward(): Promise<void> {
    for await (const [packet, from] of this.#front) {
      const client = from as Deno.NetAddr;
      if (this.#swallows(client.port)) continue;
      await trySend(this.#flowOf(client), packet, this.#server);
    }
  }

  #flowOf(client: Deno.NetAddr): Deno.DatagramConn {
    const known = this.#flows.get(client.port);
    if (known !== undefined) return known;
    const flow = listen();
    this.#flows.set(client.port, flow);
    this.#loops.push(this.#backward(flow, client));
    return flow;
  }

  async #backward(flow: Deno.DatagramConn, client: Deno.NetAddr): Promise<void> {
    for await (const [packet] of flow) {
      if (!this.#swallows(client.port)) await trySend(this.#front, packet, client);
    }
  }

  #swallows(clientPort: number): boolean {
    return this.isPaused || this.#blocked.has(clientPort);
  }
}

function listen(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
}

/** A relay that is being closed loses what it holds, as a router does. */
async function trySend(socket: Deno.DatagramConn, packet: Uint8Array, to: Deno.Addr) {
  try {
    await socket.send(packet, to);
  } catch {
    // Lost.
  }
}
