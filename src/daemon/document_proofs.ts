import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { Seal, Writer } from "../core/state/document.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import { type Member, readMembership } from "../security/membership.ts";
import { mayCommand } from "../security/role.ts";
import { signedBytes } from "../security/signed.ts";
import { DocumentStatement } from "../wire/generated/peat/state.js";
import { encodeMessage } from "../wire/message.ts";
import type { Proofs, Statement } from "../wire/state.ts";
import { Refusals } from "./datagram_codec.ts";

/** Certificates of writers that were looked at lately. */
const WRITER_LIMIT = 256;

/**
 * Signs what this node writes into documents, and finds out who wrote the rest.
 *
 * A certificate proves an author for good: what a member wrote is not undone when its certificate
 * ends, or when it is put out later. From then on it brings nothing in, since nobody connects to it.
 */
export class DocumentProofs implements Proofs {
  readonly #credentials: Credentials;
  readonly #time: FormationTime;
  readonly #refused = new Refusals();
  readonly #writers = new BoundedMap<string, Member>(WRITER_LIMIT, "evict-oldest");

  constructor(credentials: Credentials, time: FormationTime) {
    this.#credentials = credentials;
    this.#time = time;
  }

  seal(statement: Statement): Seal {
    const { identity } = this.#credentials;
    const signature = identity.signingKey.sign(this.#bytesOf(statement));
    const { certificate } = this.#credentials.member(this.#time.nowMs());
    return { signature: signature.toBase64(), certificate: certificate.toBase64() };
  }

  prove(statement: Statement, { signature, certificate }: Seal): Writer | undefined {
    const member = this.#writers.get(certificate) ?? this.#read(certificate);
    if (member === undefined) return undefined;
    if (!member.deviceKey.verify(this.#bytesOf(statement), Uint8Array.fromBase64(signature))) {
      this.#refused.add("documents.refused.badProof");
      return undefined;
    }
    this.#writers.set(certificate, member);
    return { author: member.nodeId, mayCommand: mayCommand(member.role) };
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }

  #read(certificate: string): Member | undefined {
    const bytes = Uint8Array.fromBase64(certificate);
    const verdict = readMembership(bytes, this.#credentials.formation, this.#time.nowMs());
    if (verdict.ok) return verdict.member;
    this.#refused.add(`documents.refused.${verdict.reason}`);
    return undefined;
  }

  #bytesOf({ key, generation, changeHash }: Statement): Uint8Array {
    return signedBytes(
      "document",
      encodeMessage(DocumentStatement, {
        formationId: this.#credentials.formation.idBytes,
        key,
        generation: BigInt(generation),
        changeHash: changeHash === undefined ? new Uint8Array() : Uint8Array.fromHex(changeHash),
      }),
    );
  }
}
