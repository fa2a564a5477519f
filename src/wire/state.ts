import { hash } from "node:crypto";
import type { NodeId } from "../core/kernel/ids.ts";
import { type DocumentKey, isDocumentKey } from "../core/state/collection.ts";
import {
  type Change,
  DOCUMENT_LIMITS,
  type Erasure,
  type Held,
  isDeleted,
  LAST_GENERATION,
  lifeOf,
  type Seal,
  type Writer,
} from "../core/state/document.ts";
import {
  type DocumentChanges,
  STATE_LIMITS,
  type StateMessage,
} from "../core/state/state_message.ts";
import {
  ChangeList,
  type DocumentChanges as ChangesOnWire,
  type DocumentVersion as VersionOnWire,
  type Erasure as ErasureOnWire,
  type SealedChange as SealedOnWire,
  type StateMessage as StateOnWire,
} from "./generated/peat/state.js";
import { deflate, inflate } from "./deflate.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { Draft } from "./message_type.ts";
import { readCount, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** What somebody signs: a change by its hash, or that a document was deleted. */
export interface Statement {
  readonly key: DocumentKey;
  readonly generation: number;
  readonly changeHash?: string;
}

/** Signs what this node wrote, and finds out who wrote the rest. */
export interface Proofs {
  readonly nodeId: NodeId;
  /** This node's own signature and certificate; undefined when it has none to give. */
  seal(statement: Statement): Seal | undefined;
  /** Whether the certificate is good no more, so that others take the seal on this node's word alone. */
  hasEnded(certificate: string): boolean;
  /**
   * Whose seal it is. Undefined, and counted, when it proves nothing: it is forged, or its certificate
   * is good no more and nobody but its author says that it was when it was used.
   */
  prove(statement: Statement, seal: Seal, voucher: NodeId | undefined): Writer | undefined;
}

const LONGEST_QUIET_MS = 2 ** 50;
const LAST_NUMBER = 0xffff_ffff;
/** Where the part of a change begins that its hash is over. */
const HASHED_FROM = 8;
/** What a list of changes has at most beside their bytes. */
const PACKED_SLACK_BYTES = 128 << 10;
const LONGEST_PLAIN = STATE_LIMITS.changesBytes + DOCUMENT_LIMITS.changeBytes + PACKED_SLACK_BYTES;

/** Undefined when this node cannot prove what it wrote. */
export function draftStateMessage(
  message: StateMessage,
  proofs: Proofs,
): Draft<StateOnWire> | undefined {
  switch (message.kind) {
    case "documentsSummary":
      return { summary: { digest: BigInt(message.digest), documents: message.documents } };
    case "documentsHeld":
      return {
        held: {
          documents: message.documents.map(draftVersion),
          isReminder: message.isReminder,
        },
      };
    case "documentsWanted":
      return { wanted: { documents: message.documents.map(draftVersion) } };
    case "documentChanges":
      return draftChanges(message, proofs);
  }
}

/** Refuses with a `WireError`. What nobody proves is left out. */
export function readStateMessage(
  { summary, held, wanted, changes }: StateOnWire,
  from: NodeId,
  proofs: Proofs,
): StateMessage {
  if (summary !== null) {
    const digest = readCount("digest", summary.digest);
    return { kind: "documentsSummary", digest, documents: summary.documents };
  }
  if (held !== null) {
    const { documents, isReminder } = held;
    return { kind: "documentsHeld", documents: readVersions(documents), isReminder };
  }
  if (wanted !== null) {
    return { kind: "documentsWanted", documents: readVersions(wanted.documents) };
  }
  if (changes !== null) return readChanges(changes, from, proofs);
  throw new WireError(
    "unknownType",
    "Cannot decode what a peer says of documents: it has no body that is known here",
  );
}

/** A change's name, as Automerge makes it. */
export function hashOfChange(body: Uint8Array): string {
  return hash("sha256", body.subarray(HASHED_FROM), "hex");
}

function draftVersion({ key, generation, versions, quietMs }: Held): Draft<VersionOnWire> {
  return {
    key,
    generation: BigInt(generation),
    quietMs: BigInt(Math.max(0, quietMs)),
    lives: Object.entries(versions).map(([life, number]) => {
      const space = life.indexOf(" ");
      return { author: life.slice(0, space), boot: BigInt(life.slice(space + 1)), number };
    }),
  };
}

function readVersions(versions: readonly VersionOnWire[]): Held[] {
  refuseMore("documents", versions.length, STATE_LIMITS.documents);
  const lives = versions.reduce((sum, version) => sum + version.lives.length, 0);
  refuseMore("lives of writers", lives, STATE_LIMITS.lives);
  return versions.map(readVersion);
}

function readVersion({ key, generation, lives, quietMs }: VersionOnWire): Held {
  const entries = lives.map(({ author, boot, number }) =>
    [
      lifeOf({ author: readNodeId(author), boot: readCount("boot", boot) }),
      readNumber("number of a change", number, 1, LAST_NUMBER),
    ] as const
  );
  return {
    key: readKey(key),
    generation: readGeneration(generation),
    versions: Object.fromEntries(entries),
    quietMs: readQuiet(quietMs),
  };
}

/** Collects the certificates of a message, each once, and for which of them this node vouches. */
class CertificateTable {
  readonly certificates: Uint8Array[] = [];
  readonly vouched: number[] = [];
  readonly #proofs: Proofs;
  readonly #places = new Map<string, number>();

  constructor(proofs: Proofs) {
    this.#proofs = proofs;
  }

  /** The seal as others take it: what this node wrote it seals anew when its certificate has ended. */
  sealOf({ author, seal }: Pick<Change, "author" | "seal">, statement: Statement) {
    if (seal === undefined) return this.#proofs.seal(statement);
    const isOwn = author === this.#proofs.nodeId;
    return isOwn && this.#proofs.hasEnded(seal.certificate) ? this.#proofs.seal(statement) : seal;
  }

  placeOf(certificate: string): number {
    const known = this.#places.get(certificate);
    if (known !== undefined) return known;
    const place = this.certificates.push(Uint8Array.fromBase64(certificate)) - 1;
    this.#places.set(certificate, place);
    // Whatever this node hands on it has from when it was good, or from somebody who vouched for it.
    if (this.#proofs.hasEnded(certificate)) this.vouched.push(place);
    return place;
  }
}

function draftChanges(
  { key, generation, quietMs, changes, erasure, isLast }: DocumentChanges,
  proofs: Proofs,
): Draft<StateOnWire> | undefined {
  const table = new CertificateTable(proofs);
  const sealed: Draft<SealedOnWire>[] = [];
  for (const change of changes) {
    const seal = table.sealOf(change, { key, generation, changeHash: change.hash });
    if (seal === undefined) return undefined;
    sealed.push({
      certificate: table.placeOf(seal.certificate),
      boot: BigInt(change.boot),
      number: change.number,
      body: Uint8Array.fromBase64(change.body),
      signature: Uint8Array.fromBase64(seal.signature),
    });
  }
  const seal = erasure && table.sealOf(erasure, { key, generation });
  if (erasure !== undefined && seal === undefined) return undefined;
  const erased = seal === undefined ? undefined : {
    certificate: table.placeOf(seal.certificate),
    signature: Uint8Array.fromBase64(seal.signature),
  };
  const plain = encodeMessage(ChangeList, { changes: sealed });
  return {
    changes: {
      key,
      generation: BigInt(generation),
      quietMs: BigInt(Math.max(0, quietMs)),
      isLast,
      certificates: table.certificates,
      vouched: table.vouched,
      packed: plain.length === 0 ? plain : deflate(plain),
      ...(erased === undefined ? {} : { erasure: erased }),
    },
  };
}

function readChanges(on: ChangesOnWire, from: NodeId, proofs: Proofs): DocumentChanges {
  const key = readKey(on.key);
  const generation = readGeneration(on.generation);
  refuseMore("certificates", on.certificates.length, STATE_LIMITS.changes + 1);
  refuseMore("certificates that are vouched for", on.vouched.length, on.certificates.length);
  const certificates = on.certificates.map((certificate) => certificate.toBase64());
  const vouched = new Set(on.vouched);
  const prove: Prove = (statement, { certificate: place, signature }) => {
    const certificate = certificates[place];
    if (certificate === undefined) {
      throw new WireError("badValue", `Cannot decode change: there is no certificate ${place}`);
    }
    const seal = { certificate, signature: signature.toBase64() };
    const writer = proofs.prove(statement, seal, vouched.has(place) ? from : undefined);
    return writer && { ...writer, seal };
  };
  const { changes } = decodeMessage(ChangeList, unpack(on.packed), LONGEST_PLAIN);
  refuseMore("changes", changes.length, STATE_LIMITS.changes);
  if (isDeleted({ generation }) && on.erasure === null) {
    throw new WireError("badValue", "Cannot decode deletion: it does not say whose it is");
  }
  const erasure = on.erasure === null ? undefined : prove({ key, generation }, on.erasure);
  return {
    kind: "documentChanges",
    key,
    generation,
    quietMs: readQuiet(on.quietMs),
    isLast: on.isLast,
    changes: changes.flatMap((change) => readChange(change, { key, generation }, prove) ?? []),
    ...(erasure === undefined ? {} : { erasure }),
  };
}

/** Whose word it is, with what proves it. */
type Prove = (
  statement: Statement,
  seal: Pick<ErasureOnWire, "certificate" | "signature">,
) => Required<Erasure> | undefined;

function readChange(sealed: SealedOnWire, of: Statement, prove: Prove): Change | undefined {
  const { boot, number, body } = sealed;
  refuseMore("bytes of a change", body.length, DOCUMENT_LIMITS.changeBytes);
  const changeHash = hashOfChange(body);
  const writer = prove({ ...of, changeHash }, sealed);
  return writer && {
    ...writer,
    boot: readCount("boot", boot),
    number: readNumber("number of a change", number, 1, LAST_NUMBER),
    hash: changeHash,
    body: body.toBase64(),
  };
}

/** Nothing swells beyond what a message may hold, whatever it claims. */
function unpack(packed: Uint8Array): Uint8Array {
  if (packed.length === 0) return packed;
  try {
    return inflate(packed, LONGEST_PLAIN);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw new WireError("badValue", `Cannot decode changes: they do not unpack (${state})`);
  }
}

function readKey(key: string): DocumentKey {
  if (isDocumentKey(key)) return key;
  throw new WireError("badValue", "Cannot decode document: its name is none");
}

function readGeneration(value: bigint): number {
  return readNumber("generation", readCount("generation", value), 1, LAST_GENERATION);
}

function readQuiet(value: bigint): number {
  return readNumber("quiet time", readCount("quiet time", value), 0, LONGEST_QUIET_MS);
}

function refuseMore(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new WireError(
    "tooMany",
    `Cannot decode ${what}: there are ${count}, the limit is ${limit}`,
  );
}
