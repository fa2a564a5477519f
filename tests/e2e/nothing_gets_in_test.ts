/**
 * What must not get in, each tried on real nodes of an enrolled formation by somebody who has real
 * credentials, only not the right ones. Each is refused, counted by its reason, and costs nothing.
 */
import { deepEqual, equal, rejects } from "node:assert/strict";
import type { RawPeer } from "../unit/net/raw_peer.ts";
import { ask, Attacker, CLOSED, messageOf, nonceOf, soon, tell, type Trap } from "./attacker.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { type TemporaryFolder, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { saidBy } from "./said.ts";
import { Stranger } from "./stranger.ts";

const now = () => performance.now();

/** Short, so that it is over before the nodes run, and long enough to join in. */
const BRIEF_MS = 1_000;

Deno.test("nothing gets in that has no good proof, and nothing of it does harm", async (t) => {
  await using folder = await temporaryFolder();
  const { mesh, attackers } = await prepare(folder);
  const { mallory, expired, revoked, foreigner } = attackers;
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await Promise.all([first, second].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "second");
  await mesh.untilConnected("second", "first");
  const { port } = await mesh.json("first", "node", "status");

  /** Does it, and sees the node count one more of that reason. */
  const refuses = async (node: string, reason: string, attack: () => Promise<unknown>) => {
    const before = (await mesh.rejected(node))[reason] ?? 0;
    await attack();
    await mesh.untilRejected(node, reason, before + 1);
  };
  /** Says hello, and sees the connection closed with this code. */
  const hello = async (attacker: Attacker, code: number) => {
    const peer = await attacker.dial(port, mallory);
    await tell(peer, attacker.client().hello());
    await closes(peer, code);
  };

  await t.step(
    "a handshake with another formation's certificate",
    () => refuses("first", "wrongFormation", () => hello(foreigner, CLOSED.notAuthenticated)),
  );

  await t.step(
    "a handshake without a certificate",
    () =>
      refuses("first", "malformed", async () => {
        const peer = await mallory.dial(port);
        await tell(peer, new Uint8Array(80).fill(7));
        await closes(peer, CLOSED.notAuthenticated);
      }),
  );

  await t.step("another formation's authority, from the node that is dialled", async () => {
    await rejects(foreigner.dial(port), /certificate/i);
  });

  await t.step(
    "a handshake with a certificate that has expired",
    () => refuses("first", "expired", () => hello(expired, CLOSED.notPermitted)),
  );

  await t.step(
    "a beacon with a certificate that has expired",
    () => refuses("first", "expired", () => stranger.send([expired.beacon()])),
  );

  await t.step(
    "a handshake with a certificate that was revoked",
    () => refuses("first", "revoked", () => hello(revoked, CLOSED.notPermitted)),
  );

  await t.step(
    "a beacon with a certificate that was revoked",
    () => refuses("first", "revoked", () => stranger.send([revoked.beacon()])),
  );

  await t.step(
    "a handshake with another node's certificate",
    () =>
      refuses("first", "badProof", async () => {
        const thief = mallory.showing(attackers.second);
        const peer = await thief.dial(port, mallory);
        const client = thief.client(attackers.first);
        const answer = await ask(peer, client.hello());
        // The thief can sign with no key but its own.
        await tell(peer, messageOf(client.handle(now(), answer)));
        await closes(peer, CLOSED.notAuthenticated);
      }),
  );

  await t.step("a beacon with another node's certificate", () =>
    refuses(
      "first",
      "wrongDevice",
      () => stranger.send([mallory.showing(attackers.second).beacon()]),
    ));

  await t.step(
    "a beacon of a member that claims to be another",
    () => refuses("first", "wrongSender", () => stranger.send([mallory.beacon("second")])),
  );

  await t.step("a handshake that a member once had, said again", async () => {
    const client = mallory.client(attackers.first);
    const said = [client.hello()];
    const peer = await mallory.dial(port);
    said.push(messageOf(client.handle(now(), await ask(peer, said[0]!))));
    await tell(peer, said[1]!);
    await peer.close();
    await refuses("first", "badProof", async () => {
      const again = await mallory.dial(port);
      await ask(again, said[0]!);
      await tell(again, said[1]!);
      await closes(again, CLOSED.notAuthenticated);
    });
  });

  await t.step(
    "a beacon that a member once sent, said again",
    () =>
      refuses("first", "replayed", async () => {
        // All that was heard so far, since the first of it may be the node's own.
        await stranger.send([...stranger.heard]);
      }),
  );

  // From here on a member speaks, and members are answered.
  equal(stranger.answers, 0);

  await t.step("a handshake of two others that a member hands on between them", async () => {
    const trap = mallory.listen();
    await stranger.send([mallory.beacon("mallory", { port: trap.port })]);
    // The answer of the one is no answer of the member that the other dialled,
    await refuses("second", "wrongNode", async () => {
      const dialler = await acceptFrom(trap, "second");
      const onwards = await mallory.dial(port);
      await tell(dialler.peer, await ask(onwards, dialler.hello));
      await closes(dialler.peer, CLOSED.notAuthenticated);
      await onwards.close();
    });
    // and what the one proves to that member proves nothing to the other.
    await refuses("first", "badProof", async () => {
      const dialler = await acceptFrom(trap, "second");
      const onwards = await mallory.dial(port);
      const answer = await ask(onwards, dialler.hello);
      const own = messageOf(mallory.server(nonceOf(answer)).handle(now(), dialler.hello));
      await tell(onwards, await ask(dialler.peer, own));
      await closes(onwards, CLOSED.notAuthenticated);
      dialler.peer.connection.close();
    });
    trap.close();
  });

  await t.step("the members are as they were", async () => {
    for (const [one, other] of [["first", "second"], ["second", "first"]] as const) {
      await mesh.until(
        ...[one, other, "alive and connected"] as const,
        ({ connected, state }) => connected === true && state === "alive",
      );
      const nodes = await mesh.nodes(one);
      const others = nodes.filter(({ nodeId }) => nodeId !== one && nodeId !== other);
      // Mallory is a member, and said so in one beacon of its own.
      deepEqual(others.map(({ nodeId, connected }) => [nodeId, connected]), [["mallory", false]]);
    }
    deepEqual([first, second].map((node) => saidBy(node).length), [1, 1]);
  });
});

/** An enrolled formation with two nodes to be, and those who would harm them. */
async function prepare(folder: TemporaryFolder) {
  const mesh = new TestMesh(folder.path);
  const alpha = new EnrolledFormation("alpha");
  const enrol = (nodeId: string, terms?: { expiresAtMs: number }) =>
    alpha.enrol(nodeId, mesh.dataDir(nodeId), terms);
  const expired = enrol("expired", { expiresAtMs: Date.now() + BRIEF_MS });
  const [revoked, mallory] = [enrol("revoked"), enrol("mallory")];
  const foreigner = new EnrolledFormation("alpha").enrol("foreigner", mesh.dataDir("foreigner"));
  alpha.revoke("revoked");
  // They join last, so that what they joined with says who is out.
  const [first, second] = [enrol("first"), enrol("second")];
  await new Promise((resolve) => setTimeout(resolve, BRIEF_MS));
  return { mesh, attackers: { expired, revoked, mallory, foreigner, first, second } };
}

/** The node's next dial into the trap, whoever else dials meanwhile. */
async function acceptFrom(
  trap: Trap,
  nodeId: string,
): Promise<{ peer: RawPeer; hello: Uint8Array }> {
  for (;;) {
    const caught = await trap.accept();
    if (caught.nodeId === nodeId) return caught;
    await caught.peer.close();
  }
}

async function closes(peer: RawPeer, code: number): Promise<void> {
  equal(await soon(peer.closed, "the connection closed"), code);
  await peer.close();
}
