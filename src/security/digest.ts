import { hash, hkdfSync } from "node:crypto";
import { concat, utf8 } from "./bytes.ts";

export const DEVICE_ID_BYTES = 16;

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    hash("sha256", parts.length === 1 ? parts[0]! : concat(...parts), "buffer"),
  );
}

/** 32 bytes that only whoever has the secret can know, another 32 for each purpose. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, utf8(purpose), 32));
}

/** What a device is called everywhere: the first half of its public key's hash. */
export function deviceIdOf(publicKey: Uint8Array): string {
  return sha256(publicKey).subarray(0, DEVICE_ID_BYTES).toHex();
}
