import type { NodeId } from "../core/kernel/ids.ts";
import type {
  Authenticator,
  HandshakeMachine,
  HandshakeStep as TransportStep,
} from "../net/authenticator.ts";
import type { CertificateStore } from "../security/certificate_store.ts";
import type { Credentials } from "../security/credentials.ts";
import type { Member } from "../security/membership.ts";
import {
  ClientHandshake,
  type HandshakeRefusal,
  type HandshakeStep,
  ServerHandshake,
} from "../security/handshake.ts";

export interface FormationAuthenticatorOptions {
  readonly credentials: Credentials;
  /** What beacons have taught so far; undefined before the first. */
  readonly certificates: () => CertificateStore | undefined;
  readonly now: () => number;
  readonly formationTimeMs: () => number;
  /** The other side says that this node was put out. It proves itself, or is worth nothing. */
  readonly onRevocation: (entry: Uint8Array) => void;
}

/** Opens every connection with the formation's handshake. */
export class FormationAuthenticator implements Authenticator {
  /** How many handshakes this side ended, by the reason, whichever side had dialled. */
  readonly refused: Partial<Record<HandshakeRefusal, number>> = {};
  readonly #options: FormationAuthenticatorOptions;

  constructor(options: FormationAuthenticatorOptions) {
    this.#options = options;
  }

  client(expected: NodeId): HandshakeMachine {
    const { credentials, certificates } = this.#options;
    const server = certificates()?.findNode(expected);
    const handshake = new ClientHandshake(credentials, server, this.#times());
    return this.#machine([handshake.hello()], handshake);
  }

  server(): HandshakeMachine {
    return this.#machine([], new ServerHandshake(this.#options.credentials, this.#times()));
  }

  #times() {
    return { now: this.#options.now(), formationTimeMs: this.#options.formationTimeMs() };
  }

  #machine(
    start: readonly Uint8Array[],
    handshake: { handle(now: number, message: Uint8Array): HandshakeStep },
  ): HandshakeMachine {
    return {
      start: () => start,
      receive: (bytes) => this.#translate(handshake.handle(this.#options.now(), bytes)),
    };
  }

  #translate(step: HandshakeStep): TransportStep {
    switch (step.kind) {
      case "send":
        return { send: [step.message] };
      case "done": {
        const send = step.message === undefined ? [] : [step.message];
        // Should the formation put it out, or its time be over, the connection is found by this.
        this.#learn(step.member);
        this.#prove(step.member);
        return { send, done: { nodeId: step.member.nodeId } };
      }
      case "learnt":
        // Nothing bound this conversation to its connection. The next dial is pinned.
        this.#learn(step.member);
        return refused("notAuthenticated", "its certificate was not known before");
      case "refused":
        this.refused[step.reason] = (this.refused[step.reason] ?? 0) + 1;
        if (step.revocation !== undefined) this.#options.onRevocation(step.revocation);
        return {
          send: step.message === undefined ? [] : [step.message],
          refused: { code: step.code, reason: step.reason },
        };
    }
  }

  #learn(member: Member): void {
    const { certificates, formationTimeMs } = this.#options;
    certificates()?.learn(member, formationTimeMs());
  }

  #prove({ deviceId }: Member): void {
    const { certificates, formationTimeMs } = this.#options;
    certificates()?.prove(deviceId, formationTimeMs());
  }
}

function refused(code: "notAuthenticated" | "notPermitted", reason: string): TransportStep {
  return { send: [], refused: { code, reason } };
}
