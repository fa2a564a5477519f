import type { Credentials } from "./credentials.ts";
import type { Refusal, Standings } from "./standings.ts";
import type { StreamConnection } from "./stream_connection.ts";

/** The stream that the handshake travels on. */
export const HANDSHAKE_STREAM = 0;

/** What connections are closed with, in the words of the real transport. */
export type HandshakeFailure = "notAuthenticated" | "notPermitted" | "wrongPeer";

type StepName = "hello" | "answer" | "proof" | "welcome";

interface Message extends Credentials {
  readonly step: StepName;
  readonly name: string;
  /** The truth, which only checkers look at. */
  readonly isMember: boolean;
}

const ENCODER = new TextEncoder();

/** What was said by bytes that are under way, since most of them arrive as they were written. */
const SAID = new WeakMap<Uint8Array, Message>();

export interface HandshakeOptions {
  readonly connection: StreamConnection;
  readonly standings: Standings;
  /** Whom the dial was for; absent on the side that was dialled. */
  readonly expected?: string;
  /** The other side goes by this name from now on; whether it was a member is for checkers. */
  readonly onProven: (name: string, wasMember: boolean) => void;
  readonly onRefused: (failure: HandshakeFailure) => void;
}

/**
 * One side of the proof that both sides give each other before a connection counts: hello, answer,
 * proof and welcome, each a message that takes its time and may have to be sent again. A signature
 * is judged where the real one is: the server's in its answer, the client's in its proof.
 */
export class VirtualHandshake {
  readonly #options: HandshakeOptions;
  #awaited: StepName | undefined;
  #isProven = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#awaited = options.expected === undefined ? "hello" : "answer";
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  get isOver(): boolean {
    return this.#awaited === undefined;
  }

  /** The connection is open, and the side that dialled has the first word. */
  open(): void {
    if (this.#options.expected !== undefined) this.#say("hello");
  }

  receive(bytes: Uint8Array): void {
    const message = SAID.get(bytes) ?? JSON.parse(new TextDecoder().decode(bytes)) as Message;
    if (message.step !== this.#awaited) return;
    const failure = this.#judge(message);
    if (failure !== undefined) {
      this.#awaited = undefined;
      return this.#options.onRefused(failure);
    }
    switch (message.step) {
      case "hello":
        this.#awaited = "proof";
        return this.#say("answer");
      case "answer":
        this.#awaited = "welcome";
        return this.#say("proof");
      case "proof":
        this.#say("welcome");
        return this.#conclude(message);
      case "welcome":
        return this.#conclude(message);
    }
  }

  #judge(message: Message): HandshakeFailure | undefined {
    const { connection, standings, expected } = this.#options;
    const refusal = standings.refuses(connection.host.index, message) ??
      (message.step === "hello" ? undefined : standings.refusesName(message, message.name));
    if (refusal !== undefined) return failureOf(refusal);
    return expected === undefined || message.name === expected ? undefined : "wrongPeer";
  }

  #conclude({ name, isMember }: Message): void {
    this.#awaited = undefined;
    this.#isProven = true;
    this.#options.onProven(name, isMember);
  }

  #say(step: StepName): void {
    const { connection, standings } = this.#options;
    const { index } = connection.host;
    const message: Message = {
      step,
      name: standings.nameOf(index),
      isMember: standings.isMember(index),
      ...standings.credentials(index),
    };
    const bytes = ENCODER.encode(JSON.stringify(message));
    SAID.set(bytes, message);
    connection.write(HANDSHAKE_STREAM, bytes);
  }
}

function failureOf(refusal: Refusal): HandshakeFailure {
  return refusal === "revoked" || refusal === "expired" ? "notPermitted" : "notAuthenticated";
}
