import type { NodeId } from "../core/kernel/ids.ts";
import { TRUST_LIMITS, type TrustMessage } from "../core/trust/trust_message.ts";
import {
  type GroupKeysTold as GroupKeysToldOnWire,
  type RevocationsTold as RevocationsToldOnWire,
  type RevocationsWanted as RevocationsWantedOnWire,
  type TrustMessage as TrustMessageOnWire,
  type TrustSummary as TrustSummaryOnWire,
} from "./generated/peat/security.js";
import type { Draft } from "./message_type.ts";
import { readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

const DIGEST_BYTES = 32;
const DEVICE_ID_BYTES = 16;
const LAST_EPOCH = 0xffff_ffff;

/** What the authority signed. The core never sees it: it names it, and this puts it in. */
export interface StatementSource {
  /** The signed revocation of the device. */
  revocationOf(deviceId: string): Uint8Array | undefined;
  /** The signed group keys of the epochs after this one. */
  groupKeysAfter(epoch: number): readonly Uint8Array[];
}

/** Where signed statements go that came in a message. What is not genuine counts for nothing. */
export interface StatementSink {
  takeRevocations(entries: readonly Uint8Array[], from: NodeId): void;
  /** From somebody who knows of the revocations of this digest. */
  takeGroupKeys(proofs: readonly Uint8Array[], digest: string, from: NodeId): void;
}

/** Undefined when there is nothing to hand on. */
export function draftTrustMessage(
  message: TrustMessage,
  statements: StatementSource,
): Draft<TrustMessageOnWire> | undefined {
  switch (message.kind) {
    case "trustSummary": {
      const { epoch } = message;
      return { summary: { digest: Uint8Array.fromHex(message.digest), epoch } };
    }
    case "revocationsWanted":
      return { revocationsWanted: { known: Uint8Array.fromHex(message.known.join("")) } };
    case "revocationsTold": {
      const revocations = message.deviceIds.flatMap((its) => statements.revocationOf(its) ?? []);
      return revocations.length === 0 ? undefined : { revocationsTold: { revocations } };
    }
    case "groupKeysWanted":
      return { groupKeysWanted: { epoch: message.epoch } };
    case "groupKeysTold": {
      const groupKeys = [...statements.groupKeysAfter(message.afterEpoch)];
      const { afterEpoch } = message;
      const digest = Uint8Array.fromHex(message.digest);
      return groupKeys.length === 0
        ? undefined
        : { groupKeysTold: { afterEpoch, digest, groupKeys } };
    }
  }
}

/** Reads what a member says, and hands what the authority signed to the statements. */
export function readTrustMessage(
  { summary, revocationsWanted, revocationsTold, groupKeysWanted, groupKeysTold }:
    TrustMessageOnWire,
  statements: StatementSink,
  from: NodeId,
): TrustMessage {
  if (summary !== null) return readSummary(summary);
  if (revocationsWanted !== null) return readWanted(revocationsWanted);
  if (revocationsTold !== null) return readRevocations(revocationsTold, statements, from);
  if (groupKeysWanted !== null) {
    return { kind: "groupKeysWanted", epoch: readEpoch(groupKeysWanted.epoch) };
  }
  if (groupKeysTold !== null) return readGroupKeys(groupKeysTold, statements, from);
  throw new WireError(
    "unknownType",
    "Cannot decode what a peer knows of members: it has no body that is known here",
  );
}

function readSummary({ digest, epoch }: TrustSummaryOnWire): TrustMessage {
  return { kind: "trustSummary", digest: readDigest(digest), epoch: readEpoch(epoch) };
}

function readWanted({ known }: RevocationsWantedOnWire): TrustMessage {
  const count = known.length / DEVICE_ID_BYTES;
  if (!Number.isInteger(count)) {
    throw new WireError("badValue", `Cannot decode known devices: they have ${known.length} bytes`);
  }
  refuseMore("known devices", count, TRUST_LIMITS.known);
  const deviceIds = Array.from(
    { length: count },
    (_, index) => known.subarray(index * DEVICE_ID_BYTES, (index + 1) * DEVICE_ID_BYTES).toHex(),
  );
  return { kind: "revocationsWanted", known: deviceIds };
}

function readRevocations(
  { revocations }: RevocationsToldOnWire,
  statements: StatementSink,
  from: NodeId,
): TrustMessage {
  refuseMore("revocations", revocations.length, TRUST_LIMITS.told);
  statements.takeRevocations(revocations, from);
  return { kind: "revocationsTold", deviceIds: [] };
}

function readGroupKeys(
  { afterEpoch, digest, groupKeys }: GroupKeysToldOnWire,
  statements: StatementSink,
  from: NodeId,
): TrustMessage {
  refuseMore("group keys", groupKeys.length, TRUST_LIMITS.keys);
  const read = {
    kind: "groupKeysTold",
    afterEpoch: readEpoch(afterEpoch),
    digest: readDigest(digest),
  } as const;
  statements.takeGroupKeys(groupKeys, read.digest, from);
  return read;
}

function readDigest(digest: Uint8Array): string {
  if (digest.length === DIGEST_BYTES) return digest.toHex();
  throw new WireError("badValue", `Cannot decode digest: it has ${digest.length} bytes`);
}

function readEpoch(epoch: number): number {
  return readNumber("epoch", epoch, 0, LAST_EPOCH);
}

function refuseMore(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new WireError(
    "tooMany",
    `Cannot decode ${what}: there are ${count}, the limit is ${limit}`,
  );
}
