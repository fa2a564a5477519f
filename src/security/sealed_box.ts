import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { Buffer } from "node:buffer";
import { concat } from "./bytes.ts";
import { deriveKey } from "./digest.ts";

const PUBLIC_PREFIX = Uint8Array.fromHex("302a300506032b656e032100");
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** Every box has a key of its own, so one nonce does for all. */
const NONCE = new Uint8Array(12);

/** An X25519 key pair to which anyone can seal a box that only its holder opens. */
export class BoxKey {
  readonly #key: KeyObject;
  readonly publicKey: Uint8Array;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = publicBytes(createPublicKey(key as unknown as string));
  }

  static generate(): BoxKey {
    return new BoxKey(generateKeyPairSync("x25519").privateKey);
  }

  static fromPem(pem: string): BoxKey {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "x25519") throw new Error("it is not an X25519 key");
    return new BoxKey(key);
  }

  toPem(): string {
    return this.#key.export({ format: "pem", type: "pkcs8" }).toString();
  }

  /** Throws when the box was not sealed to this key, or was changed on its way. */
  open(box: Uint8Array): Uint8Array {
    if (box.length < KEY_BYTES + TAG_BYTES) throw new Error("it is too short");
    const ephemeral = box.subarray(0, KEY_BYTES);
    const sealed = box.subarray(KEY_BYTES, -TAG_BYTES);
    const key = boxKey(this.#key, publicKeyOf(ephemeral), ephemeral, this.publicKey);
    const decipher = createDecipheriv("aes-256-gcm", key, NONCE);
    decipher.setAuthTag(box.subarray(-TAG_BYTES));
    const content = decipher.update(sealed);
    decipher.final();
    return new Uint8Array(content);
  }
}

/** Seals to a public key, under a key agreed with an ephemeral one that goes along. */
export function sealBox(recipient: Uint8Array, content: Uint8Array): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const ephemeral = publicBytes(publicKey);
  const key = boxKey(privateKey, publicKeyOf(recipient), ephemeral, recipient);
  const cipher = createCipheriv("aes-256-gcm", key, NONCE);
  const sealed = cipher.update(content);
  cipher.final();
  return concat(ephemeral, sealed, cipher.getAuthTag());
}

function boxKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): Uint8Array {
  const agreed = new Uint8Array(diffieHellman({ privateKey, publicKey }));
  return deriveKey(agreed, concat(ephemeral, recipient), "peat/1 sealed box");
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const key = Buffer.from([...PUBLIC_PREFIX, ...bytes]);
  return createPublicKey({ key, format: "der", type: "spki" });
}

function publicBytes(key: KeyObject): Uint8Array {
  const encoded = key.export({ format: "der", type: "spki" });
  return new Uint8Array(encoded.subarray(PUBLIC_PREFIX.length));
}
