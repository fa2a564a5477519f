import { BoundedMap } from "../core/kernel/bounded_map.ts";
import { Revocation } from "../wire/generated/peat/security.js";
import { WireError } from "../wire/wire_error.ts";
import { DEVICE_ID_BYTES, sha256 } from "./digest.ts";
import type { SigningKey } from "./ed25519.ts";
import type { Formation } from "./formation.ts";
import { MOST_REVOCATIONS } from "./formation_record.ts";
import { openSigned, signMessage } from "./signed.ts";

const LONGEST_REVOCATION_BYTES = 192;

export interface RevocationDraft {
  readonly deviceId: string;
  /** The serial number of the certificate that it had. */
  readonly serial: number;
  readonly revokedAtMs: number;
}

/** Whom a revocation put out, and when that was signed. */
export interface RevokedDevice {
  readonly deviceId: string;
  readonly revokedAtMs: number;
}

export type MergeResult =
  | "added"
  | "known"
  | "malformed"
  | "wrongFormation"
  | "badSignature"
  /** The set is at its bound. What it holds, it keeps: giving one up would let a thief back in. */
  | "full";

/** Signs that a device is no member any more, for ever. */
export function signRevocation(
  formation: Formation,
  authority: SigningKey,
  { deviceId, serial, revokedAtMs }: RevocationDraft,
): Uint8Array<ArrayBuffer> {
  return signMessage("revocation", Revocation, {
    formationId: formation.idBytes,
    deviceId: Uint8Array.fromHex(deviceId),
    serial: BigInt(serial),
    revokedAtMs: BigInt(revokedAtMs),
  }, authority);
}

/**
 * The devices that an enrolled formation has put out. It only ever grows, so nodes that merge what
 * the others have end with the same set, whatever the order. Each entry proves itself, so it may
 * come from anyone. A shared formation has none: whoever knows its secret makes another device.
 */
export class RevocationSet {
  readonly #formation: Formation;
  readonly #entries: BoundedMap<string, Uint8Array>;
  #newestMs = 0;
  #refused = 0;
  #latest: RevokedDevice | undefined;

  constructor(
    formation: Formation,
    entries: Iterable<Uint8Array> = [],
    { capacity = MOST_REVOCATIONS } = {},
  ) {
    this.#formation = formation;
    this.#entries = new BoundedMap(capacity, "refuse-new");
    for (const entry of entries) this.merge(entry);
  }

  has(deviceId: string): boolean {
    return this.#entries.has(deviceId);
  }

  merge(entry: Uint8Array): MergeResult {
    const result = this.#merge(entry);
    if (result !== "added" && result !== "known") this.#refused++;
    return result;
  }

  /** How many were not genuine, or found no room. */
  get refused(): number {
    return this.#refused;
  }

  #merge(entry: Uint8Array): MergeResult {
    const opened = open(entry);
    if (opened === undefined) return "malformed";
    const deviceId = opened.message.deviceId.toHex();
    if (opened.message.formationId.toHex() !== this.#formation.id) return "wrongFormation";
    if (this.#entries.has(deviceId)) return "known";
    const { kind, keys } = this.#formation;
    if (kind === "shared" || !opened.isSignedBy(keys.newest.authority)) return "badSignature";
    if (!this.#entries.set(deviceId, entry.slice())) return "full";
    const revokedAtMs = Number(opened.message.revokedAtMs);
    this.#newestMs = Math.max(this.#newestMs, revokedAtMs);
    this.#latest = { deviceId, revokedAtMs };
    return "added";
  }

  /** The one that was added last. */
  get latest(): RevokedDevice | undefined {
    return this.#latest;
  }

  /** The signed entry that puts the device out, to hand on. */
  entryOf(deviceId: string): Uint8Array | undefined {
    return this.#entries.get(deviceId);
  }

  /** When the latest of them was signed, by the authority's clock; 0 while there is none. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** The same for the same devices, so that two nodes see at once whether they have to merge. */
  digest(): string {
    const deviceIds = [...this.#entries.keys()].sort();
    return sha256(...deviceIds.map((deviceId) => Uint8Array.fromHex(deviceId))).toHex();
  }

  get size(): number {
    return this.#entries.size;
  }

  deviceIds(): string[] {
    return [...this.#entries.keys()];
  }

  /** The signed entries, to hand on or to keep. */
  entries(): Uint8Array[] {
    return [...this.#entries.values()];
  }
}

function open(entry: Uint8Array) {
  if (entry.length > LONGEST_REVOCATION_BYTES) return undefined;
  try {
    const opened = openSigned("revocation", Revocation, entry);
    return opened.message.deviceId.length === DEVICE_ID_BYTES ? opened : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
