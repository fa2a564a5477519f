import process from "node:process";

/** Raw, as Automerge packs as well. */
export function deflate(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zlib().deflateRawSync(plain));
}

/** Throws when the bytes are not packed, or hold more than so much. */
export function inflate(packed: Uint8Array, longestBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zlib().inflateRawSync(packed, { maxOutputLength: longestBytes }));
}

/** It takes milliseconds to load, and no start has anything to pack. */
function zlib() {
  return process.getBuiltinModule("node:zlib");
}
