/**
 * Floods on real nodes. `deno run -A scripts/hostile.ts` runs the same for longer.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { openEndpoint, RawPeer } from "../unit/net/raw_peer.ts";
import { Attacker } from "./attacker.ts";
import { temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { residentBytes } from "./resident_bytes.ts";
import { saidBy } from "./said.ts";
import { Stranger } from "./stranger.ts";
import type { TestProcess } from "./test_process.ts";
import { until } from "./until.ts";

/** Of each kind. */
const DATAGRAMS = Number(Deno.env.get("HOSTILE_DATAGRAMS") ?? 3_000);

/** How long the crowd stays once it is complete. */
const CROWD_STAYS_MS = Number(Deno.env.get("HOSTILE_CROWD_MS") ?? 2_000);
const CROWD = 500;

/** More than these many would be a flood's work; a heap that breathes needs less. */
const GROWTH_LIMIT_BYTES = 48 * 1024 * 1024;

/** Several beacons of profile fast, so that what is lost would be missed. */
const LONG_ENOUGH_MS = 1_500;

Deno.test("noise and damaged datagrams cost a member no peer, no memory and no answer", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await bothConnected(mesh, first, second);
  const { boot } = await mesh.untilSeen("first", "second", "alive");
  await stranger.untilHeard(3);
  const samples = stranger.heard.splice(0);
  // What a flood takes at first, such as compiled code, it takes once.
  await stranger.send(Array.from({ length: 1_000 }, noise));
  await pause(LONG_ENOUGH_MS);
  const before = { refused: await refusedBy(mesh, "first"), bytes: residentBytes(first) };

  // The kernel drops what a node has no time for, and half of the damaged ones claim to be the
  // node's own, so the flood goes on until enough of it was a node's work.
  const flood = async () => {
    await stranger.sendMany(DATAGRAMS, noise);
    await stranger.sendMany(DATAGRAMS, (index) => damaged(samples[index % samples.length]!));
    return await refusedBy(mesh, "first") - before.refused;
  };
  const refused = await until("enough refused", flood, (count) => count > DATAGRAMS / 2);
  await pause(LONG_ENOUGH_MS);

  const grownBytes = residentBytes(first) - before.bytes;
  ok(grownBytes < GROWTH_LIMIT_BYTES, `grew by ${grownBytes} bytes`);
  for (const [one, other] of [["first", "second"], ["second", "first"]] as const) {
    const [_self, peer, ...more] = await mesh.nodes(one);
    deepEqual([peer!.nodeId, peer!.state, peer!.connected, more], [other, "alive", true, []]);
  }
  equal((await mesh.untilSeen("first", "second", "alive")).boot, boot);
  equal(stranger.answers, 0);
  // Nothing was worth more than a line for those who debug.
  deepEqual([first, second].map((node) => saidBy(node).length), [1, 1]);
  report({ datagrams: 2 * DATAGRAMS, refused, grownBytes });
});

Deno.test("a crowd that says nothing, or a byte a second, keeps no real peer out", async () => {
  await using folder = await temporaryFolder();
  const alpha = await createFormation(folder.path, "alpha");
  // Whoever is held up for a second, as on a machine that does much else, is not yet missed.
  const mesh = new TestMesh(folder.path, { formationPath: alpha, profile: "tactical" });
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await bothConnected(mesh, first, second);
  const { connection } = await mesh.untilConnected("first", "second");
  const { port } = await mesh.json("first", "node", "status");
  Deno.mkdirSync(mesh.dataDir("crowd"));
  const attacker = Attacker.of("crowd", mesh.dataDir("crowd"), alpha);
  const tls = attacker.credentials.clientTls(undefined, Date.now());
  const endpoint = openEndpoint();
  const crowd: RawPeer[] = [];
  const drip = (peer: RawPeer, index: number) => index % 2 === 1 && void peer.say(Uint8Array.of(0));
  for (let index = 0; index < CROWD; index++) {
    crowd.push(await RawPeer.connect(port, { endpoint, tls }));
    drip(crowd[index]!, index);
  }
  const dripping = setInterval(() => crowd.forEach(drip), 1_000);
  // Whom the node threw out comes back at once, so that every place stays taken.
  let isOver = false;
  const coming = comeBack(() => RawPeer.connect(port, { endpoint, tls }), () => isOver);
  try {
    await using third = mesh.start("third");
    await third.line(/^ready/);
    await mesh.untilConnected("first", "third");
    await pause(CROWD_STAYS_MS);
    const kept = await mesh.untilConnected("first", "second");
    // The very connection that it was before.
    equal(kept.connection?.address, connection?.address);
    const turnedAway = await until(
      "most of the crowd turned away",
      async () => {
        const { tooManyHandshakes = 0, handshakeTimedOut = 0 } = await mesh.rejected("first");
        return tooManyHandshakes + handshakeTimedOut;
      },
      (count) => count >= CROWD - 64,
    );
    report({ crowd: crowd.length, turnedAway });
  } finally {
    isOver = true;
    clearInterval(dripping);
    for (const peer of [...crowd, ...await coming]) peer.connection.close();
    endpoint.close();
  }
});

async function comeBack(
  connect: () => Promise<RawPeer>,
  isOver: () => boolean,
): Promise<RawPeer[]> {
  const came: RawPeer[] = [];
  while (!isOver()) {
    // Whom the node turns away before there is a connection comes back as well.
    const peer = await connect().catch(() => undefined);
    if (peer !== undefined) came.push(peer);
    await pause(20);
  }
  return came;
}

async function bothConnected(mesh: TestMesh, ...nodes: TestProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "second");
  await mesh.untilConnected("second", "first");
}

async function refusedBy(mesh: TestMesh, id: string): Promise<number> {
  return Object.values(await mesh.rejected(id)).reduce((sum, count) => sum + count, 0);
}

/** The long version is run for its numbers. */
function report(measured: Record<string, number>): void {
  if (Deno.env.has("HOSTILE_DATAGRAMS")) console.log(JSON.stringify(measured));
}

function noise(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(Math.floor(Math.random() * 1_200)));
}

/** With one byte changed, and sometimes cut short or with more behind it. */
function damaged(datagram: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(datagram);
  const at = Math.floor(Math.random() * copy.length);
  copy[at] = copy[at]! ^ (1 + Math.floor(Math.random() * 255));
  const fate = Math.random();
  if (fate < 0.2) return copy.subarray(0, at);
  return fate < 0.4 ? new Uint8Array([...copy, ...noise()]).subarray(0, 1_200) : copy;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
