import { malformed, notAuthenticated } from "../core/kernel/refusals.ts";
import { GroupKey } from "../wire/generated/peat/security.js";
import { WireError } from "../wire/wire_error.ts";
import { KEY_BYTES, type SigningKey, VerifyingKey } from "./ed25519.ts";
import { type EpochRecord, type MemberRecord, MOST_EPOCHS } from "./formation_record.ts";
import { openSigned, signMessage } from "./signed.ts";

/** Adds to an epoch the authority's word for it, so that members can hand it on to each other. */
export function proveEpoch(
  formationId: string,
  authority: SigningKey,
  { epoch, secret, startedAtMs, graceMs }: EpochRecord,
): EpochRecord {
  const proof = signMessage("group key", GroupKey, {
    formationId: Uint8Array.fromHex(formationId),
    epoch,
    key: Uint8Array.fromBase64(secret),
    startedAtMs: BigInt(startedAtMs),
    graceMs: BigInt(graceMs),
  }, authority).toBase64();
  return { epoch, secret, startedAtMs, graceMs, proof };
}

/** The epoch that a proof is about. Throws when the formation's authority did not sign it. */
export function readEpochProof(
  proof: Uint8Array,
  formationId: string,
  authorityPublicKey: Uint8Array,
): EpochRecord {
  const { message, isSignedBy } = open(proof);
  if (message.formationId.toHex() !== formationId || message.key.length !== KEY_BYTES) {
    throw malformed("Cannot use the group key: it is another formation's", {
      code: "group-key-malformed",
    });
  }
  if (!isSignedBy(new VerifyingKey(authorityPublicKey))) {
    throw notAuthenticated("Cannot use the group key: the formation's authority did not sign it", {
      code: "group-key-not-signed",
    });
  }
  return {
    epoch: message.epoch,
    secret: message.key.toBase64(),
    startedAtMs: Number(message.startedAtMs),
    graceMs: Number(message.graceMs),
    proof: proof.toBase64(),
  };
}

/**
 * A member's record with the group key that the mesh handed on, or the same record when it has
 * that or a later one. Whoever missed a rotation goes on without the key in between. The proof holds the key itself: send it only to members, over a proven stream.
 */
export function withGroupKey(record: MemberRecord, proof: Uint8Array): MemberRecord {
  const authority = Uint8Array.fromBase64(record.authorityPublicKey);
  const epoch = readEpochProof(proof, record.id, authority);
  const newest = record.epochs.at(-1)!;
  if (epoch.epoch <= newest.epoch) return record;
  if (epoch.epoch > newest.epoch + 1) return { ...record, epochs: [epoch] };
  return { ...record, epochs: [...record.epochs, epoch].slice(-MOST_EPOCHS) };
}

function open(proof: Uint8Array) {
  try {
    return openSigned("group key", GroupKey, proof);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw malformed(`Cannot use the group key: ${error.message}`, {
      code: "group-key-malformed",
      cause: error,
    });
  }
}
