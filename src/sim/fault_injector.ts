import type { Millis } from "../core/kernel/time.ts";
import type { Fault } from "./faults.ts";
import type { Host } from "./host.ts";
import type { Packet } from "./packet.ts";
import type { Stage } from "./stage.ts";
import { forged, NOWHERE } from "./standings.ts";
import { pausesOf } from "./starvation.ts";
import type { Trust } from "./trust.ts";
import type { VirtualOrders } from "./virtual_orders.ts";
import type { VirtualTransport } from "./virtual_transport.ts";

/** The address that an outsider sends from. Nobody is there, so answers to it are lost. */
const OUTSIDER = "outsider";

/** What outsiders get at: they keep what they hear, and bring a packet to every node. */
interface Air {
  readonly captured: readonly Packet[];
  multicast(at: Millis, packet: Packet): void;
}

/** What faults are carried out on, beside what every part of a world knows. */
interface Targets {
  readonly air: Air;
  readonly trust: Trust;
  readonly orders: VirtualOrders;
  readonly transport: VirtualTransport;
}

/** Starvation is nothing but pauses. */
type Injected = Exclude<Fault, { kind: "starve" }>;

/** Carries faults out and takes them back. Faults overlap, so what they share is counted. */
export class FaultInjector {
  readonly #stage: Stage;
  readonly #targets: Targets;
  readonly #downs = new Map<number, number>();
  readonly #pauses = new Map<number, number>();
  readonly #fullDisks = new Map<number, number>();
  #storms: number[] = [];
  #over = false;

  constructor(stage: Stage, targets: Targets) {
    this.#stage = stage;
    this.#targets = targets;
  }

  schedule(fault: Fault): void {
    if (fault.kind === "starve") {
      for (const pause of pausesOf(fault, this.#stage.plan.seed)) this.schedule(pause);
      return;
    }
    this.#stage.schedule(fault.atMs, (at) => {
      if (!this.#over) this.#begin(at, fault);
    });
    if (!("forMs" in fault)) return;
    this.#stage.schedule(fault.atMs + fault.forMs, (at) => {
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
    const { network, standings } = this.#stage;
    const { trust, orders, transport } = this.#targets;
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
        return this.#forEachCut(fault, (from, to) => network.cut(from, to));
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
        standings.revoke(fault.node);
        return trust.learn(this.#host(fault.toldTo), fault.node);
      case "expire":
        return standings.expire(fault.node, 1);
      case "stranger":
        return this.#startElsewhere(at, fault.node, 1);
      case "impersonate":
        return standings.claim(fault.node, fault.victim);
      case "assign": {
        const host = this.#host(fault.by);
        const assignment = orders.assign(host, fault);
        return host.tell(at, host.life, { kind: "assign", assignment });
      }
      case "misdirect":
        return transport.detour(fault.node, fault.to);
    }
  }

  #finish(at: Millis, fault: Injected): void {
    const { network, standings } = this.#stage;
    switch (fault.kind) {
      case "crash":
      case "wipe":
      case "restart":
        if (lower(this.#downs, fault.node)) this.#stage.startSoon(this.#host(fault.node), 0);
        return;
      case "pause":
        if (lower(this.#pauses, fault.node)) this.#host(fault.node).resume(at);
        return;
      case "partition":
      case "cut":
      case "isolate":
        return this.#forEachCut(fault, (from, to) => network.mend(from, to));
      case "storm":
        this.#storms.splice(this.#storms.indexOf(fault.loss), 1);
        return this.#applyStorms();
      case "diskFull":
        if (lower(this.#fullDisks, fault.node)) this.#host(fault.node).disk.full = false;
        return;
      case "expire":
        return standings.expire(fault.node, -1);
      case "stranger":
        return this.#startElsewhere(at, fault.node, -1);
      case "impersonate":
        return standings.unclaim(fault.node, fault.victim);
      case "misdirect":
        return this.#targets.transport.endDetour(fault.node, fault.to);
      default:
        return;
    }
  }

  #host(node: number): Host {
    return this.#stage.hosts[node]!;
  }

  #applyStorms(): void {
    this.#stage.network.extraLoss = Math.max(0, ...this.#storms);
  }

  #forEachCut(
    fault: Extract<Fault, { kind: "partition" | "cut" | "isolate" }>,
    each: (from: number, to: number) => void,
  ): void {
    const nodes = this.#stage.plan.nodes;
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
    const { standings } = this.#stage;
    const host = this.#host(node);
    const isRunning = host.node !== undefined;
    if (isRunning) host.stop(at);
    standings.estrange(node, by);
    if (isRunning) this.#stage.startSoon(host, 0);
  }

  #sendAgain(at: Millis, pick: number, change: (old: Packet) => Packet): void {
    const { captured } = this.#targets.air;
    if (captured.length === 0) return;
    const old = change(captured[pick % captured.length]!);
    this.#targets.air.multicast(at, { ...old, input: { ...old.input, from: OUTSIDER } });
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
