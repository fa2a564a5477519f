import assert from "node:assert/strict";
import type { Beacon } from "../../../src/core/beacon/beacon.ts";
import type { Capability } from "../../../src/core/capability/capability.ts";
import { drain } from "../../../src/core/kernel/machine.ts";
import { Random } from "../../../src/core/kernel/random.ts";
import { Node } from "../../../src/core/node.ts";
import type { NodeInput } from "../../../src/core/node_io.ts";
import { PROFILES } from "../../../src/core/profile.ts";

const camera: Capability = { type: "sensor", name: "camera", confidence: 0.8 };
const radio: Capability = { type: "communication", name: "radio", confidence: 0.6 };
const KINDS = ["communication", "sensor"] as const;
const TWENTY_MINUTES = 1_200_000;

class Watcher {
  readonly node = new Node({
    nodeId: "a",
    timing: PROFILES.tactical,
    advertisement: {
      version: "0.1.0",
      level: 0,
      cell: "alpha",
      capabilities: [camera],
      position: { latitude: 10, longitude: 179.9 },
    },
    random: new Random("watcher"),
  });

  constructor() {
    this.hand(0, { kind: "start", stored: {}, firstBoot: 1 });
    this.hand(1, { kind: "persisted", key: "boot" });
  }

  hand(now: number, input: NodeInput): void {
    this.node.handle(now, input);
    drain(this.node);
  }

  hear(now: number, nodeId: string, cell: string, more: Partial<Beacon> & {
    longitude?: number;
    transient?: true;
  } = {}): void {
    const { longitude, transient, ...rest } = more;
    const beacon: Beacon = {
      nodeId,
      boot: 1,
      sequence: now + 1,
      ttlMs: 10_000,
      leaving: false,
      advertisement: {
        version: "0.1.0",
        level: 0,
        cell,
        capabilities: [radio],
        ...(longitude === undefined ? {} : { position: { latitude: 10, longitude } }),
        ...(transient === undefined ? {} : { transient }),
      },
      ...rest,
    };
    this.hand(now, { kind: "datagram", from: "10.0.0.1:1", message: { kind: "beacon", beacon } });
  }

  /** Lets the node wake whenever it wants, up to then. */
  wait(until: number): void {
    for (let at = this.node.deadline(); at <= until; at = this.node.deadline()) {
      this.hand(at, { kind: "wake" });
    }
  }

  cell(id: string) {
    return this.node.abilities.cells(KINDS).cells.find((cell) => cell.id === id);
  }
}

Deno.test("of another cell a node counts whom it heard, and as lost who fell silent", () => {
  const watcher = new Watcher();
  for (const nodeId of ["x", "y", "z"]) watcher.hear(10, nodeId, "beta");
  watcher.hear(10, "guest", "beta", { transient: true });
  assert.deepEqual(
    watcher.node.abilities.cells(KINDS).cells.map(({ id, members }) => [id, members]),
    [["alpha", 1], ["beta", 3]],
  );
  const { casualties, capabilities } = watcher.cell("beta")!;
  assert.deepEqual([casualties, capabilities[0]!.contributors], [0, 3]);
  watcher.wait(59_000);
  watcher.hear(60_000, "x", "beta");
  watcher.hear(60_000, "z", "beta", { leaving: true });
  watcher.wait(60_500);
  const later = watcher.cell("beta")!;
  assert.deepEqual([later.members, later.operational, later.casualties], [2, 1, 1]);
  const { together } = watcher.node.abilities.cells(KINDS);
  assert.deepEqual([together.members, together.operational, together.casualties], [3, 2, 1]);
  watcher.wait(TWENTY_MINUTES);
  assert.equal(watcher.cell("beta"), undefined);
});

Deno.test("a member without power, or that failed, is one that a cell has lost", () => {
  const watcher = new Watcher();
  watcher.hear(10, "x", "beta", { resources: { batteryPercent: 0 } });
  watcher.hear(10, "y", "beta", { resources: { batteryPercent: 50 } });
  const beta = watcher.cell("beta")!;
  assert.deepEqual([beta.operational, beta.casualties, beta.power], [1, 1, 0.5]);
  watcher.hand(20, {
    kind: "changeCapability",
    requestId: 1,
    change: { kind: "health", health: "failed" },
  });
  watcher.hand(21, { kind: "persisted", key: "capabilities" });
  const alpha = watcher.cell("alpha")!;
  assert.deepEqual([alpha.members, alpha.operational, alpha.health], [1, 0, "failed"]);
});

Deno.test("cells on both sides of the antimeridian are together where they are", () => {
  const watcher = new Watcher();
  watcher.hear(10, "x", "beta", { longitude: -179.9 });
  const { center, bounds, radiusMeters = 0 } = watcher.node.abilities.cells(KINDS).together;
  assert.ok(Math.abs(Math.abs(center!.longitude) - 180) < 0.001, `${center!.longitude}`);
  assert.ok(radiusMeters < 12_000, `${radiusMeters}`);
  assert.ok(bounds!.west > 179 && bounds!.east < -179, JSON.stringify(bounds));
});
