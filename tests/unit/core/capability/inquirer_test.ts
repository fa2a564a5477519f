import assert from "node:assert/strict";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import {
  Inquirer,
  type InquirerOutput,
  INQUIRY_LIMIT,
} from "../../../../src/core/capability/inquirer.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";

const gpu: Capability = { type: "compute", name: "gpu", confidence: 1 };

function make(): Inquirer {
  return new Inquirer(new Random("inquirer"), {
    own: () => [gpu],
    digestOf: (peer) => peer === "known" ? "0123456789abcdef" : undefined,
  });
}

function nonceIn(outputs: readonly InquirerOutput[]): number {
  const sent = outputs.find((output) => output.kind === "send");
  assert.ok(sent?.kind === "send");
  return sent.message.nonce;
}

function describe(outputs: readonly InquirerOutput[]): string[] {
  return outputs.map((output) => {
    if (output.kind === "send") return `${output.message.kind} to ${output.peer}`;
    if (output.kind === "told") return `told by ${output.peer}`;
    const answered = output.answered.map(({ nodeId, digest }) =>
      `${nodeId} ${digest ?? ""}`.trim()
    );
    return `asked ${output.requestId}: ${answered.join(", ")}`;
  });
}

Deno.test("an inquiry ends when all have answered, or when its time is over", () => {
  const inquirer = make();
  const ask = { kind: "ask", about: "capabilities", peers: ["b", "a"], withinMs: 1_000 } as const;
  inquirer.handle(0, { ...ask, requestId: 1 });
  const asked = drain(inquirer);
  assert.deepEqual(describe(asked), ["capabilitiesWanted to b", "capabilitiesWanted to a"]);
  const nonce = nonceIn(asked);
  const message = { kind: "capabilitiesTold", nonce, capabilities: [gpu] } as const;
  inquirer.handle(5, { kind: "message", peer: "b", message });
  assert.deepEqual(describe(drain(inquirer)), ["told by b"]);
  assert.equal(inquirer.deadline(), 400);
  inquirer.handle(400, { kind: "due" });
  assert.deepEqual(describe(drain(inquirer)), ["capabilitiesWanted to a"]);
  assert.equal(inquirer.deadline(), 1_000);
  inquirer.handle(700, { kind: "message", peer: "a", message });
  assert.deepEqual(describe(drain(inquirer)), ["told by a", "asked 1: a, b"]);
  assert.equal(inquirer.deadline(), NEVER);

  inquirer.handle(0, { ...ask, requestId: 2 });
  drain(inquirer);
  inquirer.handle(400, { kind: "due" });
  inquirer.handle(1_000, { kind: "due" });
  assert.deepEqual(describe(drain(inquirer)).at(-1), "asked 2: ");
});

Deno.test("whoever is disconnected is not waited for, and nobody to ask is answered at once", () => {
  const inquirer = make();
  const ask = { kind: "ask", about: "holding", withinMs: 1_000 } as const;
  inquirer.handle(0, { ...ask, requestId: 1, peers: ["a"] });
  drain(inquirer);
  inquirer.handle(1, { kind: "disconnected", peer: "a" });
  assert.deepEqual(describe(drain(inquirer)), ["asked 1: "]);
  inquirer.handle(2, { ...ask, requestId: 2, peers: [] });
  assert.deepEqual(describe(drain(inquirer)), ["asked 2: "]);
});

Deno.test("an answer that nobody waits for, or to another question, is counted and not believed", () => {
  const inquirer = make();
  inquirer.handle(0, {
    kind: "ask",
    requestId: 1,
    about: "holding",
    peers: ["a"],
    withinMs: 1_000,
  });
  const nonce = nonceIn(drain(inquirer));
  const told = { kind: "capabilitiesTold", nonce, capabilities: [] } as const;
  inquirer.handle(1, { kind: "message", peer: "a", message: told });
  inquirer.handle(1, { kind: "message", peer: "b", message: { kind: "holdingTold", nonce } });
  inquirer.handle(1, {
    kind: "message",
    peer: "a",
    message: { kind: "holdingTold", nonce: nonce ^ 1 },
  });
  assert.deepEqual(drain(inquirer), []);
  assert.equal(inquirer.counts.stray, 3);
  const digest = "00112233445566ff";
  const message = { kind: "holdingTold", nonce, digest } as const;
  inquirer.handle(2, { kind: "message", peer: "a", message });
  assert.deepEqual(describe(drain(inquirer)), [`asked 1: a ${digest}`]);
});

Deno.test("a peer is told what this node can do, and what it knows of the peer itself", () => {
  const inquirer = make();
  const wanted = { kind: "capabilitiesWanted", nonce: 7 } as const;
  inquirer.handle(0, { kind: "message", peer: "known", message: wanted });
  const holding = { kind: "holdingWanted", nonce: 8 } as const;
  inquirer.handle(0, { kind: "message", peer: "known", message: holding });
  inquirer.handle(0, { kind: "message", peer: "stranger", message: holding });
  assert.deepEqual(drain(inquirer).map((output) => output.kind === "send" && output.message), [
    { kind: "capabilitiesTold", nonce: 7, capabilities: [gpu] },
    { kind: "holdingTold", nonce: 8, digest: "0123456789abcdef" },
    { kind: "holdingTold", nonce: 8 },
  ]);
});

Deno.test("a peer that asks without end is answered at a bounded rate about capabilities", () => {
  const inquirer = make();
  const message = { kind: "capabilitiesWanted", nonce: 7 } as const;
  for (let count = 0; count < 1_000; count++) {
    inquirer.handle(count, { kind: "message", peer: "a", message });
  }
  const answers = drain(inquirer).length;
  assert.ok(answers >= 20 && answers <= 31, `${answers}`);
  assert.equal(inquirer.counts.unanswered, 1_000 - answers);
});

Deno.test("so many inquiries go on at once, and one more is answered with nothing", () => {
  const inquirer = make();
  for (let requestId = 0; requestId <= INQUIRY_LIMIT; requestId++) {
    inquirer.handle(0, { kind: "ask", requestId, about: "holding", peers: ["a"], withinMs: 10 });
  }
  assert.equal(describe(drain(inquirer)).at(-1), `asked ${INQUIRY_LIMIT}: `);
});
