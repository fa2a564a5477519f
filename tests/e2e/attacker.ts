import type { Beacon } from "../../src/core/beacon/beacon.ts";
import { Credentials } from "../../src/security/credentials.ts";
import {
  ClientHandshake,
  type HandshakeRefusal,
  type HandshakeStep,
  ServerHandshake,
} from "../../src/security/handshake.ts";
import { readAnswer, readHello } from "../../src/security/handshake_message.ts";
import { type Member, readMembership } from "../../src/security/membership.ts";
import { DatagramSealer } from "../../src/security/sealed_datagram.ts";
import { encodeDatagram } from "../../src/wire/datagram.ts";
import { openEndpoint, RawPeer } from "../unit/net/raw_peer.ts";
import { deadline } from "./deadline.ts";
import { PATIENCE_MS } from "./until.ts";

/** What connections of nodes are closed with, by their numbers on the wire. */
export const CLOSED = { notAuthenticated: 3, notPermitted: 18 } as const;

/** Somebody with the files of a node, and without its manners. */
export class Attacker {
  readonly credentials: Credentials;
  readonly #sealer: DatagramSealer;

  constructor(credentials: Credentials) {
    this.credentials = credentials;
    this.#sealer = new DatagramSealer(credentials, Math.floor(Date.now() / 1_000));
  }

  /** With what the node has in its data directory. */
  static of(nodeId: string, dataDir: string, formationPath = `${dataDir}/formation.json`) {
    return new Attacker(Credentials.open({ formationPath, dataDir, nodeId }));
  }

  get nodeId(): string {
    return this.credentials.nodeId;
  }

  /** The same device and key, with another node's certificate for its own. */
  showing(other: Attacker): Attacker {
    const member = other.credentials.member(Date.now());
    return new Attacker(Object.create(this.credentials, { member: { value: () => member } }));
  }

  /** A beacon that is properly sealed and signed, whoever it says it is from. */
  beacon(nodeId = this.nodeId, advertisement: Partial<Beacon["advertisement"]> = {}): Uint8Array {
    const beacon: Beacon = {
      nodeId,
      boot: this.#sealer.boot,
      sequence: this.#sealer.sequence + 1,
      ttlMs: 60_000,
      leaving: false,
      advertisement: { version: "attacker", level: 0, capabilities: [], ...advertisement },
    };
    const body = encodeDatagram({ kind: "beacon", beacon }, 700);
    return this.#sealer.seal(body, Date.now(), { wallMs: Date.now() });
  }

  /** Opens a connection, with what lets it through the first door: the formation's authority. */
  dial(port: number, insider: Attacker = this): Promise<RawPeer> {
    const tls = insider.credentials.clientTls(undefined, Date.now());
    return RawPeer.connect(port, { tls });
  }

  client(server?: Attacker): ClientHandshake {
    return this.clientOf(server?.credentials.member(Date.now()));
  }

  /** The dialling side, which means that very member. */
  clientOf(server: Member | undefined): ClientHandshake {
    return new ClientHandshake(this.credentials, server, clock());
  }

  /** The serving side, with a nonce that it was given. */
  server(nonce: Uint8Array): ServerHandshake {
    return new ServerHandshake(this.credentials, clock(), () => nonce);
  }

  /** Takes dials, for those who look for a node at that port. */
  listen(): Trap {
    const endpoint = openEndpoint();
    const tls = this.credentials.serverTls(Date.now());
    const listener = endpoint.listen({ ...tls, alpnProtocols: ["peat/1"] });
    return {
      port: endpoint.addr.port,
      accept: async () => {
        const peer = await soon(RawPeer.accept(listener), "a connection");
        const hello = await soon(peer.hear(), "a hello");
        return { peer, hello, nodeId: this.#nodeIdIn(hello) };
      },
      close: () => {
        // Without a stop of the listener before: the runtime aborts the whole process when a dial
        // that nobody took goes on after that.
        endpoint.close();
      },
    };
  }

  #nodeIdIn(hello: Uint8Array): string | undefined {
    const certificate = readHello(hello)?.certificate ?? new Uint8Array();
    const verdict = readMembership(certificate, this.credentials.formation, Date.now());
    return verdict.ok ? verdict.member.nodeId : undefined;
  }
}

/** What an attacker listens at, for nodes that dial it. */
export interface Trap {
  readonly port: number;
  /** The next dial, who says to make it, and the hello that it began with. */
  accept(): Promise<{ peer: RawPeer; hello: Uint8Array; nodeId: string | undefined }>;
  close(): void;
}

/** Says a message of the handshake, and waits for the other side's next. */
export async function ask(peer: RawPeer, message: Uint8Array): Promise<Uint8Array> {
  await tell(peer, message);
  return await soon(peer.hear(), "an answer to the handshake");
}

export async function tell(peer: RawPeer, message: Uint8Array): Promise<void> {
  await peer.tell({ kind: "handshake", bytes: message });
}

/** The nonce of a server's answer. */
export function nonceOf(answer: Uint8Array): Uint8Array {
  return readAnswer(answer)!.nonce;
}

/** The message of a step that has one. */
export function messageOf(step: HandshakeStep): Uint8Array {
  if ("message" in step && step.message !== undefined) return step.message;
  const reason: HandshakeRefusal | string = step.kind === "refused" ? step.reason : step.kind;
  throw new Error(`Cannot go on with the handshake: ${reason}`);
}

export function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  return deadline(promise, PATIENCE_MS, () => `Cannot see ${what}: waited ${PATIENCE_MS} ms`);
}

function clock() {
  return { now: performance.now(), formationTimeMs: Date.now() };
}
