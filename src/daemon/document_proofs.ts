import { BoundedMap } from "../core/kernel/bounded_map.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type { Seal, Writer } from "../core/state/document.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import {
  type Member,
  type MembershipRefusal,
  readPastMembership,
  refusesStanding,
} from "../security/membership.ts";
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
 * What a member wrote is not undone when its certificate ends, its epoch is over or it is put out. But
 * a signature does not say when it was made: so once its certificate is good no more, it counts only
 * with the word of a member in good standing, other than its author, that it was taken before.
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

  get nodeId(): NodeId {
    return this.#credentials.nodeId;
  }

  seal(statement: Statement): Seal {
    const { identity } = this.#credentials;
    const signature = identity.signingKey.sign(this.#bytesOf(statement));
    const { certificate } = this.#credentials.member(this.#time.nowMs());
    return { signature: signature.toBase64(), certificate: certificate.toBase64() };
  }

  hasEnded(certificate: string): boolean {
    const member = this.#writerOf(certificate);
    return member !== undefined && this.#endOf(member) !== undefined;
  }

  prove(
    statement: Statement,
    { signature, certificate }: Seal,
    voucher: NodeId | undefined,
  ): Writer | undefined {
    const member = this.#writerOf(certificate);
    if (member === undefined) return undefined;
    if (!member.deviceKey.verify(this.#bytesOf(statement), Uint8Array.fromBase64(signature))) {
      return this.#refuse("badProof");
    }
    const end = this.#endOf(member);
    const isVouched = voucher !== undefined && voucher !== member.nodeId;
    if (end !== undefined && !isVouched) return this.#refuse(end);
    return { author: member.nodeId, mayCommand: mayCommand(member.role) };
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }

  /** Whose certificate it is or was, if it was ever genuine. */
  #writerOf(certificate: string): Member | undefined {
    const known = this.#writers.get(certificate);
    if (known !== undefined) return known;
    const { formation } = this.#credentials;
    const verdict = readPastMembership(Uint8Array.fromBase64(certificate), formation);
    if (!verdict.ok) return this.#refuse(verdict.reason);
    this.#writers.set(certificate, verdict.member);
    return verdict.member;
  }

  /** Why the certificate is good no more, if so. */
  #endOf(member: Member): MembershipRefusal | undefined {
    const { formation, revocations } = this.#credentials;
    const nowMs = this.#time.nowMs();
    if (formation.authorityOf(member.epoch, nowMs) === undefined) return "unknownEpoch";
    return refusesStanding(member, nowMs, revocations);
  }

  #refuse(reason: MembershipRefusal | "badProof"): undefined {
    this.#refused.add(`documents.refused.${reason}`);
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
