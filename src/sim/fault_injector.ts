import type { Millis } from "../core/kernel/time.ts";
import type { Fault } from "./faults.ts";
import type { Host } from "./host.ts";
import type { Packet } from "./packet.ts";
import { forged, NOWHERE } from "./standings.ts";
import { pausesOf } from "./starvation.ts";
import type { World } from "./world.ts";

/** The address that an outsider sends from. Nobody is there, so answers to it are lost. */
const OUTSIDER = "outsider";

/** Starvation is nothing but pauses. */
type Injected = Exclude<Fault, { kind: "starve" }>;

/** Carries faults out and takes them back. Faults overlap, so what they share is counted. */
export class FaultInjector {
  readonly #world: World;
  readonly #downs = new Map<number, number>();
  readonly #pauses = new Map<number, number>();
  readonly #fullDisks = new Map<number, number>();
  #storms: number[] = [];
  #over = false;

  constructor(world: World) {
    this.#world = world;
  }

  schedule(fault: Fault): void {
    if (fault.kind === "starve") {
      for (const pause of pausesOf(fault, this.#world.plan.seed)) this.schedule(pause);
      return;
    }
    this.#world.schedule(fault.atMs, (at) => {
      if (!this.#over) this.#begin(at, fault);
    });
    if (!("forMs" in fault)) return;
    this.#world.schedule(fault.atMs + fault.forMs, (at) => {
      if (!this.#over) this.#finish(at, fault);
    });
  }

  /** No fault begins or goes on after this. */
  end(): void {
    this.#over = true;
    this.#downs.clear();
    this.#pauses.clear();
    this.#fullDisks.clear();
  }

  isHeldDown(node: number): boolean {
    return (this.#downs.get(node) ?? 0) > 0;
  }

  #begin(at: Millis, fault: Injected): void {
    const world = this.#world;
    switch (fault.kind) {
      case "crash":
        raise(this.#downs, fault.node);
        return this.#host(fault.node).crash();
      case "wipe":
        raise(this.#downs, fault.node);
        this.#host(fault.node).crash();
        return this.#host(fault.node).disk.wipe();
      case "restart":
        raise(this.#downs, fault.node);
        return this.#host(fault.node).stop(at);
      case "pause":
        raise(this.#pauses, fault.node);
        return this.#host(fault.node).pause();
      case "partition":
      case "cut":
      case "isolate":
        return this.#forEachCut(fault, (from, to) => world.network.cut(from, to));
      case "storm":
        this.#storms.push(fault.loss);
        return this.#applyStorms();
      case "clockStep":
        return this.#host(fault.node).clock.stepWall(fault.byMs);
      case "drift":
        return this.#host(fault.node).clock.setDrift(at, fault.partsPerMillion);
      case "diskFull":
        raise(this.#fullDisks, fault.node);
        this.#host(fault.node).disk.full = true;
        return;
      case "corruptRead":
        return this.#host(fault.node).disk.corruptNextRead();
      case "replay":
        return this.#sendAgain(at, fault.pick, (old) => old);
      case "forge":
        return this.#sendAgain(at, fault.pick, (old) => ({
          ...old,
          seal: { ...old.seal, formation: NOWHERE },
          input: { ...old.input, message: forged(old.input.message) },
        }));
      case "revoke":
        world.standings.revoke(fault.node);
        return world.trust.learn(this.#host(fault.toldTo), fault.node);
      case "expire":
        return world.standings.expire(fault.node, 1);
      case "stranger":
        return this.#startElsewhere(at, fault.node, 1);
      case "impersonate":
        return world.standings.claim(fault.node, fault.victim);
      case "assign": {
        const host = this.#host(fault.by);
        const assignment = world.orders.assign(host, fault);
        return host.tell(at, host.life, { kind: "assign", assignment });
      }
      case "misdirect":
        return world.transport.detour(fault.node, fault.to);
    }
  }

  #finish(at: Millis, fault: Injected): void {
    const world = this.#world;
    switch (fault.kind) {
      case "crash":
      case "wipe":
      case "restart":
        if (lower(this.#downs, fault.node)) world.startSoon(this.#host(fault.node), 0);
        return;
      case "pause":
        if (lower(this.#pauses, fault.node)) this.#host(fault.node).resume(at);
        return;
      case "partition":
      case "cut":
      case "isolate":
        return this.#forEachCut(fault, (from, to) => world.network.mend(from, to));
      case "storm":
        this.#storms.splice(this.#storms.indexOf(fault.loss), 1);
        return this.#applyStorms();
      case "diskFull":
        if (lower(this.#fullDisks, fault.node)) this.#host(fault.node).disk.full = false;
        return;
      case "expire":
        return world.standings.expire(fault.node, -1);
      case "stranger":
        return this.#startElsewhere(at, fault.node, -1);
      case "impersonate":
        return world.standings.unclaim(fault.node, fault.victim);
      case "misdirect":
        return world.transport.endDetour(fault.node, fault.to);
      default:
        return;
    }
  }

  #host(node: number): Host {
    return this.#world.hosts[node]!;
  }

  #applyStorms(): void {
    this.#world.network.extraLoss = Math.max(0, ...this.#storms);
  }

  #forEachCut(
    fault: Extract<Fault, { kind: "partition" | "cut" | "isolate" }>,
    each: (from: number, to: number) => void,
  ): void {
    const nodes = this.#world.plan.nodes;
    switch (fault.kind) {
      case "cut":
        return each(fault.from, fault.to);
      case "isolate":
        for (let other = 0; other < nodes; other++) {
          if (other === fault.node) continue;
          if (fault.direction !== "in") each(fault.node, other);
          if (fault.direction !== "out") each(other, fault.node);
        }
        return;
      case "partition": {
        const groupOf = (node: number) => fault.groups.findIndex((group) => group.includes(node));
        const groups = Array.from({ length: nodes }, (_, node) => groupOf(node));
        for (let from = 0; from < nodes; from++) {
          for (let to = 0; to < nodes; to++) {
            const together = groups[from] === groups[to] && groups[from] !== -1;
            if (from !== to && !together) each(from, to);
          }
        }
        return;
      }
    }
  }

  /** Credentials are read at the start, so other ones take a start. */
  #startElsewhere(at: Millis, node: number, by: 1 | -1): void {
    const { standings } = this.#world;
    const host = this.#host(node);
    const isRunning = host.node !== undefined;
    if (isRunning) host.stop(at);
    standings.estrange(node, by);
    if (isRunning) this.#world.startSoon(host, 0);
  }

  #sendAgain(at: Millis, pick: number, change: (old: Packet) => Packet): void {
    const { captured } = this.#world;
    if (captured.length === 0) return;
    const old = change(captured[pick % captured.length]!);
    this.#world.multicast(at, { ...old, input: { ...old.input, from: OUTSIDER } });
  }
}

function raise(counts: Map<number, number>, node: number): void {
  counts.set(node, (counts.get(node) ?? 0) + 1);
}

/** Answers whether nothing holds the node any more. */
function lower(counts: Map<number, number>, node: number): boolean {
  const left = (counts.get(node) ?? 0) - 1;
  counts.set(node, Math.max(0, left));
  return left <= 0;
}
