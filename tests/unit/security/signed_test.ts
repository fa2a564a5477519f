import assert from "node:assert/strict";
import { SigningKey, VerifyingKey } from "../../../src/security/ed25519.ts";
import { openSigned, signMessage } from "../../../src/security/signed.ts";
import { Revocation } from "../../../src/wire/generated/peat/security.js";
import { WireError } from "../../../src/wire/wire_error.ts";

const key = SigningKey.generate();
const draft = { deviceId: new Uint8Array(16), serial: 7n };

Deno.test("a signature for one purpose is none for another", () => {
  const bytes = signMessage("revocation", Revocation, draft, key);
  const verifier = new VerifyingKey(key.publicKey);
  assert(openSigned("revocation", Revocation, bytes).isSignedBy(verifier));
  assert(!openSigned("group key", Revocation, bytes).isSignedBy(verifier));
  const stranger = new VerifyingKey(SigningKey.generate().publicKey);
  assert(!openSigned("revocation", Revocation, bytes).isSignedBy(stranger));
});

Deno.test("bytes that are no signed message are refused as the wire refuses", () => {
  const bytes = signMessage("revocation", Revocation, draft, key);
  const open = (part: Uint8Array) => () => openSigned("revocation", Revocation, part);
  assert.throws(open(bytes.subarray(0, 20)), WireError);
  assert.throws(open(new Uint8Array(70_000)), WireError);
});

Deno.test("a key that is no point on the curve verifies nothing and throws nothing", () => {
  const signature = key.sign(new Uint8Array(3));
  for (let fill = 0; fill < 256; fill++) {
    const verifier = new VerifyingKey(new Uint8Array(32).fill(fill));
    assert(!verifier.verify(new Uint8Array(3), signature));
  }
});

Deno.test("a seed of the standard's test vectors makes the key and signature they give", () => {
  const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const vector = SigningKey.fromSeed(Uint8Array.fromHex(seed));
  assert.equal(
    vector.publicKey.toHex(),
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  );
  assert.equal(
    vector.sign(new Uint8Array(0)).toHex(),
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac" +
      "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
});
