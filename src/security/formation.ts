import { assert } from "../core/kernel/assert.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import { utf8 } from "./bytes.ts";
import type { Der } from "./der.ts";
import { deriveKey, sha256 } from "./digest.ts";
import { SigningKey, VerifyingKey } from "./ed25519.ts";
import type { EpochRecord, FormationRecord } from "./formation_record.ts";
import { type Epoch, KeyRing } from "./key_ring.ts";
import { issueAuthorityCertificate } from "./x509.ts";

export type FormationKind = "shared" | "enrolled";

/** An epoch and who vouches for members in it. */
export interface FormationEpoch extends Epoch {
  readonly authority: VerifyingKey;
  /** There for those who hold the formation's secret or its authority. */
  readonly authorityKey: SigningKey | undefined;
  readonly authorityCertificate: Uint8Array;
}

const FINGERPRINT_BYTES = 8;
const SERVER_NAME_BYTES = 16;
const DISCOVERY_TAG_BYTES = 6;

/** A formation as its file describes it: who it is, which keys are good, who vouches for members. */
export class Formation {
  readonly name: string;
  /** 16 bytes in hexadecimal, made with the formation. Unlike the name, no two share it. */
  readonly id: string;
  readonly idBytes: Uint8Array;
  readonly kind: FormationKind;
  #keys: KeyRing<FormationEpoch>;
  /** Who vouched for members in epochs of which nothing else is left. */
  #ended: ReadonlyMap<number, VerifyingKey>;

  constructor(record: FormationRecord) {
    this.name = record.name;
    this.id = record.id;
    this.idBytes = Uint8Array.fromHex(record.id);
    this.kind = record.holds === "secret" ? "shared" : "enrolled";
    this.#keys = new KeyRing(readEpochs(record, this.idBytes));
    this.#ended = readEnded(record);
  }

  get keys(): KeyRing<FormationEpoch> {
    return this.#keys;
  }

  /** For two people to compare. It is another one after a shared formation's secret was rotated. */
  get fingerprint(): string {
    const key = this.keys.newest.authority.bytes;
    return sha256(key, utf8(this.name)).subarray(0, FINGERPRINT_BYTES).toHex();
  }

  /** Takes up the epochs of a later record of the same formation. */
  takeKeys(record: FormationRecord): void {
    assert(record.id === this.id, "Cannot take keys: they are another formation's");
    this.#keys = new KeyRing(readEpochs(record, this.idBytes));
    this.#ended = readEnded(record);
  }

  /** Whether whoever has this file can make members. */
  get canIssue(): boolean {
    return this.keys.newest.authorityKey !== undefined;
  }

  /**
   * The epoch that a datagram with these bits is opened under. What an enrolled formation's member
   * is, its certificate says, so any key that is still there will do to hear what time it is. In a
   * shared one the key is all that proves a member, so an old one must not open anything.
   */
  epochToOpen(bits: number, formationTimeMs: number): FormationEpoch | undefined {
    return this.kind === "enrolled"
      ? this.keys.findAnyByBits(bits)
      : this.keys.findByBits(bits, formationTimeMs);
  }

  /** Who signed the certificates of an epoch. An enrolled formation has one authority for all. */
  authorityOf(epoch: number, formationTimeMs: number): VerifyingKey | undefined {
    if (this.kind === "enrolled") return epoch === 0 ? this.keys.newest.authority : undefined;
    return this.keys.find(epoch, formationTimeMs)?.authority;
  }

  /** Who signed the certificates of an epoch, be it over or not. That lets nobody in. */
  pastAuthorityOf(epoch: number): VerifyingKey | undefined {
    if (this.kind === "enrolled") return this.authorityOf(epoch, 0);
    return this.keys.findAny(epoch)?.authority ?? this.#ended.get(epoch);
  }

  /**
   * Says to those who know the formation's id that a node is of it, and nothing to anybody else.
   * It is short: two formations on one network that share it are told apart by their keys.
   */
  get discoveryTag(): string {
    const digest = sha256(utf8("peat/1 discovery tag"), this.idBytes);
    return digest.subarray(0, DISCOVERY_TAG_BYTES).toHex();
  }

  /**
   * The name that a node's TLS certificate has. The first packet of a connection shows it to
   * everyone, so it says nothing to those who do not know the formation's id.
   */
  serverName(nodeId: NodeId): string {
    const digest = sha256(utf8("peat/1 server name"), this.idBytes, utf8(nodeId));
    return `${digest.subarray(0, SERVER_NAME_BYTES).toHex()}.peat`;
  }

  /** The other name that every node's certificate has, for dialling an address whoever is there. */
  get anyServerName(): string {
    return this.serverName("");
  }
}

function readEnded(record: FormationRecord): Map<number, VerifyingKey> {
  const ended = record.holds === "secret" ? record.ended ?? [] : [];
  return new Map(
    ended.map(({ epoch, authorityPublicKey }) =>
      [epoch, new VerifyingKey(Uint8Array.fromBase64(authorityPublicKey))] as const
    ),
  );
}

function readEpochs(record: FormationRecord, id: Uint8Array): FormationEpoch[] {
  if (record.holds === "secret") {
    return record.epochs.map((epoch) => {
      const secret = Uint8Array.fromBase64(epoch.secret);
      const key = SigningKey.fromSeed(deriveKey(secret, id, "peat/1 authority"));
      return makeEpoch(epoch, id, authorityWithKey(key, record.id));
    });
  }
  const authority = record.holds === "authority"
    ? authorityWithKey(SigningKey.fromSeed(Uint8Array.fromBase64(record.authorityKey)), record.id)
    : {
      authority: new VerifyingKey(Uint8Array.fromBase64(record.authorityPublicKey)),
      authorityKey: undefined,
      authorityCertificate: Uint8Array.fromBase64(record.authorityCertificate),
    };
  return record.epochs.map((epoch) => makeEpoch(epoch, id, authority));
}

type Authority = Pick<FormationEpoch, "authority" | "authorityKey" | "authorityCertificate">;

function authorityWithKey(key: SigningKey, formationId: string): Authority {
  const certificate: Der = issueAuthorityCertificate(key, formationId);
  return {
    authority: new VerifyingKey(key.publicKey),
    authorityKey: key,
    authorityCertificate: certificate,
  };
}

function makeEpoch(record: EpochRecord, id: Uint8Array, authority: Authority): FormationEpoch {
  const { epoch, secret, startedAtMs, graceMs } = record;
  const groupKey = deriveKey(Uint8Array.fromBase64(secret), id, "peat/1 group key");
  return { number: epoch, startedAtMs, graceMs, groupKey, ...authority };
}
