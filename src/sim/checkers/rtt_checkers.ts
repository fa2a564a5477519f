import { confirmationMs } from "../../core/beacon/silence.ts";
import type { Millis } from "../../core/kernel/time.ts";
import { PROBES_IN_FLIGHT } from "../../core/rtt/prober.ts";
import type { Checker } from "../checker.ts";
import type { Host } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import { PairTable } from "../pair_table.ts";
import { areApart, type Plan } from "../plan.ts";
import type { World } from "../world.ts";

/** The simulator rounds arrivals to whole milliseconds, clocks drift by up to 1,000 ppm. */
const TOLERANCE_MS: Millis = 2;
const DRIFT = 0.001;

/** How many pings a checker remembers per host; a node waits for far fewer. */
const REMEMBERED = 4 * PROBES_IN_FLIGHT;

/** The columns of the table below. */
const SHORTEST = 0;
const LONGEST = 1;

/** R1: the estimate lies between the shortest and the longest true round trip. */
export function rttTruth(world: World): Checker {
  const memory = new LifeMemory(() => ({ sent: new Map<number, Millis>() }));
  const trips = new PairTable(world.plan.nodes, 2);
  return {
    name: "rtt-truth",
    sees: ["pong", "unicast"],
    check({ host, at, input, outputs }) {
      for (const output of outputs) {
        if (output.kind !== "unicast" || output.message.kind !== "ping") continue;
        remember(memory.of(host).sent, output.message.nonce, at);
      }
      if (input.kind !== "datagram" || input.message.kind !== "pong") return undefined;
      const { from, nonce } = input.message;
      const { sent } = memory.of(host);
      const sentAt = sent.get(nonce);
      sent.delete(nonce); // A repeated pong is no further trip.
      const row = trips.row(host, world.indexOf(from));
      if (sentAt !== undefined) stretch(trips.cells, row, at - sentAt);
      const estimate = host.node!.prober.estimate(from);
      if (estimate?.smoothedMs === undefined) return undefined;
      const shortestMs = trips.cells[row + SHORTEST]!;
      const longestMs = trips.cells[row + LONGEST]!;
      const low = shortestMs * (1 - DRIFT) - TOLERANCE_MS;
      const high = longestMs * (1 + DRIFT) + TOLERANCE_MS;
      if (estimate.smallestMs >= low && estimate.smoothedMs <= high) return undefined;
      return `${host.name} takes ${from} to be ${Math.round(estimate.smoothedMs)} ms away; ` +
        `in truth ${shortestMs} to ${longestMs} ms`;
    },
  };
}

function remember(sent: Map<number, Millis>, nonce: number, at: Millis): void {
  sent.set(nonce, at);
  if (sent.size <= REMEMBERED) return;
  for (const oldest of sent.keys()) {
    sent.delete(oldest);
    return;
  }
}

/** Cells are NaN at first, and a comparison with NaN is false. */
function stretch(cells: Float64Array, row: number, tripMs: Millis): void {
  if (!(cells[row + SHORTEST]! <= tripMs)) cells[row + SHORTEST] = tripMs;
  if (!(cells[row + LONGEST]! >= tripMs)) cells[row + LONGEST] = tripMs;
}

/** B10: a peer that answered in time is alive. */
export function answersCount(): Checker {
  const memory = new LifeMemory(() => ({ asked: new Map<number, Millis>() }));
  return {
    name: "answers-count",
    sees: ["pong", "unicast"],
    check({ host, now, input, outputs }) {
      const { asked } = memory.of(host);
      for (const output of outputs) {
        if (output.kind !== "unicast" || output.message.kind !== "ping") continue;
        remember(asked, output.message.nonce, now);
      }
      if (input.kind !== "datagram" || input.message.kind !== "pong") return undefined;
      const { from, nonce } = input.message;
      const askedAt = asked.get(nonce) ?? -Infinity;
      const peer = host.node!.observer.peer(from);
      if (peer?.state !== "suspect") return undefined;
      const doubtedAt = peer.expiresAt - confirmationMs(peer.pulseMs ?? 0);
      if (askedAt < doubtedAt) return undefined;
      return `${host.name} doubts ${from} although it answered`;
    },
  };
}

/** R4: a node never waits for more answers than it may. */
export function rttBounds(): Checker {
  return {
    name: "rtt-bounds",
    sees: ["unicast"],
    check({ host }) {
      const { inFlight } = host.node!.prober;
      return inFlight <= PROBES_IN_FLIGHT ? undefined : `${host.name} waits for ${inFlight} pongs`;
    },
  };
}

/** R5: in a healed network every node of the core knows how far the others are. */
export function allMeasured({ plan }: World): Checker {
  let unmeasured = { host: 0, other: 0 };
  return {
    name: "all-measured",
    pending(core) {
      // A pair that was missing is looked at first: in a large mesh it mostly still is.
      const last = pendingPair(plan, core, unmeasured.host, unmeasured.other);
      if (last !== undefined) return last;
      for (let host = 0; host < core.length; host++) {
        for (let other = 0; other < core.length; other++) {
          const detail = pendingPair(plan, core, host, other);
          if (detail === undefined) continue;
          unmeasured = { host, other };
          return detail;
        }
      }
      return undefined;
    },
  };
}

function pendingPair(
  plan: Plan,
  core: readonly Host[],
  from: number,
  to: number,
): string | undefined {
  const host = core[from];
  const other = core[to];
  if (host?.node === undefined || other === undefined || host === other) return undefined;
  if (host.node.emcon || other.node?.emcon) return undefined;
  if (areApart(plan, host.index, other.index)) return undefined;
  if (host.node.prober.estimate(other.name)?.smoothedMs !== undefined) return undefined;
  return `${host.name} has no round trip to ${other.name}`;
}
