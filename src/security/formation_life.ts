import { randomBytes } from "node:crypto";
import { malformed, notPermitted } from "../core/kernel/refusals.ts";
import { SigningKey } from "./ed25519.ts";
import { Formation, type FormationKind } from "./formation.ts";
import {
  type AuthorityRecord,
  type EndedRecord,
  type EpochRecord,
  FORMAT,
  type FormationRecord,
  MOST_ENDED,
  MOST_EPOCHS,
  MOST_REVOCATIONS,
  type SharedRecord,
} from "./formation_record.ts";
import { proveEpoch } from "./group_key.ts";
import { signRevocation } from "./revocation.ts";

const SECRET_BYTES = 32;
const ID_BYTES = 16;

/** What a new formation's file says. */
export function createFormation(
  name: string,
  kind: FormationKind,
  nowMs: number,
): SharedRecord | AuthorityRecord {
  const id = randomBytes(ID_BYTES).toString("hex");
  const epoch = newEpoch(1, nowMs, 0);
  const common = { format: FORMAT, name, id } as const;
  if (kind === "shared") return { ...common, holds: "secret", epochs: [epoch] };
  const seed = newSecret();
  const authority = SigningKey.fromSeed(Uint8Array.fromBase64(seed));
  return {
    ...common,
    holds: "authority",
    authorityKey: seed,
    epochs: [proveEpoch(id, authority, epoch)],
    nextSerial: 1,
    issued: [],
    revocations: [],
  };
}

export interface RotateOptions {
  /** How long what was good before is still good. */
  readonly graceMs: number;
  readonly nowMs: number;
}

/**
 * The record with one epoch more, and without those that are over. In a shared formation a new
 * secret makes a new authority; an enrolled one keeps its authority and changes the group key.
 */
export function rotateFormation(
  record: FormationRecord,
  { graceMs, nowMs }: RotateOptions,
): SharedRecord | AuthorityRecord {
  if (record.holds === "membership") throw onlyAMember("rotate the keys of", record.name);
  const newest = record.epochs.at(-1)!;
  // Time never runs backwards from one epoch to the next, whatever this machine's clock says.
  const startedAtMs = Math.max(nowMs, newest.startedAtMs);
  const epoch = newEpoch(newest.epoch + 1, startedAtMs, graceMs);
  const live = new Formation(record).keys.accepted(startedAtMs).map(({ number }) => number);
  const kept = record.epochs.filter((old) => graceMs > 0 && live.includes(old.epoch));
  if (kept.length === MOST_EPOCHS) {
    throw notPermitted(
      `Cannot rotate the keys of ${record.name}: ${kept.length} epochs are in their grace`,
      { code: "too-many-epochs", hint: "wait until one is over, or use a shorter --grace" },
    );
  }
  if (record.holds === "secret") {
    return { ...record, epochs: [...kept, epoch], ended: endedAfter(record, kept) };
  }
  const authority = SigningKey.fromSeed(Uint8Array.fromBase64(record.authorityKey));
  return { ...record, epochs: [...kept, proveEpoch(record.id, authority, epoch)] };
}

/** What is left of epochs that go: who vouched for members in them. */
function endedAfter(record: SharedRecord, kept: readonly EpochRecord[]): EndedRecord[] {
  const { keys } = new Formation(record);
  const over = record.epochs.filter((epoch) => !kept.includes(epoch)).map(({ epoch }) => ({
    epoch,
    authorityPublicKey: keys.findAny(epoch)!.authority.bytes.toBase64(),
  }));
  return [...record.ended ?? [], ...over].slice(-MOST_ENDED);
}

export interface Revoked {
  readonly record: AuthorityRecord;
  readonly nodeId: string | undefined;
  readonly deviceIds: readonly string[];
}

/** Puts out a device, or every device that was made a node's. */
export function revoke(record: FormationRecord, target: string, nowMs: number): Revoked {
  if (record.holds === "secret") {
    throw notPermitted(
      `Cannot revoke ${target}: whoever has the secret of ${record.name} can come back`,
      { code: "formation-shared", hint: "rotate the secret and give it to the others" },
    );
  }
  if (record.holds === "membership") throw onlyAMember("revoke anybody in", record.name);
  const known = record.issued.filter(({ nodeId, deviceId }) =>
    nodeId === target || deviceId === target
  );
  const isDeviceId = /^[0-9a-f]{32}$/.test(target);
  const devices = known.length > 0 || !isDeviceId ? known : [{ deviceId: target, serial: 0 }];
  if (devices.length === 0) {
    throw malformed(`Cannot revoke ${target}: ${record.name} has no such node`, {
      code: "not-a-member",
      hint: "peat formation show lists them; the device id does as well",
    });
  }
  if (record.revocations.length + devices.length > MOST_REVOCATIONS) {
    throw notPermitted(`Cannot revoke ${target}: there are ${MOST_REVOCATIONS} revocations`, {
      code: "too-many-revocations",
      hint: "make a new formation and invite those who stay",
    });
  }
  const formation = new Formation(record);
  const authority = formation.keys.newest.authorityKey!;
  const revocations = devices.map(({ deviceId, serial }) =>
    signRevocation(formation, authority, { deviceId, serial, revokedAtMs: nowMs }).toBase64()
  );
  const deviceIds = devices.map(({ deviceId }) => deviceId);
  return {
    record: {
      ...record,
      issued: record.issued.filter(({ deviceId }) => !deviceIds.includes(deviceId)),
      revocations: [...record.revocations, ...revocations],
    },
    nodeId: known[0]?.nodeId,
    deviceIds,
  };
}

/** A member's file was used for what takes the authority's. */
export function onlyAMember(what: string, name: string) {
  return notPermitted(`Cannot ${what} ${name}: this file is a member's`, {
    code: "not-the-authority",
    hint: "use the file that peat formation create made",
  });
}

function newEpoch(epoch: number, startedAtMs: number, graceMs: number): EpochRecord {
  return { epoch, secret: newSecret(), startedAtMs, graceMs };
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64");
}
