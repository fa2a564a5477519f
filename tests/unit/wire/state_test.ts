import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { cpuUsage } from "node:process";
import type { Change } from "../../../src/core/state/document.ts";
import {
  type DocumentChanges,
  STATE_LIMITS,
  type StateMessage,
} from "../../../src/core/state/state_message.ts";
import { ChangeList, StateMessage as StateOnWire } from "../../../src/wire/generated/peat/state.js";
import { decodeMessage, encodeMessage } from "../../../src/wire/message.ts";
import {
  draftStateMessage,
  hashOfChange,
  type Proofs,
  readStateMessage,
} from "../../../src/wire/state.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

/** Whose certificate is good no more. */
const ENDED = "n9";

/** Seals that say whose they are, and are nobody's when they are broken. */
const PROOFS: Proofs = {
  nodeId: "n1",
  hasEnded: (certificate) => atob(certificate) === ENDED,
  seal: ({ key }) => ({ signature: btoa(key), certificate: btoa("n1") }),
  prove: ({ key }, { signature, certificate }, voucher) => {
    const author = atob(certificate);
    const isUnvouched = author === ENDED && (voucher ?? author) === author;
    if (atob(signature) !== key || isUnvouched) return undefined;
    return { author, mayCommand: false };
  },
};

const VERSIONS = { "n1 7": 3, "drone-2 9007199254740991": 4_294_967_295 };

Deno.test("what is said of documents is the same at the other end", () => {
  const held = { key: "notes/a", generation: 2, versions: VERSIONS, quietMs: 5 };
  const said: StateMessage[] = [
    { kind: "documentsSummary", digest: 2 ** 52 - 1, documents: 4_096 },
    {
      kind: "documentsHeld",
      documents: [held, { ...held, key: "nodes/n1", versions: {} }],
      isReminder: true,
    },
    { kind: "documentsWanted", documents: [held] },
    changesOf([sealed(1, "first"), sealed(2, "second")]),
    {
      ...changesOf([]),
      generation: 3,
      erasure: { author: "n2", mayCommand: false, seal: seal("n2") },
    },
  ];
  for (const message of said) assert.deepEqual(overTheWire(message), message);
});

Deno.test("what this node wrote is signed when it leaves, and what others wrote goes as they signed it", () => {
  const { seal: _, ...own } = sealed(1, "own");
  const told = overTheWire(
    changesOf([{ ...own, author: "n1" }, sealed(2, "theirs")]),
  ) as DocumentChanges;
  assert.deepEqual(told.changes.map(({ author, seal }) => [author, atob(seal!.certificate)]), [
    ["n1", "n1"],
    ["n2", "n2"],
  ]);
});

Deno.test("a change that nobody proves is left out, and the others stay", () => {
  const forged = { ...sealed(1, "forged"), seal: { ...seal("n3"), signature: btoa("another") } };
  const told = overTheWire(changesOf([forged, sealed(2, "good")])) as DocumentChanges;
  assert.deepEqual(told.changes.map(({ number }) => number), [2]);
});

Deno.test("who hands on what was signed by a certificate that has ended vouches for it", () => {
  const past = { ...sealed(1, "past"), author: ENDED, seal: seal(ENDED) };
  const message = changesOf([past, sealed(2, "good")]);
  const draft = draftStateMessage(message, PROOFS)!;
  assert.deepEqual(draft.changes!.vouched, [0]);
  const numbers = (told: StateMessage) =>
    (told as DocumentChanges).changes.map(({ number }) => number);
  assert.deepEqual(numbers(overTheWire(message)), [1, 2]);
  // Its author vouches for nothing of its own, and nobody for whom nobody vouches is believed.
  assert.deepEqual(numbers(overTheWire(message, ENDED)), [2]);
  const bare = { changes: { ...draft.changes, vouched: [] } };
  const bytes = encodeMessage<StateOnWire>(StateOnWire, bare);
  assert.deepEqual(
    numbers(readStateMessage(decodeMessage(StateOnWire, bytes), "n2", PROOFS)),
    [2],
  );
  refuses({ changes: { ...draft.changes, vouched: [0, 1, 0] } });
  // Of a deletion that nobody proves nothing is left; one that says nobody's name is no honest node's.
  const erasure = { author: ENDED, mayCommand: false, seal: seal(ENDED) };
  const deletion = overTheWire({ ...changesOf([]), generation: 3, erasure }, ENDED);
  assert.equal((deletion as DocumentChanges).erasure, undefined);
  refuses({ changes: { key: "notes/a", generation: 3n } });
});

Deno.test("what this node wrote under a certificate that has ended it signs anew when it leaves", () => {
  const past = { ...sealed(1, "past"), author: "n1", seal: seal(ENDED) };
  const told = overTheWire(changesOf([past]), "n1") as DocumentChanges;
  assert.deepEqual(told.changes.map(({ seal }) => atob(seal!.certificate)), ["n1"]);
});

Deno.test("changes that swell, claim too many or belong to no certificate are refused", () => {
  const base = { key: "notes/a", generation: 2n, certificates: [new Uint8Array(1)] };
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(100 << 20)));
  assert.ok(bomb.length < 200_000);
  const many = { changes: Array.from({ length: STATE_LIMITS.changes + 1 }, () => ({})) };
  const stray = { changes: [{ certificate: 4, number: 1 }] };
  const packed = (list: Parameters<typeof encodeMessage<ChangeList>>[1]) =>
    new Uint8Array(deflateRawSync(encodeMessage<ChangeList>(ChangeList, list)));
  const before = cpuUsage();
  for (const bytes of [bomb, packed(many), packed(stray), Uint8Array.of(1, 2, 3)]) {
    refuses({ changes: { ...base, packed: bytes } });
  }
  // The processor's time, since others may have the processor meanwhile.
  assert.ok(cpuUsage(before).user < 2_000_000);
});

Deno.test("names that are none, generations beyond all and lives without number are refused", () => {
  const document = { key: "notes/a", generation: 2n };
  const lives = Array.from({ length: STATE_LIMITS.lives + 1 }, () => ({ author: "n", number: 1 }));
  const refused = [
    { ...document, key: "notes/a b" },
    { ...document, key: `notes/${"x".repeat(200)}` },
    { ...document, key: "../etc" },
    { ...document, generation: 0n },
    { ...document, generation: 1n << 50n },
    { ...document, lives },
    { ...document, lives: [{ author: "n", number: 0 }] },
    { ...document, lives: [{ author: "no node", number: 1 }] },
  ];
  for (const version of refused) refuses({ held: { documents: [version] } });
  const documents = Array.from({ length: STATE_LIMITS.documents + 1 }, () => document);
  refuses({ wanted: { documents } });
  refuses({});
});

function overTheWire(message: StateMessage, from = "n2"): StateMessage {
  const bytes = encodeMessage<StateOnWire>(StateOnWire, draftStateMessage(message, PROOFS)!);
  return readStateMessage(decodeMessage(StateOnWire, bytes), from, PROOFS);
}

function refuses(draft: Parameters<typeof encodeMessage<StateOnWire>>[1]): void {
  const bytes = encodeMessage<StateOnWire>(StateOnWire, draft);
  assert.throws(() => readStateMessage(decodeMessage(StateOnWire, bytes), "n1", PROOFS), WireError);
}

function seal(author: string) {
  return { signature: btoa("notes/a"), certificate: btoa(author) };
}

function sealed(number: number, text: string): Change {
  const body = new TextEncoder().encode(`headers: ${text}`);
  return {
    author: "n2",
    mayCommand: false,
    boot: 7,
    number,
    hash: hashOfChange(body),
    body: body.toBase64(),
    seal: seal("n2"),
  };
}

function changesOf(changes: readonly Change[]): DocumentChanges {
  return {
    kind: "documentChanges",
    key: "notes/a",
    generation: 2,
    quietMs: 9,
    changes,
    isLast: true,
  };
}
