import { QuicTransport } from "../../../src/net/quic/quic_transport.ts";
import type { PriorityClass } from "../../../src/core/priority.ts";
import type { TransportEvent } from "../../../src/net/transport.ts";
import { benchOptions } from "./node.ts";

const PEER = "server";

/** A node that talks to one other, and waits for what it does to happen. */
export class BenchNode {
  readonly #transport: QuicTransport;
  readonly #address: string;
  readonly #waiting = new Map<TransportEvent["kind"], () => void>();

  private constructor(nodeId: string, address: string) {
    this.#address = address;
    this.#transport = new QuicTransport({
      ...benchOptions(nodeId),
      onEvent: ({ kind }) => this.#waiting.get(kind)?.(),
    });
  }

  static async start(nodeId: string, address: string): Promise<BenchNode> {
    const node = new BenchNode(nodeId, address);
    await node.#transport.start();
    return node;
  }

  async stop(): Promise<void> {
    await this.#transport.stop();
  }

  async connect(): Promise<void> {
    const connected = this.#next("connected");
    this.#transport.connect(PEER, this.#address);
    await connected;
  }

  async disconnect(): Promise<void> {
    const disconnected = this.#next("disconnected");
    this.#transport.disconnect(PEER, "done");
    await disconnected;
  }

  send(priorityClass: PriorityClass, bytes: Uint8Array): boolean {
    return this.#transport.send(PEER, priorityClass, bytes);
  }

  async writable(): Promise<void> {
    await this.#next("writable");
  }

  async request(words: string): Promise<string> {
    const bytes = new TextEncoder().encode(words);
    const reply = await this.#transport.request(PEER, bytes, { deadlineMs: 60_000 });
    return new TextDecoder().decode(reply);
  }

  #next(kind: TransportEvent["kind"]): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(kind, resolve));
  }
}
