import { isFresher, type Numbers } from "../../core/beacon/beacon.ts";
import { CROWD } from "../../core/beacon/broadcaster.ts";
import { isPresent } from "../../core/beacon/observer.ts";
import { confirmationMs, quietMs } from "../../core/beacon/silence.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { Datagram } from "../../core/messages.ts";
import { LATE_MS } from "../../core/node.ts";
import { FORGET_AFTER_MS } from "../../core/profile.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { PairTable } from "../pair_table.ts";
import { areApart, isInReach, timingOf } from "../plan.ts";
import type { World } from "../world.ts";

/** Clocks in the simulator tick in whole milliseconds of true time. */
const TICK_MS: Millis = 2;

/**
 * Every peer is looked at when the first of them runs out, when the node says something, and so
 * often; in a large mesh, where that is too much, only once in a while.
 */
const SMALL_MESH = 32;
const LOOK_EVERY_MS: Millis = 250;
const LOOK_SELDOM_MS: Millis = 5_000;

/** The columns of the tables below. */
const BOOT = 0;
const SEQUENCE = 1;
/** Until when the peer must be present, whatever else happens. */
const FROM = 2;
/** Until when it may be. */
const UNTIL = 3;

/** B1, B6, B9: nobody is listed for longer than its signs of life allow, nor given up sooner. */
export function peerExpiry(world: World): Checker {
  const { nodes } = world.plan;
  // However seldom a node pulses, it may not be silent for longer after an answer.
  const longestSilenceMs = world.hosts.map(({ index }) => timingOf(world.plan, index).beaconTtlMs);
  const heard = new PairTable(nodes, 4);
  const memory = new LifeMemory(() => ({
    lookedAt: -Infinity,
    firstUntil: -Infinity,
    /** When the node wanted to be woken, as it said after the step before. */
    dueAt: Infinity,
  }));
  const lookEveryMs = nodes > SMALL_MESH ? LOOK_SELDOM_MS : LOOK_EVERY_MS;

  function isTimeToLook({ host, now, outputs }: Step): boolean {
    const life = memory.of(host);
    const sinceMs = now - life.lookedAt;
    if (sinceMs >= lookEveryMs) return true;
    if (nodes > SMALL_MESH) return false;
    return outputs.length > 0 || now - life.firstUntil > LATE_MS + TICK_MS;
  }

  function note({ host, now, input }: Step): void {
    if (input.kind !== "datagram") return;
    const { message } = input;
    if (message.kind === "pong") {
      // An answer lets a peer stay, but no more: which question it answers is the node's affair.
      const from = world.indexOf(message.from);
      const row = heard.row(host, from);
      heard.cells[row + UNTIL] = Math.max(heard.cells[row + UNTIL]!, now + longestSilenceMs[from]!);
      return;
    }
    const sign = signIn(input);
    if (sign === undefined || sign.nodeId === host.name) return;
    // A pulse or a goodbye of a stranger makes nobody known, and its numbers count for nothing.
    const isEmpty = message.kind === "pulse" || sign.leaving;
    if (isEmpty && host.node!.observer.peer(sign.nodeId) === undefined) return;
    const row = heard.row(host, world.indexOf(sign.nodeId));
    const forgotten = heard.cells[row + UNTIL]! + FORGET_AFTER_MS <= now;
    if (!forgotten && !isFresherThan(heard, row, sign)) return;
    const stayMs = sign.pulseMs === undefined
      ? sign.ttlMs
      : quietMs(sign.pulseMs) + confirmationMs(sign.pulseMs);
    heard.cells[row + BOOT] = sign.boot;
    heard.cells[row + SEQUENCE] = sign.sequence;
    heard.cells[row + FROM] = now + stayMs;
    heard.cells[row + UNTIL] = now + stayMs;
  }

  /** The time that a process slept is taken off everybody's silence. */
  function extend({ host, now }: Step): void {
    const life = memory.of(host);
    const sleptMs = now - life.dueAt;
    life.dueAt = host.node!.deadline();
    if (sleptMs < LATE_MS) return;
    for (let peer = 0; peer < nodes; peer++) {
      const row = heard.row(host, peer);
      heard.cells[row + FROM]! += sleptMs;
      heard.cells[row + UNTIL]! += sleptMs;
    }
  }

  /** Answers who was given up although its last sign of life still held good. */
  function hasty({ host, now, outputs }: Step): string | undefined {
    for (const output of outputs) {
      if (output.kind !== "notice") continue;
      const { notice } = output;
      if (notice.type !== "peerLost") continue;
      const from = heard.cells[heard.row(host, world.indexOf(notice.nodeId)) + FROM]!;
      if (now >= from - TICK_MS) continue;
      const earlyMs = Math.round(from - now);
      return `${host.name} gave up ${notice.nodeId} too early, by ${earlyMs} ms`;
    }
    return undefined;
  }

  return {
    name: "peer-expiry",
    check(step) {
      const { host, now } = step;
      extend(step);
      note(step);
      const early = step.outputs.length > 0 ? hasty(step) : undefined;
      if (early !== undefined) return early;
      if (!isTimeToLook(step)) return undefined;
      let firstUntil = Infinity;
      for (const peer of host.node!.peers()) {
        if (!isPresent(peer.state)) continue;
        const until = heard.cells[heard.row(host, world.indexOf(peer.nodeId)) + UNTIL]!;
        firstUntil = Math.min(firstUntil, until);
        if (now - until <= LATE_MS + TICK_MS) continue;
        const overdueMs = Math.round(now - until);
        return `${host.name} lists ${peer.nodeId} as ${peer.state}, overdue by ${overdueMs} ms`;
      }
      Object.assign(memory.of(host), { lookedAt: now, firstUntil });
      return undefined;
    },
  };
}

/** B2: what is accepted of a peer only ever gets fresher. */
export function beaconReplay(world: World): Checker {
  const accepted = new PairTable(world.plan.nodes, 3);
  const AT = 2;
  return {
    name: "beacon-replay",
    sees: ["beacon", "pulse"],
    check({ host, now, input }) {
      const sign = signIn(input);
      const peer = sign && host.node!.observer.peer(sign.nodeId);
      if (peer === undefined) return undefined;
      const { cells } = accepted;
      const row = accepted.row(host, world.indexOf(peer.nodeId));
      const before = { boot: cells[row + BOOT]!, sequence: cells[row + SEQUENCE]! };
      const beforeAt = cells[row + AT]!;
      const isNew = !(peer.boot === before.boot && peer.sequence === before.sequence);
      if (!isNew) return undefined;
      cells[row + BOOT] = peer.boot;
      cells[row + SEQUENCE] = peer.sequence;
      cells[row + AT] = now;
      // Nothing was accepted before where the time is NaN.
      if (!(now - beforeAt < FORGET_AFTER_MS) || isFresher(peer, before)) return undefined;
      return `${host.name} went back from ${numbers(before)} of ${peer.nodeId} to ${numbers(peer)}`;
    },
  };
}

/** B3: a node that runs sends a beacon once per interval, and a sign of life once per pulse. */
export function beaconCadence(world: World): Checker {
  const timings = world.hosts.map(({ index }) => timingOf(world.plan, index));
  const isCrowd = world.plan.nodes > CROWD;
  const memory = new LifeMemory(() => ({ beaconAt: Infinity, signAt: Infinity }));
  return {
    name: "beacon-cadence",
    sees: ["wake", "message", "beacon", "multicast", "stopped"],
    check({ host, now, outputs }) {
      const life = memory.of(host);
      const { beaconIntervalMs, pulseIntervalMs } = timings[host.index]!;
      const signIntervalMs = isCrowd ? beaconIntervalMs : pulseIntervalMs;
      for (const output of outputs) {
        if (output.kind === "multicast") life.signAt = now;
        if (output.kind === "multicast" && output.message.kind === "beacon") life.beaconAt = now;
        if (output.kind === "stopped") life.signAt = life.beaconAt = Infinity;
      }
      const lateMs = Math.max(
        now - life.beaconAt - beaconIntervalMs,
        now - life.signAt - signIntervalMs,
      );
      if (lateMs <= TICK_MS) return undefined;
      return `${host.name} should have spoken ${Math.round(lateMs)} ms ago`;
    },
  };
}

/** B4: no two messages of a node carry the same numbers, not even across crashes. */
export function beaconIdentity(): Checker {
  const spoken = new Map<NodeId, Numbers>();
  return {
    name: "beacon-identity",
    sees: ["multicast", "unicast"],
    check({ host, outputs }) {
      for (const output of outputs) {
        if (output.kind !== "multicast" && output.kind !== "unicast") continue;
        const sign = signOf(output.message);
        const before = spoken.get(host.name);
        if (sign === undefined) continue;
        // What the group was told is told to contacts as well.
        const isCopy = "direct" in output.message && before !== undefined &&
          !isFresher(sign, before) && !isFresher(before, sign);
        if (isCopy) continue;
        if (before !== undefined && !isFresher(sign, before)) {
          return `${host.name} spoke ${numbers(sign)} after ${numbers(before)}`;
        }
        spoken.set(host.name, sign);
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
    sees: ["beacon", "pulse", "multicast", "stopped"],
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
      const sign = signIn(input);
      if (sign === undefined) return undefined;
      const row = farewells.row(host, world.indexOf(sign.nodeId));
      const farewell = farewells.cells[row + BOOT]!;
      if (!sign.leaving && Number.isNaN(farewell)) return undefined;
      const peer = host.node!.observer.peer(sign.nodeId);
      if (peer === undefined) return undefined;
      if (sign.leaving && !(farewell > sign.boot)) farewells.cells[row + BOOT] = sign.boot;
      if (!isPresent(peer.state) || !(peer.boot <= farewell)) return undefined;
      return `${host.name} lists ${peer.nodeId} as alive after its goodbye`;
    },
  };
}

/** B8: in a healed network the core sees itself and nobody else. */
export function allSeeAll({ plan }: World): Checker {
  return {
    name: "all-see-all",
    pending(core) {
      const speakers = core.filter(({ node }) => node?.emcon !== true);
      for (const host of core) {
        if (host.node === undefined) return `${host.name} is not running`;
        const { observer } = host.node;
        const isHere = ({ index }: Host) => !areApart(plan, index, host.index);
        const others = speakers.filter(isHere).length - (host.node.emcon ? 0 : 1);
        if (observer.present === others && core.length > SMALL_MESH) continue;
        for (const other of speakers) {
          if (!isHere(other)) {
            if (!isInReach(plan, host.index, other.index)) continue;
            if (host.node.relay.peer(other.name) !== undefined) continue;
            return `${host.name} does not know ${other.name} through others`;
          }
          const peer = observer.peer(other.name);
          if (other === host || (peer !== undefined && isPresent(peer.state))) continue;
          const why = peer === undefined
            ? "it never heard of it"
            : `it holds it for ${peer.state} since message ${numbers(peer)}`;
          return `${host.name} does not list ${other.name}: ${why}`;
        }
        if (observer.present === others) continue;
        return `${host.name} lists ${observer.present} peers of ${others}`;
      }
      return undefined;
    },
  };
}

/** A beacon or a pulse, by what they have in common. */
interface Sign extends Numbers {
  readonly nodeId: NodeId;
  readonly ttlMs: Millis;
  readonly pulseMs: Millis | undefined;
  readonly leaving: boolean;
}

function signIn(input: Step["input"]): Sign | undefined {
  return input.kind === "datagram" ? signOf(input.message) : undefined;
}

function signOf(message: Datagram): Sign | undefined {
  if (message.kind === "beacon") return message.beacon as Sign;
  if (message.kind === "pulse") return { ...message.pulse, ttlMs: 0, leaving: false };
  return undefined;
}

/** Whatever a message is compared with, it is fresher than nothing, which is NaN. */
function isFresherThan(table: PairTable, row: number, sign: Sign): boolean {
  const boot = table.cells[row + BOOT]!;
  return Number.isNaN(boot) || isFresher(sign, { boot, sequence: table.cells[row + SEQUENCE]! });
}

function numbers({ boot, sequence }: Numbers): string {
  return `${boot}.${sequence}`;
}
