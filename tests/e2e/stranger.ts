import { createSocket, type Socket } from "node:dgram";
import { until } from "./until.ts";

/** Where nodes speak when they are not told another group. */
const GROUP = "239.255.72.86";

const LOOPBACK = "127.0.0.1";

/** So many at once fit the queue of a socket. */
const BURST_LENGTH = 50;
const BURST_PAUSE_MS = 5;

/** Somebody on the network who hears the nodes' datagrams and sends them what it likes. */
export class Stranger implements AsyncDisposable {
  /** What the nodes said, in their order. */
  readonly heard: Uint8Array[] = [];
  readonly #port: number;
  readonly #ear: Socket;
  readonly #mouth: Socket;
  #answers = 0;

  private constructor(port: number, ear: Socket, mouth: Socket) {
    this.#port = port;
    this.#ear = ear;
    this.#mouth = mouth;
    const { port: own } = mouth.address();
    ear.on("message", (bytes, from) => {
      if (from.port !== own) this.heard.push(Uint8Array.from(bytes));
    });
    mouth.on("message", () => this.#answers++);
  }

  static async listen(port: number): Promise<Stranger> {
    const ear = createSocket({ type: "udp4", reuseAddr: true });
    const mouth = createSocket("udp4");
    await new Promise<void>((resolve) => ear.bind(port, resolve));
    ear.addMembership(GROUP, LOOPBACK);
    await new Promise<void>((resolve) => mouth.bind(0, LOOPBACK, resolve));
    mouth.setMulticastInterface(LOOPBACK);
    return new Stranger(port, ear, mouth);
  }

  /** How many datagrams came back to where the stranger sends from. */
  get answers(): number {
    return this.#answers;
  }

  /** Waits until it has heard so many datagrams since it began to listen. */
  async untilHeard(least: number): Promise<void> {
    await until(`${least} datagrams`, () => this.heard.length, (count) => count >= least);
  }

  send(datagrams: readonly Uint8Array[]): Promise<void> {
    return this.sendMany(datagrams.length, (index) => datagrams[index]!);
  }

  /** Sends so many, each made when its turn comes. */
  async sendMany(count: number, make: (index: number) => Uint8Array): Promise<void> {
    for (let index = 0; index < count; index++) {
      const datagram = make(index);
      await new Promise<void>((resolve, reject) => {
        this.#mouth.send(datagram, this.#port, GROUP, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
      if (index % BURST_LENGTH === 0) await pause(BURST_PAUSE_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ear.close();
    this.#mouth.close();
    await pause(0);
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
