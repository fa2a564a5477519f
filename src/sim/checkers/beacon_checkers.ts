import { type Beacon, isFresher } from "../../core/beacon/beacon.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import { FORGET_AFTER_MS, PROFILES } from "../../core/profile.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { PairTable } from "../pair_table.ts";
import type { World } from "../world.ts";

/** Clocks in the simulator tick in whole milliseconds of true time. */
const TICK_MS: Millis = 2;

/** Up to this size every peer is looked at in every step, above it once in a while. */
const SMALL_MESH = 32;
const LOOK_EVERY_MS: Millis = 5_000;

/** The columns of the tables below. */
const BOOT = 0;
const SEQUENCE = 1;
const TIME = 2;

/** B1, B6: nobody is listed as alive for longer than the last beacon said, nor given up sooner. */
export function peerExpiry(world: World): Checker {
  const { nodes } = world.plan;
  const heard = new PairTable(nodes, 3);
  const memory = new LifeMemory(() => ({ lookedAt: -Infinity }));

  function note({ host, now, input }: Step): void {
    const beacon = beaconIn(input);
    if (beacon === undefined || beacon.nodeId === host.name) return;
    const row = heard.row(host, world.indexOf(beacon.nodeId));
    const forgotten = heard.cells[row + TIME]! + FORGET_AFTER_MS <= now;
    if (!forgotten && !isFresherThan(heard, row, beacon)) return;
    heard.cells[row + BOOT] = beacon.boot;
    heard.cells[row + SEQUENCE] = beacon.sequence;
    heard.cells[row + TIME] = now + beacon.ttlMs;
  }

  /** The time that a process slept is taken off everybody's silence. */
  function extend(host: Host, stalledMs: Millis): void {
    for (let peer = 0; peer < nodes; peer++) {
      heard.cells[heard.row(host, peer) + TIME]! += stalledMs;
    }
  }

  /** Answers who was given up although its last beacon still held good. */
  function hasty({ host, now, outputs }: Step): string | undefined {
    for (const output of outputs) {
      if (output.kind !== "notice") continue;
      const { notice } = output;
      if (notice.type === "stalled") extend(host, notice.stalledMs);
      if (notice.type !== "peerLost") continue;
      const validUntil = heard.cells[heard.row(host, world.indexOf(notice.nodeId)) + TIME]!;
      if (now >= validUntil - TICK_MS) continue;
      const earlyMs = Math.round(validUntil - now);
      return `${host.name} gave up ${notice.nodeId} too early, by ${earlyMs} ms`;
    }
    return undefined;
  }

  return {
    name: "peer-expiry",
    check(step) {
      const { host, now } = step;
      note(step);
      const early = step.outputs.length > 0 ? hasty(step) : undefined;
      if (early !== undefined) return early;
      const life = memory.of(host);
      if (nodes > SMALL_MESH && now - life.lookedAt < LOOK_EVERY_MS) return undefined;
      life.lookedAt = now;
      for (const peer of host.node!.peers()) {
        if (peer.state !== "alive") continue;
        const validUntil = heard.cells[heard.row(host, world.indexOf(peer.nodeId)) + TIME]!;
        if (now - validUntil <= TICK_MS) continue;
        const overdueMs = Math.round(now - validUntil);
        return `${host.name} lists ${peer.nodeId} as alive, overdue by ${overdueMs} ms`;
      }
      return undefined;
    },
  };
}

/** B2: what is accepted of a peer only ever gets fresher. */
export function beaconReplay(world: World): Checker {
  const accepted = new PairTable(world.plan.nodes, 3);
  return {
    name: "beacon-replay",
    check({ host, now, input }) {
      const beacon = beaconIn(input);
      if (beacon === undefined) return undefined;
      const peer = host.node!.observer.peer(beacon.nodeId);
      if (peer === undefined) return undefined;
      const { cells } = accepted;
      const row = accepted.row(host, world.indexOf(peer.nodeId));
      const before = { boot: cells[row + BOOT]!, sequence: cells[row + SEQUENCE]! };
      const beforeAt = cells[row + TIME]!;
      cells[row + BOOT] = peer.beacon.boot;
      cells[row + SEQUENCE] = peer.beacon.sequence;
      cells[row + TIME] = peer.lastHeardAt;
      // Nothing was accepted before where the time is NaN.
      if (!(now - beforeAt < FORGET_AFTER_MS)) return undefined;
      if (isFresher(before, peer.beacon)) {
        return `${host.name} went back from beacon ${numbers(before)} of ${peer.nodeId} ` +
          `to ${numbers(peer.beacon)}`;
      }
      if (peer.lastHeardAt > beforeAt && !isFresher(peer.beacon, before)) {
        return `${host.name} took beacon ${numbers(peer.beacon)} of ${peer.nodeId} twice`;
      }
      return undefined;
    },
  };
}

/** B3: a node that runs speaks at least once per interval. */
export function beaconCadence(world: World): Checker {
  const { beaconIntervalMs } = PROFILES[world.plan.profile];
  const memory = new LifeMemory(() => ({ spokeAt: Infinity }));
  return {
    name: "beacon-cadence",
    check({ host, now, outputs }) {
      const life = memory.of(host);
      for (const output of outputs) {
        if (output.kind === "multicast") life.spokeAt = now;
        if (output.kind === "stopped") life.spokeAt = Infinity;
      }
      const silentMs = now - life.spokeAt;
      if (silentMs <= beaconIntervalMs + TICK_MS) return undefined;
      return `${host.name} has not spoken for ${Math.round(silentMs)} ms`;
    },
  };
}

/** B4: no two beacons of a node carry the same numbers, not even across crashes. */
export function beaconIdentity(): Checker {
  const spoken = new Map<NodeId, Beacon>();
  return {
    name: "beacon-identity",
    check({ host, outputs }) {
      for (const output of outputs) {
        if (output.kind !== "multicast" || output.message.kind !== "beacon") continue;
        const { beacon } = output.message;
        const before = spoken.get(host.name);
        if (before !== undefined && !isFresher(beacon, before)) {
          return `${host.name} spoke beacon ${numbers(beacon)} after ${numbers(before)}`;
        }
        spoken.set(host.name, beacon);
      }
      return undefined;
    },
  };
}

/** B5: whoever stops says goodbye, and is gone until it starts again. */
export function goodbye(world: World): Checker {
  const farewells = new PairTable(world.plan.nodes, 1);
  const memory = new LifeMemory(() => ({ spoke: false, tookLeave: false }));
  return {
    name: "goodbye",
    check({ host, input, outputs }) {
      const life = memory.of(host);
      for (const output of outputs) {
        if (output.kind === "stopped" && life.spoke && !life.tookLeave) {
          return `${host.name} stopped without a goodbye`;
        }
        if (output.kind !== "multicast" || output.message.kind !== "beacon") continue;
        life.spoke = true;
        life.tookLeave = output.message.beacon.leaving;
      }
      const beacon = beaconIn(input);
      if (beacon === undefined) return undefined;
      const row = farewells.row(host, world.indexOf(beacon.nodeId));
      const farewell = farewells.cells[row + BOOT]!;
      if (!beacon.leaving && Number.isNaN(farewell)) return undefined;
      const peer = host.node!.observer.peer(beacon.nodeId);
      if (peer === undefined) return undefined;
      if (beacon.leaving && !(farewell > beacon.boot)) farewells.cells[row + BOOT] = beacon.boot;
      if (peer.state !== "alive" || !(peer.beacon.boot <= farewell)) return undefined;
      return `${host.name} lists ${peer.nodeId} as alive after its goodbye`;
    },
  };
}

/** B8: in a healed network the core sees itself and nobody else. */
export function allSeeAll(): Checker {
  return {
    name: "all-see-all",
    pending(core) {
      for (const host of core) {
        if (host.node === undefined) return `${host.name} is not running`;
        const { observer } = host.node;
        if (observer.alive === core.length - 1 && core.length > SMALL_MESH) continue;
        for (const other of core) {
          const peer = observer.peer(other.name);
          if (other === host || peer?.state === "alive") continue;
          const why = peer === undefined
            ? "it never heard of it"
            : `it holds it for ${peer.state} since beacon ${numbers(peer.beacon)}`;
          return `${host.name} does not list ${other.name}: ${why}`;
        }
        if (observer.alive === core.length - 1) continue;
        return `${host.name} lists ${observer.alive} peers of ${core.length - 1}`;
      }
      return undefined;
    },
  };
}

function beaconIn(input: Step["input"]): Beacon | undefined {
  if (input.kind !== "datagram" || input.message.kind !== "beacon") return undefined;
  return input.message.beacon;
}

/** Whatever a beacon is compared with, it is fresher than nothing, which is NaN. */
function isFresherThan(table: PairTable, row: number, beacon: Beacon): boolean {
  const boot = table.cells[row + BOOT]!;
  return Number.isNaN(boot) || isFresher(beacon, { boot, sequence: table.cells[row + SEQUENCE]! });
}

function numbers(beacon: Pick<Beacon, "boot" | "sequence">): string {
  return `${beacon.boot}.${beacon.sequence}`;
}
