import type { NodeId } from "../core/kernel/ids.ts";
import { notAuthenticated } from "../core/kernel/refusals.ts";
import { sha256 } from "./digest.ts";
import { revocationsOf } from "./enrolment.ts";
import { Formation, type FormationEpoch } from "./formation.ts";
import { type FormationRecord, type MemberRecord, readFormationFile } from "./formation_record.ts";
import { type Identity, type IdentityOptions, openIdentity } from "./identity.ts";
import { withGroupKey } from "./group_key.ts";
import { issueMembership, type Member, readMembership } from "./membership.ts";
import type { RevocationSet, RevokedDevice } from "./revocation.ts";
import type { Role } from "./role.ts";
import { certificatePem, issueServerCertificate } from "./x509.ts";

export interface CredentialOptions extends IdentityOptions {
  readonly formationPath: string;
  readonly dataDir: string;
  readonly nodeId: NodeId;
  /** What to certify oneself as, where one can. Whoever has the secret can be anything. */
  readonly role?: Role;
}

/** What `Deno.QuicEndpoint.listen` takes. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** What `Deno.connectQuic` takes. With a pin, nothing but that certificate is good. */
export interface ClientTls {
  readonly serverName: string;
  readonly caCerts: string[];
  /** The declarations of Deno 2.9 leave this option out. */
  readonly serverCertificateHashes?: { algorithm: "sha-256"; value: Uint8Array }[];
}

/** Whom a connection goes to: somebody known, a node by name, or whoever is at the address. */
export type ServerExpectation = Member | { readonly nodeId: NodeId } | undefined;

/** What a later file brought. */
export interface Renewal {
  readonly revoked: readonly RevokedDevice[];
  /** The newest epoch, if it is another one than before. */
  readonly epoch?: number;
}

interface OwnCertificates {
  readonly member: Member;
  readonly serverCertificate: Uint8Array;
}

/** All that a node needs to prove itself to the others of its formation and to judge them. */
export class Credentials {
  readonly formation: Formation;
  readonly identity: Identity;
  readonly nodeId: NodeId;
  readonly revocations: RevocationSet;
  #record: FormationRecord;
  readonly #role: Role;
  readonly #certificates = new Map<number, OwnCertificates>();

  /** Throws when the record holds another device's certificate, or one for another node. */
  constructor(record: FormationRecord, identity: Identity, nodeId: NodeId, role: Role = "admin") {
    this.formation = new Formation(record);
    this.identity = identity;
    this.nodeId = nodeId;
    this.revocations = revocationsOf(record, this.formation);
    this.#record = record;
    this.#role = role;
    this.member(this.formation.keys.newest.startedAtMs);
  }

  /** Reads the formation file and the identity, which is made on the first run. */
  static open(
    { formationPath, dataDir, nodeId, role, ...options }: CredentialOptions,
  ): Credentials {
    const record = readFormationFile(formationPath);
    return new Credentials(record, openIdentity(dataDir, options), nodeId, role);
  }

  /** What the formation's file should say now. */
  get record(): FormationRecord {
    const record = this.#record;
    if (record.holds === "secret") return record;
    return { ...record, revocations: this.revocations.entries().map((its) => its.toBase64()) };
  }

  /**
   * Takes up the formation's file as it is now: newer keys, a renewed certificate, revocations.
   * What this node knows already it keeps. Throws, and takes nothing, when it is not a later file
   * of the same formation for the same node.
   */
  renew(record: FormationRecord): Renewal {
    const { formation, identity, nodeId } = this;
    if (record.id !== formation.id || record.holds !== this.#record.holds) {
      throw notAuthenticated(`Cannot go on in ${formation.name}: its file is another one's now`, {
        code: "another-formation",
        hint: "start the node again to change its formation",
      });
    }
    const newest = this.#record.epochs.at(-1)!;
    const isNewer = record.epochs.at(-1)!.epoch > newest.epoch;
    const merged = isNewer ? record : withKeysOf(this.#record, record);
    new Credentials(merged, identity, nodeId, this.#role);
    const revoked = revocationsOf(record, formation).entries()
      .flatMap((entry) => this.takeRevocation(entry) ?? []);
    this.#take(merged);
    return { revoked, ...(isNewer ? { epoch: formation.keys.newest.number } : {}) };
  }

  /** Whether this very device was put out. */
  get isOut(): boolean {
    return this.revocations.has(this.identity.deviceId);
  }

  /** The device that a revocation puts out, if it is a genuine one and news. */
  takeRevocation(entry: Uint8Array): RevokedDevice | undefined {
    return this.revocations.merge(entry) === "added" ? this.revocations.latest : undefined;
  }

  /** The epoch of a group key that another member handed on, if it is genuine and news. */
  takeGroupKey(proof: Uint8Array): number | undefined {
    if (this.#record.holds !== "membership") return undefined;
    const record = withGroupKey(this.#record, proof);
    if (record === this.#record) return undefined;
    this.#take(record);
    return this.formation.keys.newest.number;
  }

  /** The signed group keys of the epochs after this one, to hand on to members. */
  groupKeysAfter(epoch: number): Uint8Array[] {
    return this.#record.epochs
      .filter((its) => its.epoch > epoch && its.proof !== undefined)
      .map(({ proof }) => Uint8Array.fromBase64(proof!));
  }

  #take(record: FormationRecord): void {
    this.#record = record;
    this.formation.takeKeys(record);
    this.#certificates.clear();
  }

  /** The node's own certificate as it should be shown now. */
  member(formationTimeMs: number): Member {
    return this.#own(formationTimeMs).member;
  }

  serverTls(formationTimeMs: number): ServerTls {
    const { serverCertificate } = this.#own(formationTimeMs);
    return {
      cert: certificatePem(serverCertificate),
      key: this.identity.signingKey.toPem(),
    };
  }

  /**
   * How to dial. Pin whom you know: in a shared formation every member could make a certificate
   * with another's name on it, and only the pin keeps it from relaying the handshake.
   */
  clientTls(server: ServerExpectation, formationTimeMs: number): ClientTls {
    const { formation } = this;
    const tls = {
      serverName: server === undefined
        ? formation.anyServerName
        : formation.serverName(server.nodeId),
      caCerts: formation.keys.accepted(formationTimeMs).map(({ authorityCertificate }) =>
        certificatePem(authorityCertificate)
      ),
    };
    if (server === undefined || !("serverCertificateHash" in server)) return tls;
    const value = server.serverCertificateHash;
    return { ...tls, serverCertificateHashes: [{ algorithm: "sha-256", value }] };
  }

  #own(formationTimeMs: number): OwnCertificates {
    const epoch = this.formation.keys.current(formationTimeMs);
    const key = this.formation.kind === "shared" ? epoch.number : 0;
    let own = this.#certificates.get(key);
    if (own === undefined) {
      own = this.#record.holds === "membership"
        ? this.#given(this.#record)
        : this.#selfIssued(epoch);
      this.#certificates.set(key, own);
    }
    return own;
  }

  #given(record: MemberRecord): OwnCertificates {
    const certificate = Uint8Array.fromBase64(record.certificate);
    const serverCertificate = Uint8Array.fromBase64(record.serverCertificate);
    const member = this.#verified(certificate);
    const { formation, identity, nodeId } = this;
    const refuse = (state: string) =>
      notAuthenticated(`Cannot run as ${nodeId} in ${formation.name}: ${state}`, {
        code: "not-this-node",
        hint: "let this node join with peat formation join --request",
      });
    if (member.deviceId !== identity.deviceId) throw refuse("the certificate is another device's");
    if (member.nodeId !== nodeId) throw refuse(`the certificate is for ${member.nodeId}`);
    return { member, serverCertificate };
  }

  #selfIssued(epoch: FormationEpoch): OwnCertificates {
    const { formation, identity, nodeId } = this;
    const devicePublicKey = identity.signingKey.publicKey;
    const serverCertificate = issueServerCertificate(
      epoch.authorityKey!,
      formation.id,
      devicePublicKey,
      [formation.serverName(nodeId), formation.anyServerName],
    );
    const certificate = issueMembership(formation, epoch, {
      nodeId,
      devicePublicKey,
      role: this.#role,
      serial: 0,
      issuedAtMs: 0,
      expiresAtMs: 0,
      serverCertificateHash: sha256(serverCertificate),
    });
    return { member: this.#verified(certificate), serverCertificate };
  }

  /** Time and revocation are for the others to judge; here the certificate must only be right. */
  #verified(certificate: Uint8Array): Member {
    const { formation } = this;
    const { startedAtMs } = formation.keys.newest;
    const verdict = readMembership(certificate, formation, startedAtMs);
    if (verdict.ok) return verdict.member;
    throw notAuthenticated(`Cannot join ${formation.name}: the certificate is ${verdict.reason}`, {
      code: "certificate-refused",
      hint: "have it issued anew",
    });
  }
}

/** The later record's keys, with whatever else the other says. */
function withKeysOf(later: FormationRecord, record: FormationRecord): FormationRecord {
  if (later.holds !== "secret" || record.holds !== "secret") {
    return { ...record, epochs: later.epochs };
  }
  return { ...record, epochs: later.epochs, ended: later.ended };
}
