import assert from "node:assert/strict";
import { TRUST_LIMITS, type TrustMessage } from "../../../src/core/trust/trust_message.ts";
import { PeerMessage as OnWire } from "../../../src/wire/generated/peat/peer.js";
import type { TrustMessage as TrustOnWire } from "../../../src/wire/generated/peat/security.js";
import { encodeMessage } from "../../../src/wire/message.ts";
import type { Draft } from "../../../src/wire/message_type.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  type Originals,
} from "../../../src/wire/peer_message.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";
import { NO_ORIGINALS } from "./no_originals.ts";

const DIGEST = "ab".repeat(32);
const DEVICE = "cd".repeat(16);
const SIGNED = Uint8Array.of(1, 2, 3);

/** The one revocation and the one key there are, and where those go that come in. */
function originals(signed: unknown[] = []): Originals {
  return {
    ...NO_ORIGINALS,
    statements: {
      revocationOf: (deviceId) => deviceId === DEVICE ? SIGNED : undefined,
      groupKeysAfter: (epoch) => epoch < 2 ? [SIGNED] : [],
      takeRevocations: (entries, from) => {
        signed.push(entries.map((its) => its.toHex()), from);
      },
      takeGroupKeys: (proofs, digest, from) => {
        signed.push(proofs.map((its) => its.toHex()), digest, from);
      },
    },
  };
}

function encode(message: TrustMessage): Uint8Array | undefined {
  return encodePeerMessage({ kind: "trust", message }, originals());
}

/** What comes out of the bytes, and what of it was signed. */
function decode(bytes: Uint8Array) {
  const signed: unknown[] = [];
  const message = decodePeerMessage(bytes, "a", originals(signed));
  assert(message?.kind === "trust");
  return { message: message.message, signed };
}

Deno.test("what members tell each other comes out as it went in, with what was signed", () => {
  const same: TrustMessage[] = [
    { kind: "trustSummary", digest: DIGEST, epoch: 7 },
    { kind: "revocationsWanted", known: [] },
    { kind: "revocationsWanted", known: [DEVICE, "ef".repeat(16)] },
    { kind: "groupKeysWanted", epoch: 7 },
  ];
  for (const message of same) {
    assert.deepEqual(decode(encode(message)!), { message, signed: [] });
  }
  const told = encode({ kind: "revocationsTold", deviceIds: [DEVICE] })!;
  assert.deepEqual(decode(told).signed, [["010203"], "a"]);
  const keys = { kind: "groupKeysTold", afterEpoch: 1, digest: DIGEST } as const;
  assert.deepEqual(decode(encode(keys)!), {
    message: keys,
    signed: [["010203"], DIGEST, "a"],
  });
});

Deno.test("nothing is said where there is nothing to hand on", () => {
  assert.equal(encode({ kind: "revocationsTold", deviceIds: ["00".repeat(16)] }), undefined);
  assert.equal(encode({ kind: "groupKeysTold", afterEpoch: 2, digest: DIGEST }), undefined);
});

Deno.test("more than there can be, and what has a wrong length, is refused whole", () => {
  const refused: [Draft<TrustOnWire>, WireErrorCode][] = [
    [{}, "unknownType"],
    [{ summary: { digest: new Uint8Array(31), epoch: 1 } }, "badValue"],
    [{ revocationsWanted: { known: new Uint8Array(17) } }, "badValue"],
    [{ revocationsWanted: { known: new Uint8Array(16 * (TRUST_LIMITS.known + 1)) } }, "tooMany"],
    [{ revocationsTold: { revocations: Array(TRUST_LIMITS.told + 1).fill(SIGNED) } }, "tooMany"],
    [
      { groupKeysTold: { digest: new Uint8Array(32), groupKeys: Array(9).fill(SIGNED) } },
      "tooMany",
    ],
  ];
  for (const [trust, code] of refused) {
    assert.throws(
      () => decode(encodeMessage(OnWire, { trust })),
      (error) => error instanceof WireError && error.code === code,
    );
  }
});
