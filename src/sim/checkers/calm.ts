import type { NodeId } from "../../core/kernel/ids.ts";
import { type Millis, NEVER, SECOND } from "../../core/kernel/time.ts";
import type { Fault, FaultKind } from "../faults.ts";
import type { Step } from "../host.ts";
import { isOneCell, type Plan, timingsOf } from "../plan.ts";
import type { World } from "../world.ts";

/** More loss than this is no packet loss, but a link that is down. */
const MOST_LOSS = 0.4;

/**
 * A stream sends a lost packet again after a quarter of a second, then after twice as long and so
 * on. Where a leader is given up sooner than that can repeat a few times, loss looks like death.
 */
const LEAST_PATIENCE_MS: Millis = 6 * SECOND;

/** On a quick link a message takes no more of a heartbeat than this. */
const QUICK_SHARE = 0.1;

/** By then whoever is starved knows it by its own timers. */
const NOTICED_MS: Millis = 5 * SECOND;

/** After a fault, broken connections are found out and made again in this time. */
const AFTERMATH_MS: Millis = 30 * SECOND;

/** How often the world is looked at until somebody leads it. */
const LOOK_EVERY_MS: Millis = 0.5 * SECOND;

/** Those that disturb neither a leader nor its members. */
const HARMLESS: readonly FaultKind[] = ["clockStep", "drift", "replay", "forge", "corruptRead"];

/** Knows when nothing goes wrong but the loss and delay of packets, and who leads then. */
export class Calm {
  readonly #world: World;
  readonly #disturbances: readonly { readonly from: Millis; readonly until: Millis }[];
  readonly #isJudged: boolean;
  /** All machines are short of processor time, which is no reason to have another leader (L13). */
  readonly #isStarved: boolean;
  #leader: NodeId | undefined;
  #endsAt: Millis = NEVER;
  #lookAt: Millis = 0;

  constructor(world: World) {
    const { cell, connections, network, faults, work = [] } = world.plan;
    this.#world = world;
    this.#isStarved = isStarvedAlone(world.plan);
    const isPatient = timingsOf(world.plan).every(({ heartbeatMs, heartbeatMisses }) =>
      heartbeatMs * heartbeatMisses >= LEAST_PATIENCE_MS
    );
    this.#isJudged = cell && isOneCell(world.plan) && connections && network.loss <= MOST_LOSS &&
      network.rateKbps === 0 && (isPatient || this.#isStarved);
    this.#disturbances = [
      ...faults.filter((fault) => !this.#isHarmless(fault)).map((fault) => ({
        from: fault.atMs,
        until: this.#endOf(fault),
      })),
      // Whoever plants something starts anew with it on its disk.
      ...work.filter(({ kind }) => kind === "plant")
        .map(({ atMs }) => ({ from: atMs, until: atMs + AFTERMATH_MS })),
    ];
  }

  /** Whether somebody came to lead although the one that led was well. */
  whatIsWrong({ host, at, outputs }: Step): string | undefined {
    if (!this.#isJudged || at > this.#world.plan.durationMs) return undefined;
    if (at >= this.#endsAt) this.#leader = undefined;
    if (this.#leader === undefined) return this.#look(at);
    for (const output of outputs) {
      if (output.kind !== "notice" || output.notice.type !== "leader") continue;
      const { leaderId } = output.notice;
      if (leaderId === undefined || leaderId === this.#leader) continue;
      return `${host.name} takes ${leaderId} for its leader although ${this.#leader} is well`;
    }
    return undefined;
  }

  #look(at: Millis): undefined {
    if (at < this.#lookAt) return;
    this.#lookAt = at + LOOK_EVERY_MS;
    if (this.#disturbances.some(({ from, until }) => from <= at && at < until)) return;
    this.#leader = this.#agreed(at);
    this.#endsAt = Math.min(
      NEVER,
      ...this.#disturbances.map(({ from }) => from).filter((from) => from > at),
    );
  }

  /** Who leads with quorum, and is followed by everybody. */
  #agreed(at: Millis): NodeId | undefined {
    const members = this.#world.hosts.filter(({ node }) => node?.emcon !== true);
    const elections = members.map(({ node, state }) =>
      state === "up" ? node?.affiliation.cell?.election : undefined
    );
    const leader = members.find((_, place) => elections[place]?.leadership !== undefined);
    const claim = leader?.node?.affiliation.cell?.election.leader;
    if (leader === undefined || claim === undefined) return undefined;
    const isFollowed = elections.every((election) =>
      election?.leader?.term === claim.term && election.leader.nodeId === claim.nodeId &&
      election.electorate.size === members.length
    );
    const authority = leader.node?.affiliation.cell?.election.authority(leader.clock.monotonic(at));
    return isFollowed && authority === "quorum" ? leader.name : undefined;
  }

  #endOf(fault: Fault): Millis {
    if (this.#isStarved && fault.kind === "starve") return fault.atMs + NOTICED_MS;
    return "forMs" in fault ? fault.atMs + fault.forMs + AFTERMATH_MS : NEVER;
  }

  #isHarmless(fault: Fault): boolean {
    if (fault.kind !== "storm") return HARMLESS.includes(fault.kind);
    return this.#world.plan.network.loss + fault.loss <= MOST_LOSS;
  }
}

/** Whether all machines are starved alike, and nothing else is wrong with them or their links. */
function isStarvedAlone(plan: Plan): boolean {
  const { nodes, network, faults } = plan;
  const starved = new Set(faults.flatMap((fault) => fault.kind === "starve" ? [fault.node] : []));
  const isAlone = faults.every(({ kind }) => kind === "starve" || HARMLESS.includes(kind));
  const slowestMs = network.delayMs + network.jitterMs;
  const isQuick = timingsOf(plan).every(({ heartbeatMs }) =>
    slowestMs <= QUICK_SHARE * heartbeatMs
  );
  return starved.size === nodes && isAlone && isQuick && network.loss === 0;
}
