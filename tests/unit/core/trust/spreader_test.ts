import assert from "node:assert/strict";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { ROUND_MS, Spreader } from "../../../../src/core/trust/spreader.ts";
import { TRUST_LIMITS, type TrustMessage } from "../../../../src/core/trust/trust_message.ts";

/** One node with an edge that believes what it is told, as a real one does after it has checked. */
class Member {
  readonly machine: Spreader;
  readonly revoked = new Set<string>();
  epoch = 1;

  constructor(readonly name: string) {
    this.machine = new Spreader(new Random(name));
    this.change(0, () => {});
  }

  get digest(): string {
    return [...this.revoked].sort().join();
  }

  change(now: number, act: () => void): void {
    act();
    const { digest, epoch } = this;
    this.machine.handle(now, { kind: "held", deviceIds: [...this.revoked], digest, epoch });
  }

  take(now: number, from: Member, message: TrustMessage): void {
    this.change(now, () => {
      if (message.kind === "revocationsTold") {
        for (const deviceId of message.deviceIds) this.revoked.add(deviceId);
      }
      const isSafe = message.kind === "groupKeysTold" && message.digest === this.digest;
      if (isSafe) this.epoch = Math.max(this.epoch, from.epoch);
    });
    this.machine.handle(now, { kind: "message", peer: from.name, message });
  }
}

/** Members and the connections between them. */
class Mesh {
  readonly members: Member[];
  readonly said: { from: string; to: string; message: TrustMessage }[] = [];
  now = 0;
  /** Which messages are lost. */
  loses: (count: number) => boolean = () => false;

  constructor(size: number, edges: readonly (readonly [number, number])[]) {
    this.members = Array.from({ length: size }, (_, index) => new Member(`node-${index}`));
    for (const [left, right] of edges) this.connect(left, right);
  }

  connect(left: number, right: number): void {
    const [one, other] = [this.members[left]!, this.members[right]!];
    one.machine.handle(this.now, { kind: "connected", nodeId: other.name });
    other.machine.handle(this.now, { kind: "connected", nodeId: one.name });
  }

  /** Delivers until nobody has anything to say. */
  settle(): void {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const from of this.members) {
        for (const { peer, message } of drain(from.machine)) {
          isBusy = true;
          this.said.push({ from: from.name, to: peer, message });
          if (this.loses(this.said.length)) continue;
          this.members.find(({ name }) => name === peer)!.take(this.now, from, message);
        }
      }
    }
  }

  run(durationMs: number): void {
    const until = this.now + durationMs;
    for (;;) {
      this.settle();
      const next = Math.min(...this.members.map(({ machine }) => machine.deadline()));
      if (next > until) break;
      this.now = next;
      for (const { machine } of this.members) {
        if (machine.deadline() <= next) machine.handle(next, { kind: "due" });
      }
    }
    this.now = until;
  }

  get isAgreed(): boolean {
    const words = new Set(this.members.map(({ digest, epoch }) => `${digest} ${epoch}`));
    return words.size === 1;
  }
}

const PATH = [[0, 1], [1, 2], [2, 3], [3, 4]] as const;

Deno.test("whoever hears of it first, all who are connected by any path come to know", () => {
  for (let round = 0; round < 100; round++) {
    const random = new Random(`spread ${round}`);
    const size = 2 + random.below(10);
    const edges = Array.from(
      { length: size - 1 },
      (_, index) => [random.below(index + 1), index + 1] as const,
    );
    const mesh = new Mesh(size, edges);
    mesh.run(1_000);
    for (let step = 0; step < 4; step++) {
      const member = random.pick(mesh.members);
      member.change(mesh.now, () => {
        if (random.chance(0.3)) member.epoch++;
        else member.revoked.add(`device-${random.below(20)}`);
      });
      if (random.chance(0.5)) mesh.settle();
    }
    mesh.run(5 * ROUND_MS);
    assert.ok(mesh.isAgreed, `round ${round}`);
  }
});

Deno.test("a node that joins late, and one that two halves meet through, carry everything over", () => {
  const mesh = new Mesh(4, [[0, 1], [2, 3]]);
  mesh.members[0]!.change(0, () => mesh.members[0]!.revoked.add("a"));
  mesh.members[3]!.change(0, () => mesh.members[3]!.revoked.add("b"));
  mesh.run(1_000);
  assert.ok(!mesh.isAgreed);
  mesh.connect(1, 2);
  mesh.run(2_000);
  assert.deepEqual(mesh.members.map(({ digest }) => digest), ["a,b", "a,b", "a,b", "a,b"]);
});

Deno.test("a word that is lost is said again", () => {
  const mesh = new Mesh(5, PATH);
  const random = new Random("loss");
  mesh.loses = () => random.chance(0.4);
  mesh.members[0]!.change(0, () => mesh.members[0]!.revoked.add("thief"));
  mesh.members[4]!.change(0, () => mesh.members[4]!.epoch = 2);
  mesh.run(100 * ROUND_MS);
  assert.ok(mesh.isAgreed);
  assert.equal(mesh.members[0]!.epoch, 2);
});

Deno.test("nodes that know the same say nothing but one summary a round", () => {
  const mesh = new Mesh(5, PATH);
  mesh.run(1_000);
  mesh.said.length = 0;
  mesh.run(100 * ROUND_MS);
  assert.deepEqual([...new Set(mesh.said.map(({ message }) => message.kind))], ["trustSummary"]);
  assert.ok(mesh.said.length <= 5 * 200, `${mesh.said.length}`);
  assert.ok(mesh.said.length >= 5 * 50, `${mesh.said.length}`);
});

Deno.test("a key is asked for only by who knows of the same revocations", () => {
  const mesh = new Mesh(2, []);
  const [authority, member] = mesh.members as [Member, Member];
  authority.change(0, () => {
    authority.revoked.add("thief");
    authority.epoch = 2;
  });
  mesh.connect(0, 1);
  mesh.settle();
  const kinds = mesh.said.filter(({ from }) => from === member.name).map(({ message }) =>
    message.kind
  );
  assert.deepEqual(kinds, [
    "trustSummary",
    "revocationsWanted",
    "trustSummary",
    "groupKeysWanted",
    "trustSummary",
  ]);
  assert.deepEqual([member.digest, member.epoch], ["thief", 2]);
});

Deno.test("many revocations come in batches", () => {
  const mesh = new Mesh(2, []);
  const [authority, member] = mesh.members as [Member, Member];
  authority.change(0, () => {
    for (let device = 0; device < TRUST_LIMITS.told * 2 + 1; device++) {
      authority.revoked.add(`device-${device}`);
    }
  });
  mesh.connect(0, 1);
  mesh.settle();
  const told = mesh.said.filter(({ message }) => message.kind === "revocationsTold");
  assert.equal(told.length, 3);
  assert.equal(member.digest, authority.digest);
});

Deno.test("a peer that asks without end is answered at a bounded rate", () => {
  const member = new Member("member");
  member.change(0, () => member.revoked.add("thief"));
  member.machine.handle(0, { kind: "connected", nodeId: "greedy" });
  drain(member.machine);
  const message = { kind: "revocationsWanted", known: [] } as const;
  for (let count = 0; count < 1_000; count++) {
    member.machine.handle(count, { kind: "message", peer: "greedy", message });
  }
  const { length } = drain(member.machine);
  assert.ok(length > 0 && length <= 10, `${length}`);
  assert.equal(member.machine.overRate, 1_000 - length);
  // Nor is anybody answered who is not connected.
  member.machine.handle(9_000, { kind: "message", peer: "stranger", message });
  assert.deepEqual(drain(member.machine), []);
});
