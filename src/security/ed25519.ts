import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { Buffer } from "node:buffer";

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** What stands before the 32 bytes of a key in its standard encodings, PKCS #8 and SPKI. */
const PRIVATE_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
const PUBLIC_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");

/** An Ed25519 private key. It signs; its bytes come out only as the PEM that a file or TLS needs. */
export class SigningKey {
  readonly #key: KeyObject;
  readonly publicKey: Uint8Array;

  private constructor(key: KeyObject) {
    this.#key = key;
    // The declarations of `node:crypto` leave out that a private key has a public one.
    const publicKey = createPublicKey(key as unknown as string);
    const encoded = publicKey.export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(encoded.subarray(PUBLIC_PREFIX.length));
  }

  static generate(): SigningKey {
    return new SigningKey(generateKeyPairSync("ed25519").privateKey);
  }

  static fromSeed(seed: Uint8Array): SigningKey {
    const key = Buffer.from([...PRIVATE_PREFIX, ...seed]);
    return new SigningKey(createPrivateKey({ key, format: "der", type: "pkcs8" }));
  }

  /** Throws when the text is not an Ed25519 private key in PKCS #8. */
  static fromPem(pem: string): SigningKey {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "ed25519") throw new Error("it is not an Ed25519 key");
    return new SigningKey(key);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, bytes, this.#key));
  }

  toPem(): string {
    return this.#key.export({ format: "pem", type: "pkcs8" }).toString();
  }
}

/** An Ed25519 public key in the form that verifies fastest. Worth keeping for each known sender. */
export class VerifyingKey {
  #key: KeyObject | undefined;

  /** Throws when there are not as many bytes as a key has. Whether they are one shows in `verify`. */
  constructor(readonly bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes`);
  }

  /** Whether the signature is right. Never throws: what is no key or no signature proves nothing. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      this.#key ??= publicKeyOf(this.bytes);
      return verify(null, bytes, this.#key, signature);
    } catch {
      return false;
    }
  }
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const key = Buffer.from([...PUBLIC_PREFIX, ...bytes]);
  return createPublicKey({ key, format: "der", type: "spki" });
}
