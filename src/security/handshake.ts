import { randomBytes } from "node:crypto";
import type { Millis } from "../core/kernel/time.ts";
import {
  HandshakeAnswer,
  HandshakeHello,
  HandshakeProof,
} from "../wire/generated/peat/security.js";
import { encodeMessage } from "../wire/message.ts";
import { framed, sameBytes, utf8 } from "./bytes.ts";
import type { Credentials } from "./credentials.ts";
import { sha256 } from "./digest.ts";
import {
  NONCE_BYTES,
  readAnswer,
  readFarewell,
  readHello,
  readProof,
} from "./handshake_message.ts";
import {
  claimedDeviceId,
  type Member,
  type MembershipRefusal,
  verifyMembership,
} from "./membership.ts";
import { type Purpose, signedBytes } from "./signed.ts";

/**
 * The mutual handshake on the first stream of a connection; `SPEC.md` has its states and what holds
 * in them. Messages in, messages out: no socket, no clock. The side that dialled is the client.
 *
 *     client                                server
 *     hello: nonce, certificate        ->
 *                                      <-   answer: nonce, certificate, signature
 *     proof: signature                 ->
 *
 * Both sign the same transcript, each for its own part in it: protocol, formation, both nodes and
 * their keys, both nonces, and the hash of the certificate that the server shows in TLS.
 */

export const PROTOCOL = "peat/1";

/** From the first message to the last, whoever it is that keeps the other waiting. */
export const HANDSHAKE_LIMIT_MS: Millis = 5_000;

export type HandshakeRefusal =
  | MembershipRefusal
  /** This node's own id or key, from a stranger or from a mirror. */
  | "ownId"
  /** The other side says that this node was put out. */
  | "ownRevocation"
  /** Not the node that was dialled. */
  | "wrongNode"
  /** The signed transcript is about another TLS certificate: somebody stands in between. */
  | "wrongServerCertificate"
  /** The signature is not over this very conversation. */
  | "badProof"
  | "tooLate"
  /** A message after the last. */
  | "unexpected";

/** All that the other side learns of a refusal: the connection is closed with this code. */
export type RefusalCode = "notAuthenticated" | "notPermitted";

export interface Established {
  readonly member: Member;
  /** The same 32 bytes on both sides, and in no other conversation. */
  readonly sessionId: Uint8Array;
}

export type HandshakeStep =
  | { readonly kind: "send"; readonly message: Uint8Array }
  /** The other side is proven. The client's last message is still to be sent. */
  | ({ readonly kind: "done"; readonly message?: Uint8Array } & Established)
  /** The other side's name and certificate are now known: dial again, pinned. */
  | { readonly kind: "learnt"; readonly member: Member }
  | {
    readonly kind: "refused";
    /** For this node's log and counters, never for the other side. */
    readonly reason: HandshakeRefusal;
    readonly code: RefusalCode;
    /** Says to somebody who was put out that this is so. */
    readonly message?: Uint8Array;
    /** What the other side said was this node's own revocation. */
    readonly revocation?: Uint8Array;
  };

type Refusal = HandshakeStep & { kind: "refused" };

export interface HandshakeOptions {
  readonly now: Millis;
  readonly formationTimeMs: number;
}

type Nonces = () => Uint8Array;

/** The dialling side. */
export class ClientHandshake {
  readonly #credentials: Credentials;
  readonly #server: Member | undefined;
  readonly #options: HandshakeOptions;
  readonly #nonce: Uint8Array;
  #isOver = false;

  /**
   * `server` is the member whose certificate the connection was pinned to. Without one nothing binds
   * the conversation to the connection, so it can only end by learning who is there.
   */
  constructor(
    credentials: Credentials,
    server: Member | undefined,
    options: HandshakeOptions,
    makeNonce: Nonces = freshNonce,
  ) {
    this.#credentials = credentials;
    this.#server = server;
    this.#options = options;
    this.#nonce = makeNonce();
  }

  /** The first message, to send as soon as the stream is open. */
  hello(): Uint8Array {
    const { certificate } = this.#credentials.member(this.#options.formationTimeMs);
    return encodeMessage(HandshakeHello, { nonce: this.#nonce, certificate });
  }

  handle(now: Millis, message: Uint8Array): HandshakeStep {
    if (this.#isOver) return refuse("unexpected");
    this.#isOver = true;
    if (now >= this.deadline()) return refuse("tooLate");
    const revocation = readFarewell(message);
    if (revocation !== undefined) return { ...refuse("ownRevocation"), revocation };
    const answer = readAnswer(message);
    if (answer === undefined) return refuse("malformed");
    const server = checkPeer(this.#credentials, answer.certificate, this.#options.formationTimeMs);
    if ("kind" in server) return server;
    const expected = this.#server;
    if (expected !== undefined) {
      if (server.nodeId !== expected.nodeId) return refuse("wrongNode");
      const pin = expected.serverCertificateHash;
      if (!sameBytes(server.serverCertificateHash, pin)) return refuse("wrongServerCertificate");
    }
    const client = this.#credentials.member(this.#options.formationTimeMs);
    const transcript = hashTranscript(this.#credentials, client, server, this.#nonce, answer.nonce);
    const { deviceKey } = server;
    if (!deviceKey.verify(toSign("handshake server", transcript), answer.signature)) {
      return refuse("badProof");
    }
    if (expected === undefined) {
      return { kind: "learnt", member: server };
    }
    const signature = this.#credentials.identity.signingKey.sign(
      toSign("handshake client", transcript),
    );
    const proof = encodeMessage(HandshakeProof, { signature });
    return { kind: "done", member: server, sessionId: transcript, message: proof };
  }

  /** When to give up, on the clock of `now`. */
  deadline(): Millis {
    return this.#isOver ? Infinity : this.#options.now + HANDSHAKE_LIMIT_MS;
  }
}

/** The side that was dialled. */
export class ServerHandshake {
  readonly #credentials: Credentials;
  readonly #options: HandshakeOptions;
  readonly #nonce: Uint8Array;
  #state: "hello" | "proof" | "over" = "hello";
  #client: Established | undefined;

  constructor(
    credentials: Credentials,
    options: HandshakeOptions,
    makeNonce: Nonces = freshNonce,
  ) {
    this.#credentials = credentials;
    this.#options = options;
    this.#nonce = makeNonce();
  }

  handle(now: Millis, message: Uint8Array): HandshakeStep {
    const state = this.#state;
    const step = now >= this.deadline() ? refuse("tooLate") : this.#step(state, message);
    this.#state = state === "hello" && step.kind === "send" ? "proof" : "over";
    return step;
  }

  /** When to give up, on the clock of `now`. */
  deadline(): Millis {
    return this.#state === "over" ? Infinity : this.#options.now + HANDSHAKE_LIMIT_MS;
  }

  #step(state: "hello" | "proof" | "over", message: Uint8Array): HandshakeStep {
    if (state === "hello") return this.#answer(message);
    return state === "proof" ? this.#conclude(message) : refuse("unexpected");
  }

  #answer(message: Uint8Array): HandshakeStep {
    const hello = readHello(message);
    if (hello === undefined) return refuse("malformed");
    const { formationTimeMs } = this.#options;
    const client = checkPeer(this.#credentials, hello.certificate, formationTimeMs);
    if ("kind" in client) return this.#explain(client, hello.certificate);
    const server = this.#credentials.member(formationTimeMs);
    const transcript = hashTranscript(this.#credentials, client, server, hello.nonce, this.#nonce);
    this.#client = { member: client, sessionId: transcript };
    const signature = this.#credentials.identity.signingKey.sign(
      toSign("handshake server", transcript),
    );
    const { certificate } = server;
    const answer = encodeMessage(HandshakeAnswer, { nonce: this.#nonce, certificate, signature });
    return { kind: "send", message: answer };
  }

  /** Whoever was put out may not have heard of it. What it is told is no secret. */
  #explain(refusal: Refusal, certificate: Uint8Array): Refusal {
    if (refusal.reason !== "revoked") return refusal;
    const deviceId = claimedDeviceId(certificate);
    const revocation = deviceId && this.#credentials.revocations.entryOf(deviceId);
    if (!revocation) return refusal;
    return { ...refusal, message: encodeMessage(HandshakeAnswer, { revocation }) };
  }

  #conclude(message: Uint8Array): HandshakeStep {
    const proof = readProof(message);
    if (proof === undefined) return refuse("malformed");
    const { member, sessionId } = this.#client!;
    const isProven = member.deviceKey.verify(
      toSign("handshake client", sessionId),
      proof.signature,
    );
    return isProven ? { kind: "done", member, sessionId } : refuse("badProof");
  }
}

/** Whoever showed this certificate, if it is one to talk to; else the refusal. */
function checkPeer(
  credentials: Credentials,
  certificate: Uint8Array,
  formationTimeMs: number,
): Member | Refusal {
  const { formation, revocations, identity, nodeId } = credentials;
  const verdict = verifyMembership(certificate, formation, formationTimeMs, revocations);
  if (!verdict.ok) return refuse(verdict.reason);
  const { member } = verdict;
  const isOwn = member.nodeId === nodeId || member.deviceId === identity.deviceId;
  return isOwn ? refuse("ownId") : member;
}

function hashTranscript(
  { formation }: Credentials,
  client: Member,
  server: Member,
  clientNonce: Uint8Array,
  serverNonce: Uint8Array,
): Uint8Array {
  return sha256(framed(
    utf8(PROTOCOL),
    formation.idBytes,
    utf8(client.nodeId),
    client.deviceKey.bytes,
    utf8(server.nodeId),
    server.deviceKey.bytes,
    clientNonce,
    serverNonce,
    server.serverCertificateHash,
  ));
}

function toSign(purpose: Purpose, transcript: Uint8Array): Uint8Array {
  return signedBytes(purpose, transcript);
}

function refuse(reason: HandshakeRefusal): Refusal {
  const wasMember = reason === "revoked" || reason === "expired" || reason === "notYetValid";
  return { kind: "refused", reason, code: wasMember ? "notPermitted" : "notAuthenticated" };
}

function freshNonce(): Uint8Array {
  return new Uint8Array(randomBytes(NONCE_BYTES));
}
