import assert from "node:assert/strict";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { Browser, type BrowserOutput } from "../../../../src/net/mdns/browser.ts";
import { decodeMdns } from "../../../../src/net/mdns/decode.ts";
import { encodeMdns } from "../../../../src/net/mdns/encode.ts";
import {
  isSameName,
  type Message,
  type ResourceRecord,
  TYPE,
} from "../../../../src/net/mdns/message.ts";
import { Responder } from "../../../../src/net/mdns/responder.ts";
import {
  ALL_SERVICES,
  type Announcement,
  namesOf,
  readInstance,
  recordsOf,
  SERVICE,
} from "../../../../src/net/mdns/service.ts";

const ANNOUNCEMENT: Announcement = {
  nodeId: "drone.alpha.1",
  port: 11_204,
  beaconPort: 11_205,
  formationTag: "00ff",
  addresses: ["10.0.0.1"],
};

Deno.test("a responder probes three times, then announces twice, and says goodbye", () => {
  const network = new Network();
  network.run(5_000);
  const kinds = network.heard.map(({ at, message }) =>
    `${at >= 1_000 ? "later" : "soon"} ${message.isResponse ? "response" : "probe"}`
  );
  assert.deepEqual(kinds, [
    ...["soon probe", "soon probe", "soon probe", "soon response", "later response"],
  ]);
  assert.equal(network.heard[0]!.message.authorities.length, 3);
  network.heard.length = 0;
  network.responder.handle(network.now, { kind: "stop" });
  network.run(100);
  const [goodbye] = network.heard;
  assert.ok(goodbye!.message.answers.length >= 4);
  assert.ok(goodbye!.message.answers.every(({ ttlSeconds }) => ttlSeconds === 0));
  assert.ok(!goodbye!.message.answers.some(({ name }) => isSameName(name, ALL_SERVICES)));
});

Deno.test("a browser finds what a responder announces, and loses it when it says goodbye", () => {
  const network = new Network();
  network.run(3_000);
  const [found] = network.found;
  assert.ok(found?.kind === "seen");
  assert.deepEqual(readInstance(found.instance), {
    nodeId: "drone.alpha.1",
    port: 11_204,
    beaconPort: 11_205,
    formationTag: "00ff",
  });
  assert.deepEqual(found.instance.addresses, ["10.0.0.1"]);
  network.responder.handle(network.now, { kind: "stop" });
  network.run(2_000);
  assert.deepEqual(network.found.slice(1), [{ kind: "lost", label: "peat-drone.alpha.1" }]);
});

Deno.test("a host is announced by an address of each family, and asked for both", () => {
  const both = ["10.0.0.1", "fe80::1"];
  const announcement = { ...ANNOUNCEMENT, addresses: both };
  const names = namesOf(announcement.nodeId, 0);
  const records = recordsOf(announcement, names);
  const addresses = records.filter(({ name }) => isSameName(name, names.host));
  assert.deepEqual(addresses.map(({ data }) => data), [
    { type: "A", address: "10.0.0.1" },
    { type: "AAAA", address: "fe80::1" },
  ]);
  const message = { id: 0, isResponse: true, questions: [], authorities: [], additionals: [] };
  const heard = decodeMdns(encodeMdns({ ...message, answers: records }))!;
  const browser = new Browser(new Random(1));
  browser.handle(0, { kind: "message", message: heard, from: "fe80::1" });
  const [found] = drain(browser);
  assert.ok(found?.kind === "seen");
  assert.deepEqual(found.instance.addresses, both);

  const unresolved = new Browser(new Random(1));
  const answers = heard.answers.filter(({ data }) => data.type !== "A" && data.type !== "AAAA");
  unresolved.handle(0, { kind: "message", message: { ...heard, answers }, from: "fe80::1" });
  unresolved.handle(unresolved.deadline(), { kind: "due" });
  const asked = drain(unresolved).flatMap((output) =>
    output.kind === "query" ? output.message.questions.map(({ type }) => type) : []
  );
  assert.ok(asked.includes(TYPE.A) && asked.includes(TYPE.AAAA), asked.join());
});

Deno.test("an instance stays for hours while it answers, and ends when it falls silent", () => {
  const network = new Network();
  network.run(2 * 3_600_000, 500);
  assert.equal(network.found.length, 1);
  network.isUp = false;
  network.run(90_000, 100);
  assert.equal(network.found.length, 1, "its records still hold");
  network.run(60_000, 100);
  assert.deepEqual(network.found.slice(1), [{ kind: "lost", label: "peat-drone.alpha.1" }]);
});

Deno.test("one that is doubted and does not answer is lost within ten seconds", () => {
  const network = new Network();
  network.run(3_000);
  network.doubt();
  network.run(11_000);
  assert.equal(network.found.length, 1, "it answered");
  network.isUp = false;
  network.doubt();
  network.run(11_000);
  assert.equal(network.found.length, 2);
});

Deno.test("who knows the answer already is not told again", () => {
  const network = new Network();
  network.run(5_000);
  network.heard.length = 0;
  const [pointer] = records();
  const question = { name: SERVICE, type: TYPE.PTR, wantsUnicast: false };
  network.ask([question], [pointer!]);
  network.run(500);
  assert.equal(network.heard.length, 0);
  network.ask([question], [{ ...pointer!, ttlSeconds: 30 }]);
  network.run(500);
  assert.equal(network.heard.length, 1, "half of its life is over");
});

Deno.test("an answer is not repeated within a second", () => {
  const network = new Network();
  network.run(5_000);
  network.heard.length = 0;
  const question = { name: SERVICE, type: TYPE.PTR, wantsUnicast: false };
  for (let count = 0; count < 20; count++) {
    network.ask([question]);
    network.run(45);
  }
  assert.equal(network.heard.length, 1);
});

Deno.test("a name that another has is given up for the next one, and found all the same", () => {
  const network = new Network();
  const { instance } = namesOf(ANNOUNCEMENT.nodeId, 0);
  const theirs: ResourceRecord = {
    name: instance,
    ttlSeconds: 120,
    isWhole: true,
    data: { type: "SRV", priority: 0, weight: 0, port: 1, target: ["other", "local"] },
  };
  network.run(300);
  network.respond([theirs]);
  network.run(5_000);
  assert.equal(network.responder.label, "peat-drone.alpha.1-2");
  assert.equal(network.responder.state, "announced");
  const found = network.found.at(-1);
  assert.ok(found?.kind === "seen");
  assert.equal(readInstance(found.instance)?.nodeId, "drone.alpha.1");
});

Deno.test("its own words that come back are no conflict, also from another interface", () => {
  const network = new Network();
  network.run(5_000);
  network.respond(records());
  network.respond(
    records().map((record) =>
      record.data.type === "A" ? { ...record, data: { type: "A", address: "10.0.1.1" } } : record
    ),
  );
  assert.equal(network.responder.state, "announced");
  assert.equal(network.responder.label, "peat-drone.alpha.1");
});

Deno.test("an instance that names no address is found where it speaks from, and counted", () => {
  const network = new Network();
  network.isUp = false;
  network.respond(records().filter(({ data }) => data.type !== "A"));
  network.run(10_000);
  const found = network.found.at(-1);
  assert.ok(found?.kind === "seen");
  assert.deepEqual(found.instance.addresses, ["10.0.0.9"]);
  assert.equal(network.browser.counts.withoutAddress, 1);
});

Deno.test("a plain resolver is answered alone, with its question and a short life", () => {
  const network = new Network();
  network.run(5_000);
  const question = { name: SERVICE, type: TYPE.PTR, wantsUnicast: false };
  const message = { ...empty(), id: 77, questions: [question] };
  network.responder.handle(network.now, {
    kind: "message",
    message,
    from: "10.0.0.5:4000",
    isLegacy: true,
  });
  const [answer] = drain(network.responder);
  assert.equal(answer?.to, "10.0.0.5:4000");
  assert.equal(answer.message.id, 77);
  assert.deepEqual(answer.message.questions, [question]);
  assert.ok(answer.message.answers.every(({ ttlSeconds }) => ttlSeconds <= 10));
});

Deno.test("strangers who invent instances are bounded and counted", () => {
  const network = new Network();
  for (let index = 0; index < 300; index++) {
    const target = [`x${index}`, ...SERVICE];
    network.respond([
      { name: SERVICE, ttlSeconds: 120, isWhole: false, data: { type: "PTR", target } },
    ]);
  }
  assert.equal(network.browser.counts.refused, 300 - 256);
});

Deno.test("an id too long for a label is announced in full beside it", () => {
  const nodeId = "n".repeat(64);
  const { instance } = namesOf(nodeId, 3);
  assert.equal(instance[0]!.length, 63);
  const own = recordsOf({ ...ANNOUNCEMENT, nodeId }, namesOf(nodeId, 0));
  const texts = own.flatMap(({ data }) => data.type === "TXT" ? data.texts : []);
  const view = readInstance({ label: instance[0]!, port: 1, texts, addresses: [] });
  assert.equal(view?.nodeId, nodeId);
});

/** One responder and one browser on one link, with a clock of their own. */
class Network {
  readonly responder = new Responder(
    ANNOUNCEMENT,
    () => ["10.0.0.1", "10.0.1.1"],
    new Random("responder"),
  );
  readonly browser = new Browser(new Random("browser"));
  readonly heard: { at: number; message: Message }[] = [];
  readonly found: Exclude<BrowserOutput, { kind: "query" }>[] = [];
  /** Whether the responder's machine is there. */
  isUp = true;
  now = 0;

  constructor() {
    this.responder.handle(0, { kind: "start" });
    this.browser.handle(0, { kind: "start" });
  }

  run(forMs: number, stepMs = 5): void {
    for (const end = this.now + forMs; this.now < end; this.now += stepMs) {
      if (this.isUp && this.responder.deadline() <= this.now) {
        this.responder.handle(this.now, { kind: "due" });
      }
      if (this.browser.deadline() <= this.now) this.browser.handle(this.now, { kind: "due" });
      this.#carry();
    }
  }

  doubt(): void {
    this.browser.handle(this.now, { kind: "doubt", label: this.responder.label });
    this.#carry();
  }

  ask(questions: Message["questions"], answers: readonly ResourceRecord[] = []): void {
    this.#toResponder({ ...empty(), questions, answers });
  }

  respond(answers: readonly ResourceRecord[]): void {
    const message = { ...empty(), isResponse: true, answers };
    this.#toResponder(message);
    this.#toBrowser(message);
  }

  #carry(): void {
    for (const { message } of drain(this.responder)) {
      this.heard.push({ at: this.now, message: carried(message) });
      this.#toBrowser(message);
    }
    for (const output of drain(this.browser)) {
      if (output.kind !== "query") this.found.push(output);
      else this.#toResponder(output.message);
    }
  }

  #toResponder(message: Message): void {
    if (!this.isUp) return;
    const from = "10.0.0.9:5353";
    this.responder.handle(this.now, {
      kind: "message",
      message: carried(message),
      from,
      isLegacy: false,
    });
  }

  #toBrowser(message: Message): void {
    this.browser.handle(this.now, { kind: "message", message: carried(message), from: "10.0.0.9" });
  }
}

/** As it is after the wire. */
function carried(message: Message): Message {
  const read = decodeMdns(encodeMdns(message));
  assert.ok(read !== undefined);
  return read;
}

function records(): ResourceRecord[] {
  return recordsOf(ANNOUNCEMENT, namesOf(ANNOUNCEMENT.nodeId, 0));
}

function empty(): Message {
  const rest = { questions: [], answers: [], authorities: [], additionals: [] };
  return { id: 0, isResponse: false, ...rest };
}
