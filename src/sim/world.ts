import { AssertionError } from "../core/kernel/assert.ts";
import type { Capability } from "../core/capability/capability.ts";
import type { Address, LinkName } from "../core/kernel/ids.ts";
import { Random } from "../core/kernel/random.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Datagram } from "../core/messages.ts";
import { Node } from "../core/node.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import { EventQueue } from "./event_queue.ts";
import { STANDING_FAULTS } from "./faults.ts";
import { FaultInjector } from "./fault_injector.ts";
import { Host, type Step } from "./host.ts";
import { NameService } from "./name_service.ts";
import { PacketNetwork, PERFECT_NETWORK } from "./network.ts";
import { type Packet, packetOf } from "./packet.ts";
import { nodeName } from "./node_name.ts";
import { areApart, CELLS, computeConfidence, type Plan, policyOf, timingOf } from "./plan.ts";
import type { Act, Stage } from "./stage.ts";
import { Standings } from "./standings.ts";
import { Trust } from "./trust.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { VirtualOrders } from "./virtual_orders.ts";
import { VirtualDocuments } from "./virtual_documents.ts";
import { VirtualTransport } from "./virtual_transport.ts";

/** How long a disk takes to make a write safe. */
const SYNC_MS: Millis = 8;
/** How soon an init system starts a process again whose disk could not be read. */
const START_AGAIN_MS: Millis = 1_000;
/** Where nodes that hold connections take them. The simulator finds a host by its name alone. */
const STREAM_PORT = 11_204;
/** How many old datagrams an outsider keeps. */
const CAPTURE_LIMIT = 512;

type Event =
  | Packet
  | { readonly kind: "wake" }
  | { readonly kind: "start" }
  | { readonly kind: "written" | "unwritten"; readonly life: number; readonly key: string }
  | { readonly kind: "told"; readonly life: number; readonly input: NodeInput }
  | Act;

const WAKE: Event = { kind: "wake" };
const START: Event = { kind: "start" };

/** Looks at each step. Answers what is wrong, or undefined. */
export type Watch = (step: Step) => string | undefined;

/** The whole simulated world: machines, the network between them, and the time they share. */
export class World implements Stage {
  readonly plan: Plan;
  readonly hosts: readonly Host[];
  readonly network: PacketNetwork;
  readonly transport: VirtualTransport;
  readonly standings = new Standings();
  readonly trust: Trust;
  readonly documents: VirtualDocuments;
  /** How often nodes gave notice of what, by its type. */
  readonly notices: Record<string, number> = {};
  /** How often somebody was elected to lead. */
  elections = 0;
  readonly #queue = new EventQueue<Event>();
  readonly #byAddress = new Map<Address, number>();
  readonly #captured: Packet[] = [];
  readonly #injector: FaultInjector;
  readonly #names: NameService | undefined;
  readonly #isContested: boolean;
  /** Who takes part no more, once the world is healed. */
  readonly #switchedOff = new Set<number>();
  /** What is being sent, and what puts it into the queue of each host. Made once for millions. */
  #underWay: Packet | undefined;
  readonly #arrivals: readonly ((at: Millis) => void)[];
  #lastSaid: Datagram | undefined;
  #lastPacket: Packet | undefined;
  #now: Millis = 0;
  #steps = 0;
  #watch: Watch = () => undefined;
  #wrong: string | undefined;

  constructor(plan: Plan) {
    this.plan = plan;
    const random = new Random(plan.seed);
    this.network = new PacketNetwork(
      plan.nodes,
      plan.network,
      random.split("network"),
      plan.islands && ((from, to) => areApart(plan, from, to)),
    );
    this.hosts = Array.from({ length: plan.nodes }, (_, index) => this.#makeHost(index, random));
    for (const host of this.hosts) this.#byAddress.set(host.name, host.index);
    this.#arrivals = this.hosts.map(({ index }) => (at) => {
      this.#queue.push(at, index, this.#underWay!);
    });
    this.#isContested = plan.faults.some(({ kind }) => STANDING_FAULTS.includes(kind));
    const trust = this.trust = new Trust(this, (host, peerHost) => {
      this.transport.cutOff(host, peerHost);
    });
    const orders = new VirtualOrders(this);
    const documents = this.documents = new VirtualDocuments(this);
    const transport = this.transport = new VirtualTransport(this, { trust, orders, documents });
    this.#injector = new FaultInjector(this, { air: this, trust, orders, transport });
    if (plan.discovery === "mdns") {
      this.#names = new NameService(this, plan.connections ? STREAM_PORT : undefined);
    }
    const starts = random.split("starts");
    for (const host of this.hosts) {
      this.#queue.push(starts.below(plan.startWithinMs + 1), host.index, START);
    }
    for (const fault of plan.faults) this.#injector.schedule(fault);
    plan.work?.forEach((work, index) =>
      this.schedule(work.atMs, (at) => this.documents.carryOut(at, work, index))
    );
  }

  /** True time since the world began. */
  get now(): Millis {
    return this.#now;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Datagrams that anybody sent, for an outsider to replay. */
  get captured(): readonly Packet[] {
    return this.#captured;
  }

  /** The number of the host that is known by this name. */
  indexOf(name: Address): number {
    return this.#byAddress.get(name) ?? assertKnown(name);
  }

  watch(watch: Watch): void {
    this.#watch = watch;
  }

  /** Runs until the given true time, or until the watch finds something wrong, and says what. */
  runUntil(end: Millis): string | undefined {
    for (let next = this.#queue.next(); next !== undefined && next <= end;) {
      this.#now = next;
      this.#queue.runSlot((at, target, event) => {
        this.#run(at, target, event);
        return this.#wrong === undefined;
      });
      if (this.#wrong !== undefined) return this.#wrong;
      next = this.#queue.next();
    }
    this.#now = end;
    return undefined;
  }

  /** Lets something happen to the world itself, in order with everything else. */
  schedule(at: Millis, act: (at: Millis) => void): void {
    this.put(at, { kind: "act", act });
  }

  put(at: Millis, act: Act): void {
    this.#queue.push(Math.ceil(at), 0, act);
  }

  /** Later in the same millisecond: a node is never told from within what it asked for. */
  tell(host: Host, input: NodeInput): void {
    this.#queue.push(this.#now, host.index, { kind: "told", life: host.life, input });
  }

  startSoon(host: Host, delayMs: Millis): void {
    this.#queue.push(this.#now + delayMs, host.index, START);
  }

  /** Brings a packet to every node, and to its sender as well, as a real multicast does. */
  multicast(at: Millis, packet: Packet, exceptLinks: readonly LinkName[] = []): void {
    const { islands } = this.plan;
    if (islands === undefined) {
      for (const host of this.hosts) this.#transmit(at, packet, host.index);
      return;
    }
    islands.forEach((island, index) => {
      const link = `island-${index + 1}`;
      if (!island.includes(packet.from) || exceptLinks.includes(link)) return;
      const linked = { ...packet, input: { ...packet.input, link } };
      for (const host of island) this.#transmit(at, linked, host);
    });
  }

  /** Ends all trouble for the hosts of the core; the others are switched off for good. */
  heal(core: ReadonlySet<number>): void {
    this.network.heal({ ...PERFECT_NETWORK, delayMs: this.plan.network.delayMs });
    this.#injector.end();
    this.transport.heal();
    const strangers = this.hosts.filter(({ index }) => this.standings.isStranger(index));
    for (const host of strangers) host.crash();
    this.standings.heal();
    for (const host of this.hosts) {
      if (!core.has(host.index)) {
        this.#switchedOff.add(host.index);
        host.crash();
        continue;
      }
      host.disk.full = false;
      host.resume(this.#now);
      if (host.state === "down") this.startSoon(host, 0);
    }
  }

  #makeHost(index: number, random: Random): Host {
    const { plan } = this;
    const port = plan.connections ? { port: STREAM_PORT } : {};
    const own = random.split(nodeName(index));
    const clocks = own.split("clock");
    const clock = new VirtualClock({
      localAtZero: clocks.below(1_000_000),
      driftPpm: (clocks.unit() * 2 - 1) * plan.driftPpm,
      wallOffsetMs: (clocks.unit() * 2 - 1) * plan.wallErrorMs,
    });
    return new Host({
      index,
      name: nodeName(index),
      clock,
      random: own,
      makeNode: (random) =>
        new Node({
          nodeId: nodeName(index),
          timing: timingOf(plan, index),
          advertisement: {
            version: "sim",
            level: 0,
            ...(plan.cell ? { cell: cellOf(plan, index) } : {}),
            capabilities: capabilitiesOf(plan, index),
            ...port,
          },
          contacts: plan.discovery === "static" ? this.#othersOf(index) : [],
          cell: {
            ...(plan.cellSize === undefined ? {} : { size: plan.cellSize }),
            ...policyOf(plan, index),
          },
          repeats: plan.islands !== undefined,
          emcon: index >= plan.nodes - plan.emcon,
          ...(plan.work === undefined
            ? {}
            : { documents: this.documents.start(this.hosts[index]!) }),
          random,
        }),
      follow: (step) => this.#follow(step),
    });
  }

  /** Each pair knows of each other from one side only; that has to be enough. */
  #othersOf(index: number): Address[] {
    const others = Array.from({ length: this.plan.nodes }, (_, other) => other);
    return others.filter((other) => other < index).map(nodeName);
  }

  #run(at: Millis, target: number, event: Event): void {
    const host = this.hosts[target]!;
    switch (event.kind) {
      case "packet":
        // Where nobody's standing is in doubt, nobody needs to be judged.
        if (!this.#isContested || this.standings.admits(target, event)) host.receive(at, event);
        return;
      case "wake":
        return host.wake(at);
      case "start":
        if (this.#switchedOff.has(target) || this.#injector.isHeldDown(target)) return;
        if (!host.start(at)) this.startSoon(host, START_AGAIN_MS);
        return;
      case "written":
        return host.finishWrite(at, event.life, event.key);
      case "unwritten":
        return host.failWrite(at, event.life, event.key);
      case "told":
        return host.tell(at, event.life, event.input);
      case "act":
        return event.act(at);
    }
  }

  #follow(step: Step): void {
    this.#steps++;
    if (step.input.kind === "start") {
      this.transport.listen(step.host);
      if (this.#isContested) this.trust.tell(step.host);
      if (this.plan.work !== undefined) this.documents.open(step.host);
    }
    for (const output of step.outputs) this.#carryOut(step, output);
    this.#names?.follow(step);
    this.#scheduleWake(step.host);
    this.#wrong ??= this.#watch(step);
  }

  #carryOut({ host, at }: Step, output: NodeOutput): void {
    switch (output.kind) {
      case "multicast": {
        const packet = this.#send(host, output.message);
        this.#capture(packet);
        return this.plan.discovery === "multicast" ? this.multicast(at, packet) : undefined;
      }
      case "repeat":
        return this.multicast(at, this.#send(host, output.message), output.exceptLinks);
      case "unicast": {
        const to = this.#byAddress.get(output.to);
        const packet = this.#send(host, output.message);
        if (to !== undefined) this.#transmit(at, packet, to);
        return;
      }
      case "connect":
        return this.transport.dial(host, this.hosts[this.indexOf(output.peer)]!);
      case "doubt":
        return; // The name service follows the step by itself.
      case "disconnect":
        return this.transport.hangUp(host, this.hosts[this.indexOf(output.peer)]!);
      case "send": {
        const peerHost = this.hosts[this.indexOf(output.peer)]!;
        return this.transport.send(host, peerHost, output.priorityClass, output.message);
      }
      case "persist": {
        const kind = host.disk.write(output.key, output.value) ? "written" : "unwritten";
        const event: Event = { kind, life: host.life, key: output.key };
        return this.#queue.push(at + SYNC_MS, host.index, event);
      }
      case "notice": {
        const { notice, notice: { type } } = output;
        const isWon = notice.type === "leader" && notice.leaderId === host.name;
        if (isWon && notice.cause === "elected") this.elections++;
        this.notices[type] = (this.notices[type] ?? 0) + 1;
        return;
      }
      case "save":
        return this.documents.save(host, at, output);
      case "written":
      case "documentChanged":
      case "capabilityChange":
      case "asked":
      case "stopped":
        return;
    }
  }

  #send(host: Host, message: Datagram): Packet {
    // What is told to many one by one is encoded once.
    const packet = message === this.#lastSaid && this.#lastPacket?.from === host.index
      ? this.#lastPacket
      : this.#packet(host, message);
    this.network.counts.sent++;
    this.network.counts.bytes += packet.bytes;
    return packet;
  }

  #packet(host: Host, message: Datagram): Packet {
    const { standings } = this;
    const said = standings.spoken(host.index, message);
    const packet = packetOf(standings.credentials(host.index), host.name, said);
    this.#lastSaid = message;
    this.#lastPacket = packet;
    return packet;
  }

  #transmit(at: Millis, packet: Packet, to: number): void {
    this.#underWay = packet;
    this.network.transmit(at, packet.from, to, packet.bytes, this.#arrivals[to]!);
  }

  #capture(packet: Packet): void {
    if (this.#captured.length < CAPTURE_LIMIT) this.#captured.push(packet);
  }

  #scheduleWake(host: Host): void {
    if (host.node === undefined) return;
    const wakeAt = Math.max(this.#now, host.clock.trueTimeOf(host.node.deadline()));
    if (wakeAt === host.wakeScheduledAt || wakeAt === Infinity) return;
    host.wakeScheduledAt = wakeAt;
    this.#queue.push(wakeAt, host.index, WAKE);
  }
}

function capabilitiesOf(plan: Plan, index: number): Capability[] {
  return [{ type: "compute", name: "cpu", confidence: computeConfidence(plan, index) }];
}

function cellOf({ cells = 1 }: Plan, index: number): string {
  return CELLS[index % Math.min(cells, CELLS.length)]!;
}

function assertKnown(name: Address): never {
  throw new AssertionError(`Cannot find host ${name}: no host has this name`);
}
