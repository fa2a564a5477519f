import assert from "node:assert/strict";
import type { Closing } from "../../../src/net/quic/closing.ts";
import { Dial } from "../../../src/net/quic/dial.ts";
import { QUIC_LIMITS } from "../../../src/net/quic/limits.ts";
import type { Link } from "../../../src/net/quic/link.ts";
import { PeerLinks } from "../../../src/net/quic/peer_links.ts";

const PATIENCE_MS = 30;
const SUPERSEDED: Closing = { code: "superseded", reason: "" };

/** The links between `self` and one peer, with links that only remember what befell them. */
class Bench {
  readonly told: string[] = [];
  readonly links: PeerLinks;
  lastDial: Dial | undefined;

  constructor(self: string, peer: string) {
    this.links = new PeerLinks({
      self,
      peer,
      limits: { ...QUIC_LIMITS, preferOwnDialMs: PATIENCE_MS, probeMs: PATIENCE_MS },
      dial: (address) => this.lastDial = new Dial(peer, address),
      onConnected: ({ address }) => this.told.push(`connected ${address}`),
      onDisconnected: ({ code }) => this.told.push(`disconnected ${code}`),
      onConnectFailed: (_, { code }) => this.told.push(`failed ${code}`),
      onDuplicate: () => this.told.push("duplicate"),
    });
  }

  link(address: string, options: { isDialled: boolean; peerInstance?: string }): FakeLink {
    return new FakeLink(this.links, address, options.isDialled, options.peerInstance ?? "first");
  }
}

class FakeLink {
  isAdopted = false;
  probes = 0;
  closing: Closing | undefined;

  constructor(
    readonly links: PeerLinks,
    readonly address: string,
    readonly isDialled: boolean,
    readonly peerInstance: string,
  ) {}

  /** As what the links take it for. */
  get self(): Link {
    return this as unknown as Link;
  }

  adopt(): void {
    this.isAdopted = true;
  }

  probe(): void {
    this.probes++;
  }

  close(closing: Closing): void {
    if (this.closing !== undefined) return;
    this.closing = closing;
    this.links.closed(this.self, closing);
  }
}

Deno.test("the lower node id holds the other's link back for its own dial", () => {
  const bench = new Bench("a", "b");
  bench.links.connect("b:1");
  const [theirs, ours] = [
    bench.link("theirs", { isDialled: false }),
    bench.link("ours", { isDialled: true }),
  ];
  bench.links.greeted(theirs.self);
  assert.deepEqual(bench.told, []);
  bench.links.greeted(ours.self);
  assert.deepEqual(bench.told, ["connected ours"]);
  assert.equal(theirs.closing?.code, "superseded");
});

Deno.test("the lower node id takes the other's link when its own dial fails", () => {
  const bench = new Bench("a", "b");
  bench.links.connect("b:1");
  bench.links.greeted(bench.link("theirs", { isDialled: false }).self);
  bench.links.dialFailed(bench.lastDial!, { code: "unreachable", reason: "" });
  assert.deepEqual(bench.told, ["connected theirs"]);
});

Deno.test("the lower node id takes the other's link when its own dial takes long", async () => {
  const bench = new Bench("a", "b");
  bench.links.connect("b:1");
  bench.links.greeted(bench.link("theirs", { isDialled: false }).self);
  await delay(2 * PATIENCE_MS);
  assert.deepEqual(bench.told, ["connected theirs"]);
  assert.equal(bench.lastDial!.isCancelled, true);
});

Deno.test("the higher node id uses no link before the other adopts it", () => {
  const bench = new Bench("b", "a");
  const link = bench.link("only", { isDialled: true });
  bench.links.connect("a:1");
  bench.links.greeted(link.self);
  assert.equal(link.isAdopted, false);
  bench.links.adopted(link.self);
  assert.deepEqual(bench.told, ["connected only"]);
});

Deno.test("a dial that lost waits for the link that won", () => {
  const bench = new Bench("b", "a");
  bench.links.connect("a:1");
  bench.links.dialFailed(bench.lastDial!, SUPERSEDED);
  assert.deepEqual(bench.told, []);
  const winner = bench.link("winner", { isDialled: false });
  bench.links.greeted(winner.self);
  bench.links.adopted(winner.self);
  assert.deepEqual(bench.told, ["connected winner"]);
});

Deno.test("a dial that lost to a link that never comes has failed", async () => {
  const bench = new Bench("b", "a");
  bench.links.connect("a:1");
  bench.links.dialFailed(bench.lastDial!, SUPERSEDED);
  await delay(2 * PATIENCE_MS);
  assert.deepEqual(bench.told, ["failed superseded"]);
  assert.equal(bench.links.isEmpty, true);
});

Deno.test("a second link of the same run loses to a first one that answers", () => {
  const { bench, first } = connected("a", "b");
  const second = bench.link("second", { isDialled: false });
  bench.links.greeted(second.self);
  assert.equal(first.probes, 1);
  bench.links.alive(first.self);
  assert.equal(second.closing?.code, "superseded");
  assert.deepEqual(bench.told, ["connected first"]);
});

Deno.test("a second link of another run that loses is a duplicate", () => {
  const { bench, first } = connected("a", "b");
  const second = bench.link("second", { isDialled: false, peerInstance: "second" });
  bench.links.greeted(second.self);
  bench.links.alive(first.self);
  assert.equal(second.closing?.code, "duplicateNode");
  assert.deepEqual(bench.told, ["connected first", "duplicate"]);
});

Deno.test("a first link that does not answer makes way for the second", async () => {
  const { bench, first } = connected("a", "b");
  bench.links.greeted(bench.link("second", { isDialled: false }).self);
  await delay(2 * PATIENCE_MS);
  assert.equal(first.closing?.code, "lost");
  assert.deepEqual(bench.told, ["connected first", "disconnected lost", "connected second"]);
});

Deno.test("the higher node id follows the other to a new link at once", () => {
  const { bench, first } = connected("b", "a");
  const second = bench.link("second", { isDialled: false });
  bench.links.greeted(second.self);
  bench.links.adopted(second.self);
  assert.equal(first.closing?.code, "replaced");
  assert.deepEqual(bench.told, ["connected first", "disconnected replaced", "connected second"]);
});

function connected(self: string, peer: string): { bench: Bench; first: FakeLink } {
  const bench = new Bench(self, peer);
  const first = bench.link("first", { isDialled: false });
  bench.links.greeted(first.self);
  if (self > peer) bench.links.adopted(first.self);
  return { bench, first };
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
