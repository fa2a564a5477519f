import { assert } from "../../core/kernel/assert.ts";
import type { Address, NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { HandshakeMachine, Proof } from "../authenticator.ts";
import type { PriorityClass } from "../../core/priority.ts";
import { MOST_STREAMS } from "./class_streams.ts";
import { type Closing, fromCloseInfo, toCloseInfo } from "./closing.ts";
import type { ControlMessage } from "./control_message.ts";
import { ControlStream } from "./control_stream.ts";
import type { Dial } from "./dial.ts";
import type { QuicLimits } from "./limits.ts";
import { printSocketAddress } from "../socket_address.ts";
import type { Tasks } from "./tasks.ts";
import { Timer, within } from "./timer.ts";
import { CONTROL_SEND_ORDER, explainStream, Traffic } from "./traffic.ts";

/** How long a connection that is closed by the other side has to say so after its streams end. */
const CLOSE_FRAME_MS: Millis = 50;

/** How long whoever is refused has to hear why. */
const EXPLAIN_MS: Millis = 250;

/** What a link tells the transport that it belongs to. */
export interface LinkObserver {
  /** Both sides have proof of each other, and know so. */
  onGreeted(link: Link): void;
  /** The other side says that this is the connection between the two. */
  onAdopted(link: Link): void;
  /** The other side answered a probe. */
  onAlive(link: Link): void;
  onClosed(link: Link, closing: Closing): void;
  onMessage(link: Link, priorityClass: PriorityClass, bytes: Uint8Array): void;
  onRequest(link: Link, bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean): void;
  onRequestDropped(link: Link): void;
  onWritable(link: Link, priorityClass: PriorityClass): void;
}

export interface LinkOptions {
  readonly connection: Deno.QuicConn;
  /** Absent on the side that was dialled. */
  readonly dial?: Dial;
  readonly instance: string;
  readonly limits: QuicLimits;
  readonly observer: LinkObserver;
  readonly tasks: Tasks;
}

/**
 * One QUIC connection, from its first stream to its end. Its two sides prove who they are, say
 * hello, and then wait until the link is adopted: of several links between two nodes only one
 * ever carries messages, so that nothing is lost or doubled on the others.
 */
export class Link {
  readonly address: Address;
  readonly dial: Dial | undefined;
  readonly #options: LinkOptions;
  readonly #closed = Promise.withResolvers<void>();
  readonly #adoption = Promise.withResolvers<boolean>();
  /** Runs from the beginning until the link is adopted. */
  readonly #timer = new Timer();
  #control: ControlStream | undefined;
  /** Let go of when the handshake is done, since it holds keys and a transcript. */
  #machine: HandshakeMachine | undefined;
  #proof: Proof | undefined;
  #peerInstance: string | undefined;
  #traffic: Traffic | undefined;
  #handshakeBytes = 0;
  #streams = 0;
  #closing: Closing | undefined;
  #isClosedByPeer = false;
  #adoptedAt: Millis | undefined;

  constructor(options: LinkOptions, machine: HandshakeMachine) {
    this.#options = options;
    this.#machine = machine;
    this.dial = options.dial;
    // The runtime leaves out on which link an address is good; whoever dialled it knows.
    this.address = this.dial?.address ?? printSocketAddress(options.connection.remoteAddr);
    this.#timer.start(
      options.limits.handshakeMs,
      () => this.close({ code: "handshakeTimedOut", reason: "the handshake took too long" }),
    );
    options.tasks.run(() => this.#watchClosed());
    options.tasks.run(() => this.#open());
  }

  /** Whom the handshake proved the other side to be. */
  get proof(): Proof | undefined {
    return this.#proof;
  }

  get peer(): NodeId | undefined {
    return this.#proof?.nodeId;
  }

  get isDialled(): boolean {
    return this.dial !== undefined;
  }

  /** Which run of that node this is; present when the link is greeted. */
  get peerInstance(): string | undefined {
    return this.#peerInstance;
  }

  get adoptedAt(): Millis | undefined {
    return this.#adoptedAt;
  }

  /** Present when the link is adopted. */
  get traffic(): Traffic | undefined {
    return this.#traffic;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  get isClosedByPeer(): boolean {
    return this.#isClosedByPeer;
  }

  /** Makes this the connection between the two nodes. The lower node id tells the other. */
  adopt(options: { readonly tell: boolean }): void {
    if (this.isClosed) return;
    assert(this.#traffic === undefined, "Cannot adopt link: it is adopted");
    this.#timer.stop();
    if (options.tell) this.#control!.send({ kind: "adopt" });
    this.#traffic = this.#createTraffic();
    this.#adoptedAt = performance.now();
    this.#adoption.resolve(true);
  }

  /** Asks the other side to show that the link is alive. */
  probe(): void {
    this.#control?.send({ kind: "ping" });
  }

  close(closing: Closing): void {
    if (this.isClosed) return;
    this.#options.connection.close(toCloseInfo(closing));
    this.#end(closing);
  }

  #end(closing: Closing): void {
    if (this.isClosed) return;
    this.#closing = closing;
    this.#timer.stop();
    this.#traffic?.close();
    this.#adoption.resolve(false);
    this.#closed.resolve();
    this.#options.observer.onClosed(this, closing);
  }

  async #watchClosed(): Promise<void> {
    try {
      const closing = fromCloseInfo(await this.#options.connection.closed);
      this.#isClosedByPeer = !this.isClosed;
      this.#end(closing);
    } catch (error) {
      this.#end({ code: "lost", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #open(): Promise<void> {
    const { connection, tasks } = this.#options;
    try {
      await Promise.race([connection.handshake, this.#closed.promise]);
      if (this.isClosed) return;
      if (this.isDialled) {
        this.#start(
          await connection.createBidirectionalStream({
            sendOrder: CONTROL_SEND_ORDER,
            waitUntilAvailable: true,
          }),
        );
      }
    } catch (error) {
      return await this.#streamEnded(explainStream(error));
    }
    tasks.run(() => this.#takeUnidirectional());
    tasks.run(() => this.#takeBidirectional());
  }

  #start(stream: Deno.QuicBidirectionalStream): void {
    const { limits, tasks } = this.#options;
    const control = this.#control = new ControlStream(stream, limits.handshakeBytes);
    const opening = this.#machine!.start();
    // The other side learns of a stream by its first byte.
    assert(!this.isDialled || opening.length > 0, "Cannot open handshake: it has nothing to say");
    for (const bytes of opening) control.send({ kind: "handshake", bytes });
    tasks.run(async () => {
      try {
        await control.read((message) => this.#receive(message));
        await this.#streamEnded({ code: "cutOff", reason: "the first stream ended" });
      } catch (error) {
        await this.#streamEnded(explainStream(error));
      }
    });
  }

  #receive(message: ControlMessage): void {
    if (this.isClosed) return;
    if (this.#proof === undefined) return this.#authenticate(message);
    if (this.#peerInstance === undefined) return this.#greet(message);
    switch (message.kind) {
      case "ping":
        return this.#control!.send({ kind: "pong" });
      case "pong":
        return this.#options.observer.onAlive(this);
      case "adopt":
        return this.#options.observer.onAdopted(this);
      case "bulkReceived":
        return this.#traffic?.acknowledgeBulk(message.bytes);
      case "echo":
        return this.#control!.send({ kind: "echoed", number: message.number });
      case "echoed":
        return this.#traffic?.echoed(message.number);
      default:
        this.close({ code: "badFrame", reason: `there is a second ${message.kind}` });
    }
  }

  #authenticate(message: ControlMessage): void {
    const { dial, instance, limits } = this.#options;
    if (message.kind !== "handshake") {
      return this.close({ code: "badFrame", reason: `${message.kind} came before the handshake` });
    }
    this.#handshakeBytes += message.bytes.length;
    if (this.#handshakeBytes > limits.handshakeBytes) {
      return this.close({ code: "oversizeFrame", reason: "the handshake goes on and on" });
    }
    const { send, done, refused } = this.#machine!.receive(message.bytes);
    for (const bytes of send) this.#control!.send({ kind: "handshake", bytes });
    if (refused !== undefined) return this.#refuse(refused, send.length > 0);
    if (done === undefined) return;
    if (dial !== undefined && done.nodeId !== dial.peer) {
      return this.close({ code: "wrongPeer", reason: `${done.nodeId} answered` });
    }
    this.#proof = done;
    this.#machine = undefined;
    this.#control!.send({ kind: "hello", instance });
  }

  /** Closing throws away what was not sent yet, so whoever is told why gets a moment to hear it. */
  #refuse(refused: Closing, isTold: boolean): void {
    if (!isTold) return this.close(refused);
    this.#timer.stop();
    this.#timer.start(EXPLAIN_MS, () => this.close(refused));
  }

  #greet(message: ControlMessage): void {
    if (message.kind !== "hello") {
      return this.close({ code: "badFrame", reason: `${message.kind} came before the hello` });
    }
    this.#peerInstance = message.instance;
    this.#options.observer.onGreeted(this);
  }

  /** Streams of messages. Their opener has proof of us, so those before the proof are not honest. */
  async #takeUnidirectional(): Promise<void> {
    const { connection, tasks } = this.#options;
    try {
      for await (const stream of connection.incomingUnidirectionalStreams) {
        if (this.#refuseEarly()) return;
        if (++this.#streams > MOST_STREAMS) {
          return this.close({ code: "tooManyStreams", reason: "every class has its own" });
        }
        tasks.run(async () => {
          if (await this.#adoption.promise) await this.#traffic!.receive(stream);
        });
      }
    } catch {
      // The connection is gone, which `#watchClosed` tells.
    }
  }

  async #takeBidirectional(): Promise<void> {
    const { connection, tasks } = this.#options;
    try {
      for await (const stream of connection.incomingBidirectionalStreams) {
        if (this.#control === undefined) {
          this.#start(stream);
          continue;
        }
        if (this.#refuseEarly()) return;
        tasks.run(async () => {
          if (await this.#adoption.promise) await this.#traffic!.answer(stream);
        });
      }
    } catch {
      // As above.
    }
  }

  #refuseEarly(): boolean {
    if (this.#proof !== undefined) return false;
    this.close({ code: "earlyStream", reason: "a stream came before the handshake was done" });
    return true;
  }

  /** A stream ends with its connection too, and then the connection knows better why. */
  async #streamEnded(closing: Closing): Promise<void> {
    if (this.isClosed) return;
    if (closing.code === "cutOff") await within(CLOSE_FRAME_MS, this.#closed.promise);
    this.close(closing);
  }

  #createTraffic(): Traffic {
    const { connection, limits, observer, tasks } = this.#options;
    return new Traffic({
      connection,
      limits,
      onMessage: (priorityClass, bytes) => observer.onMessage(this, priorityClass, bytes),
      onRequest: (bytes, reply) => observer.onRequest(this, bytes, reply),
      onRequestDropped: () => observer.onRequestDropped(this),
      onWritable: (priorityClass) => observer.onWritable(this, priorityClass),
      onBulkRead: (bytes) => this.#control!.send({ kind: "bulkReceived", bytes }),
      askEcho: (number) => this.#control!.send({ kind: "echo", number }),
      onFailed: (closing) => tasks.run(() => this.#streamEnded(closing)),
    });
  }
}
