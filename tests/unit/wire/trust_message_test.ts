import assert from "node:assert/strict";
import { TRUST_LIMITS, type TrustMessage } from "../../../src/core/trust/trust_message.ts";
import { TrustMessage as OnWire } from "../../../src/wire/generated/peat/security.js";
import { encodeMessage } from "../../../src/wire/message.ts";
import { decodeTrustMessage, encodeTrustMessage } from "../../../src/wire/trust_message.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

const DIGEST = "ab".repeat(32);
const DEVICE = "cd".repeat(16);
const SIGNED = Uint8Array.of(1, 2, 3);

const source = {
  revocationOf: (deviceId: string) => deviceId === DEVICE ? SIGNED : undefined,
  groupKeysAfter: (epoch: number) => epoch < 2 ? [SIGNED] : [],
};

/** What comes out of the bytes, and what of it was signed. */
function decode(bytes: Uint8Array) {
  const signed: unknown[] = [];
  const message = decodeTrustMessage(bytes, {
    takeRevocations: (entries) => void signed.push(entries.map((its) => its.toHex())),
    takeGroupKeys: (proofs, digest) => void signed.push(proofs.map((its) => its.toHex()), digest),
  });
  return { message, signed };
}

Deno.test("what members tell each other comes out as it went in, with what was signed", () => {
  const same: TrustMessage[] = [
    { kind: "trustSummary", digest: DIGEST, epoch: 7 },
    { kind: "revocationsWanted", known: [] },
    { kind: "revocationsWanted", known: [DEVICE, "ef".repeat(16)] },
    { kind: "groupKeysWanted", epoch: 7 },
  ];
  for (const message of same) {
    assert.deepEqual(decode(encodeTrustMessage(message, source)!), { message, signed: [] });
  }
  const told = encodeTrustMessage({ kind: "revocationsTold", deviceIds: [DEVICE] }, source)!;
  assert.deepEqual(decode(told).signed, [["010203"]]);
  const keys = { kind: "groupKeysTold", afterEpoch: 1, digest: DIGEST } as const;
  assert.deepEqual(decode(encodeTrustMessage(keys, source)!), {
    message: keys,
    signed: [["010203"], DIGEST],
  });
});

Deno.test("nothing is said where there is nothing to hand on", () => {
  const none = { kind: "revocationsTold", deviceIds: ["00".repeat(16)] } as const;
  assert.equal(encodeTrustMessage(none, source), undefined);
  const old = { kind: "groupKeysTold", afterEpoch: 2, digest: DIGEST } as const;
  assert.equal(encodeTrustMessage(old, source), undefined);
});

Deno.test("more than there can be, and what has a wrong length, is refused whole", () => {
  const refused = [
    { summary: { digest: new Uint8Array(31), epoch: 1 } },
    { revocationsWanted: { known: new Uint8Array(17) } },
    { revocationsWanted: { known: new Uint8Array(16 * (TRUST_LIMITS.known + 1)) } },
    { revocationsTold: { revocations: Array(TRUST_LIMITS.told + 1).fill(SIGNED) } },
    { groupKeysTold: { digest: new Uint8Array(32), groupKeys: Array(9).fill(SIGNED) } },
  ];
  for (const draft of refused) {
    assert.throws(() => decode(encodeMessage(OnWire, draft)), WireError);
  }
  assert.deepEqual(decode(new Uint8Array(0)), { message: undefined, signed: [] });
});
