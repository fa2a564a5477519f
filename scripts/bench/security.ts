/** Prints what proofs cost: `deno run -A scripts/bench/security.ts [--json]`. */

import { CertificateStore } from "../../src/security/certificate_store.ts";
import { Credentials } from "../../src/security/credentials.ts";
import { createFormation } from "../../src/security/formation_life.ts";
import { ClientHandshake, ServerHandshake } from "../../src/security/handshake.ts";
import { makeIdentity } from "../../src/security/identity.ts";
import { verifyMembership } from "../../src/security/membership.ts";
import { signOrder, verifyOrder } from "../../src/security/order.ts";
import { DatagramSealer, openDatagram } from "../../src/security/sealed_datagram.ts";

interface Figure {
  readonly what: string;
  readonly perSecond: number;
  readonly bytes: number;
}

const ROUNDS = 5;
const ROUND_MS = 400;

/** As long as a beacon with a position and three capabilities. */
const BODY = new Uint8Array(200);
const NOW = 1_700_000_000_000;

const record = createFormation("alpha", "shared", NOW);
const sender = new Credentials(record, makeIdentity(), "drone-1");
const receiver = new Credentials(record, makeIdentity(), "drone-2");
const { certificate } = sender.member(NOW);

function main(): void {
  const figures = [...datagramFigures(), ...handshakeFigures(), ...orderFigures()];
  if (Deno.args.includes("--json")) return console.log(JSON.stringify(figures));
  for (const { what, perSecond, bytes } of figures) {
    const count = Math.round(perSecond).toLocaleString("en").padStart(9);
    console.log(`${what.padEnd(38)} ${count} a second, ${bytes} bytes each`);
  }
}

function datagramFigures(): Figure[] {
  const sealer = new DatagramSealer(sender, 1);
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  store.learn(sender.member(NOW), NOW);
  const sealed = sealer.seal(BODY, NOW);
  const withCertificate = sealer.seal(BODY, NOW, { wallMs: NOW });
  const forged = sealed.slice();
  forged[100]! ^= 1;
  const plain = new Uint8Array(200);
  const open = (datagram: Uint8Array) => openDatagram(datagram, receiver.formation, store, NOW);
  return [
    measure("datagram sealed", sealed.length, () => sealer.seal(BODY, NOW)),
    measure("datagram opened", sealed.length, () => open(sealed)),
    measure(
      "datagram with a certificate opened",
      withCertificate.length,
      () => open(withCertificate),
    ),
    measure("outsider's forgery refused", forged.length, () => open(forged)),
    measure("plain datagram refused", plain.length, () => open(plain)),
  ];
}

function handshakeFigures(): Figure[] {
  const { formation, revocations } = receiver;
  const times = { now: 0, formationTimeMs: NOW };
  const server = receiver.member(NOW);
  let bytes = 0;
  const shakeHands = () => {
    const [client, other] = [
      new ClientHandshake(sender, server, times),
      new ServerHandshake(receiver, times),
    ];
    const hello = client.hello();
    const answer = other.handle(0, hello);
    if (answer.kind !== "send") throw new Error(answer.kind);
    const proof = client.handle(0, answer.message);
    if (proof.kind !== "done") throw new Error(proof.kind);
    bytes = hello.length + answer.message.length + proof.message!.length;
    if (other.handle(0, proof.message!).kind !== "done") throw new Error("not done");
  };
  shakeHands();
  return [
    measure("handshake, both sides", bytes, shakeHands),
    measure(
      "membership certificate checked",
      certificate.length,
      () => verifyMembership(certificate, formation, NOW, revocations),
    ),
  ];
}

function orderFigures(): Figure[] {
  const draft = { kind: "step-down", target: "b", issuedAtMs: NOW, expiresAtMs: NOW + 60_000 };
  const order = signOrder(sender, draft);
  const { formation, revocations } = receiver;
  return [
    measure("order signed", order.length, () => signOrder(sender, draft)),
    measure("order checked", order.length, () => verifyOrder(order, formation, NOW, revocations)),
  ];
}

/** The best of a few rounds: what disturbs a round only ever makes it slower. */
function measure(what: string, bytes: number, action: () => unknown): Figure {
  let perSecond = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let count = 0;
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      for (let index = 0; index < 50; index++) action();
      count += 50;
      elapsedMs = performance.now() - startedAt;
    }
    perSecond = Math.max(perSecond, count * 1_000 / elapsedMs);
  }
  return { what, perSecond, bytes };
}

if (import.meta.main) main();
