import assert from "node:assert/strict";
import fc from "fast-check";
import type { Credentials } from "../../../src/security/credentials.ts";
import { makeRequest } from "../../../src/security/enrolment.ts";
import { revoke, rotateFormation } from "../../../src/security/formation_life.ts";
import {
  ClientHandshake,
  HANDSHAKE_LIMIT_MS,
  type HandshakeStep,
  ServerHandshake,
} from "../../../src/security/handshake.ts";
import { LONGEST_HANDSHAKE_BYTES } from "../../../src/security/handshake_message.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { HandshakeHello } from "../../../src/wire/generated/peat/security.js";
import { decodeMessage, encodeMessage } from "../../../src/wire/message.ts";
import { Enrolled, flipped, HOUR_MS, nodeOf, sharedRecord, START_MS } from "./fixtures.ts";

const NOW = START_MS + 1_000;
const OPTIONS = { now: 0, formationTimeMs: NOW };

interface Ends {
  readonly client: HandshakeStep;
  readonly server: HandshakeStep;
  readonly messages: number;
}

/** Lets two nodes talk; `meddle` stands in between and may change what is sent. */
function talk(
  client: Credentials,
  server: Credentials,
  options: {
    expected?: Credentials | null;
    meddle?: (message: Uint8Array, number: number) => Uint8Array;
    formationTimeMs?: number;
  } = {},
): Ends {
  const { expected = server, meddle = (message) => message, formationTimeMs = NOW } = options;
  const times = { now: 0, formationTimeMs };
  const pinned = expected === null ? undefined : expected.member(formationTimeMs);
  const clientSide = new ClientHandshake(client, pinned, times);
  const serverSide = new ServerHandshake(server, times);
  const answer = serverSide.handle(1, meddle(clientSide.hello(), 1));
  if (answer.kind !== "send") return { client: answer, server: answer, messages: 1 };
  const proof = clientSide.handle(2, meddle(answer.message, 2));
  if (proof.kind !== "done") return { client: proof, server: answer, messages: 2 };
  const end = serverSide.handle(3, meddle(proof.message!, 3));
  return { client: proof, server: end, messages: 3 };
}

function reasonOf(step: HandshakeStep): string {
  return step.kind === "refused" ? step.reason : step.kind;
}

Deno.test("two members are done after three messages and agree on everything", () => {
  const fleet = new Enrolled();
  const [drone, base] = [fleet.enrol("drone-1"), fleet.enrol("base")];
  const { client, server, messages } = talk(drone, base);
  assert(client.kind === "done" && server.kind === "done");
  assert.equal(messages, 3);
  assert.equal(client.member.nodeId, "base");
  assert.equal(server.member.nodeId, "drone-1");
  assert.deepEqual(client.sessionId, server.sessionId);
});

Deno.test("no conversation is like another", () => {
  const record = sharedRecord();
  const [drone, base] = [nodeOf(record, "drone-1"), nodeOf(record, "base")];
  const [first, second] = [talk(drone, base).client, talk(drone, base).client];
  assert(first.kind === "done" && second.kind === "done");
  assert.notDeepEqual(first.sessionId, second.sessionId);
});

Deno.test("who is not a member in good standing is refused by the server at the first message", () => {
  const fleet = new Enrolled();
  const base = fleet.enrol("base");
  const guest = fleet.enrol("guest", { expiresAtMs: START_MS + HOUR_MS });
  const thief = fleet.enrol("thief");
  base.revocations.merge(
    Uint8Array.fromBase64(revoke(fleet.record, "thief", NOW).record.revocations[0]!),
  );
  const refusal = (client: Credentials, formationTimeMs = NOW) =>
    reasonOf(talk(client, base, { formationTimeMs }).client);
  assert.equal(refusal(new Enrolled().enrol("drone-1")), "wrongFormation");
  assert.equal(refusal(nodeOf(sharedRecord(), "drone-1")), "wrongFormation");
  assert.equal(refusal(guest, START_MS + HOUR_MS), "expired");
  assert.equal(refusal(thief), "revoked");
  assert.equal(refusal(fleet.enrol("drone-2")), "done");
});

Deno.test("a key without a certificate, and a certificate that it signed itself, are refused", () => {
  const fleet = new Enrolled();
  const base = fleet.enrol("base");
  const own = nodeOf({ ...new Enrolled().record, id: fleet.record.id }, "drone-1");
  assert.equal(reasonOf(talk(own, base).client), "badSignature");
  const request = makeRequest(makeIdentity(), "drone-1");
  const server = new ServerHandshake(base, OPTIONS);
  assert.equal(reasonOf(server.handle(1, Uint8Array.fromBase64(request.request))), "malformed");
});

Deno.test("a shared secret that is over is refused", () => {
  const record = sharedRecord();
  const rotated = rotateFormation(record, { graceMs: 0, nowMs: NOW });
  const [old, base] = [nodeOf(record, "drone-1"), nodeOf(rotated, "base")];
  assert.equal(reasonOf(talk(old, base).client), "unknownEpoch");
});

Deno.test("a client that dialled one node refuses another's answer", () => {
  const fleet = new Enrolled();
  const [drone, base, other] = [fleet.enrol("drone-1"), fleet.enrol("base"), fleet.enrol("other")];
  assert.equal(reasonOf(talk(drone, other, { expected: base }).client), "wrongNode");
});

Deno.test("a client refuses the right node behind another TLS certificate", () => {
  const record = sharedRecord();
  const [drone, base] = [nodeOf(record, "drone-1"), nodeOf(record, "base")];
  // In a shared formation any member can certify itself under another's name, and then relay.
  const relay = nodeOf(record, "base");
  assert.equal(reasonOf(talk(drone, base, { expected: relay }).client), "wrongServerCertificate");
});

Deno.test("without a pin a client learns who is there, and gives away no proof", () => {
  const fleet = new Enrolled();
  const [drone, base] = [fleet.enrol("drone-1"), fleet.enrol("base")];
  const { client, messages } = talk(drone, base, { expected: null });
  assert(client.kind === "learnt");
  assert.equal(client.member.nodeId, "base");
  assert.equal(messages, 2);
});

Deno.test("a node refuses itself, its own name and its own key", () => {
  const fleet = new Enrolled();
  const [drone, base] = [fleet.enrol("drone-1"), fleet.enrol("base")];
  assert.equal(reasonOf(talk(drone, drone).client), "ownId");
  const namesake = nodeOf(fleet.record, "base");
  assert.equal(reasonOf(talk(namesake, base).client), "ownId");
});

Deno.test("a client is not done with a server that was told another client's name", () => {
  const fleet = new Enrolled();
  const [drone, base, thief] = [fleet.enrol("drone-1"), fleet.enrol("base"), fleet.enrol("thief")];
  const { certificate } = thief.member(NOW);
  const rename = (message: Uint8Array) => {
    const { nonce } = decodeMessage(HandshakeHello, message);
    return encodeMessage(HandshakeHello, { nonce, certificate });
  };
  const { client } = talk(drone, base, {
    meddle: (message, number) => number === 1 ? rename(message) : message,
  });
  assert.equal(reasonOf(client), "badProof");
});

Deno.test("a proof from another conversation is refused", () => {
  const record = sharedRecord();
  const [drone, base] = [nodeOf(record, "drone-1"), nodeOf(record, "base")];
  const recorded: Uint8Array[] = [];
  talk(drone, base, { meddle: (message, number) => recorded[number] = message });
  const { server } = talk(drone, base, {
    meddle: (message, number) => number === 3 ? recorded[3]! : message,
  });
  assert.equal(reasonOf(server), "badProof");
  const replayed = new ServerHandshake(base, OPTIONS);
  assert.equal(replayed.handle(1, recorded[1]!).kind, "send");
  assert.equal(reasonOf(replayed.handle(2, recorded[3]!)), "badProof");
});

Deno.test("a message that is cut, too long, changed or too much ends the conversation", () => {
  const fleet = new Enrolled();
  const [drone, base] = [fleet.enrol("drone-1"), fleet.enrol("base")];
  for (const number of [1, 2, 3]) {
    let length = 0;
    talk(drone, base, {
      meddle: (message, at) => {
        if (at === number) length = message.length;
        return message;
      },
    });
    const spoilt = (spoil: (message: Uint8Array) => Uint8Array) => {
      const ends = talk(drone, base, {
        meddle: (message, at) => at === number ? spoil(message) : message,
      });
      return number === 3 ? ends.server : ends.client;
    };
    for (let cut = 0; cut < length; cut++) {
      assert.equal(spoilt((message) => message.subarray(0, cut)).kind, "refused");
      assert.equal(spoilt((message) => flipped(message, cut)).kind, "refused", `${number} ${cut}`);
    }
    // A field that nobody knows is no reason to refuse, but its length is.
    const padded = (bytes: number) =>
      spoilt((message) =>
        Uint8Array.of(...message, 0xfa, 0x7f, 0x80, 0x04, ...new Uint8Array(bytes))
      );
    assert.equal(reasonOf(padded(LONGEST_HANDSHAKE_BYTES)), "malformed");
  }
});

Deno.test("a message after the last, or after the time, is refused", () => {
  const record = sharedRecord();
  const [drone, base] = [nodeOf(record, "drone-1"), nodeOf(record, "base")];
  const client = new ClientHandshake(drone, base.member(NOW), OPTIONS);
  const server = new ServerHandshake(base, OPTIONS);
  assert.equal(server.deadline(), HANDSHAKE_LIMIT_MS);
  const answer = server.handle(1, client.hello());
  assert(answer.kind === "send");
  assert.equal(reasonOf(server.handle(HANDSHAKE_LIMIT_MS, new Uint8Array(0))), "tooLate");
  assert.equal(server.deadline(), Infinity);
  assert.equal(reasonOf(server.handle(1, client.hello())), "unexpected");
  assert.equal(client.handle(1, answer.message).kind, "done");
  assert.equal(reasonOf(client.handle(1, answer.message)), "unexpected");
});

Deno.test("a refusal has a code for the other side and the reason for this one", () => {
  const fleet = new Enrolled();
  const base = fleet.enrol("base");
  const { client } = talk(nodeOf(sharedRecord(), "drone-1"), base);
  assert(client.kind === "refused");
  assert.deepEqual(client, {
    kind: "refused",
    reason: "wrongFormation",
    code: "notAuthenticated",
  });
});

/** One move of the man in the middle, who else hands everything on. */
interface Move {
  /** Whose turn it is of the two conversations that run at once. */
  readonly conversation: number;
  readonly isDropped: boolean;
  /** The end that gets the message instead of the one it was for. */
  readonly misdirectedTo: number | undefined;
  /** What was said that long ago goes instead, whoever said it. */
  readonly replayedFrom: number | undefined;
  readonly changedBit: number | undefined;
}

const member = fc.nat(2);
const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const attack = fc.record({
  pairs: fc.tuple(fc.tuple(member, member), fc.tuple(member, member)),
  moves: fc.array(
    fc.record<Move>({
      conversation: fc.nat(1),
      isDropped: seldom(fc.constant(true)).map((isDropped) => isDropped ?? false),
      misdirectedTo: seldom(fc.nat(3)),
      replayedFrom: seldom(fc.nat(6)),
      changedBit: seldom(fc.nat(4_000)),
    }),
    { minLength: 4, maxLength: 12 },
  ),
});

Deno.test("whoever stands in between, two honest members are never done with different views", () => {
  const fleet = new Enrolled();
  const members = [fleet.enrol("a"), fleet.enrol("b"), fleet.enrol("c")];
  let agreements = 0;
  fc.assert(
    fc.property(attack, ({ pairs, moves }) => {
      const views = play(members, pairs, moves);
      for (const view of views) {
        const partners = views.filter(({ sessionId, role }) =>
          sessionId === view.sessionId && role !== view.role
        );
        assert(partners.length <= 1, "nobody else is in the conversation");
        // The client's last message may be lost, but no server is done without its client.
        assert(view.role === "client" || partners.length === 1);
        for (const partner of partners) {
          assert.deepEqual([partner.me, partner.peer], [view.peer, view.me]);
          agreements++;
        }
      }
    }),
    { numRuns: 2_000 },
  );
  assert(agreements > 100, `the man in the middle let only ${agreements} agree`);
});

interface View {
  readonly role: "client" | "server";
  readonly me: string;
  readonly peer: string;
  readonly sessionId: string;
}

/** Ends 0 and 1 are the clients of the two conversations, 2 and 3 their servers. */
function play(
  members: readonly Credentials[],
  pairs: readonly (readonly [number, number])[],
  moves: readonly Move[],
): View[] {
  const ends = [
    ...pairs.map(([from, to]) => {
      const end = new ClientHandshake(members[from]!, members[to]!.member(NOW), OPTIONS);
      return { end, me: members[from]!.nodeId, role: "client" as const, said: [end.hello()] };
    }),
    ...pairs.map(([_, to]) => ({
      end: new ServerHandshake(members[to]!, OPTIONS),
      me: members[to]!.nodeId,
      role: "server" as const,
      said: [] as Uint8Array[],
    })),
  ];
  const everything = ends.flatMap(({ said }) => said);
  const views: View[] = [];
  const turns = [0, 0];
  for (const { conversation, ...move } of moves) {
    const isServersTurn = turns[conversation]!++ % 2 === 0;
    const from = isServersTurn ? conversation : conversation + 2;
    const { end, me, role, said } = ends[move.misdirectedTo ?? (from + 2) % 4]!;
    const message = move.replayedFrom === undefined
      ? ends[from]!.said.at(-1)
      : everything.at(-1 - move.replayedFrom);
    if (move.isDropped || message === undefined) continue;
    const bit = move.changedBit;
    const step = end.handle(
      1,
      bit === undefined ? message : flipped(message, bit % message.length),
    );
    if ("message" in step && step.message !== undefined) {
      said.push(step.message);
      everything.push(step.message);
    }
    if (step.kind !== "done") continue;
    views.push({ role, me, peer: step.member.nodeId, sessionId: step.sessionId.toHex() });
  }
  return views;
}
