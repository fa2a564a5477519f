import assert from "node:assert/strict";
import { HIGHEST_VERSION } from "../../../src/core/cell/charter.ts";
import { ROSTER_LIMIT } from "../../../src/core/cell/roster.ts";
import { PeerMessage as PeerMessageType } from "../../../src/wire/generated/peat/peer.js";
import { encodeMessage } from "../../../src/wire/message.ts";
import { decodePeerMessage, encodePeerMessage } from "../../../src/wire/peer_message.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { NO_ORIGINALS } from "./no_originals.ts";

function starts(count: number) {
  return Array.from({ length: count }, (_, index) => ({ nodeId: `n${index}`, boot: 1n }));
}

Deno.test("a roster with more entries than a cell can have is refused whole", () => {
  const decode = (joined: number, removed: number) =>
    decodePeerMessage(
      encodeMessage(PeerMessageType, {
        cell: { cellId: "alpha", roster: { joined: starts(joined), removed: starts(removed) } },
      }),
      "b",
      NO_ORIGINALS,
    );
  assert.equal(decode(ROSTER_LIMIT, ROSTER_LIMIT)?.kind, "cell");
  for (const [joined, removed] of [[10_000, 0], [0, 10_000], [ROSTER_LIMIT + 1, 0]] as const) {
    assert.throws(
      () => decode(joined, removed),
      (error) => error instanceof WireError && error.code === "tooMany",
    );
  }
});

Deno.test("a charter and the policy that a member was started with survive the way, and no other word is one", () => {
  const message = {
    kind: "cell",
    cellId: "alpha",
    message: {
      kind: "profile",
      profile: { capabilities: [], policy: "contextual" },
      roster: { joined: { n1: 1 }, removed: {} },
      charter: { policy: "rank-dominant", version: 7, setBy: "n1" },
    },
  } as const;
  const bytes = encodePeerMessage(message, NO_ORIGINALS)!;
  assert.deepEqual(decodePeerMessage(bytes, "b", NO_ORIGINALS), message);
  const bad = [{ policy: 0 }, { policy: 99 }, { version: HIGHEST_VERSION + 1 }, { setBy: "" }];
  for (const wrong of bad) {
    const charter = { policy: 1, version: 1, setBy: "n1", ...wrong };
    const forged = encodeMessage(PeerMessageType, {
      cell: { cellId: "alpha", profile: { charter } },
    });
    assert.throws(() => decodePeerMessage(forged, "b", NO_ORIGINALS), WireError);
  }
});
