import type {
  MoveAnswer,
  NodeStatus,
  NodeView,
  PowerAnswer,
  StopAnswer,
} from "../control/contract.ts";
import { EventFeed } from "../control/event_feed.ts";
import { STANDARD_RULES } from "../core/capability/composition/standard_rules.ts";
import type { Position } from "../core/beacon/beacon.ts";
import { encodeGeohash } from "../core/beacon/geohash.ts";
import type { Node } from "../core/node.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { Notice } from "../core/notice.ts";
import { hostnameOf } from "../net/interfaces.ts";
import type { Multicast } from "../net/multicast.ts";
import type { StateStore } from "../store/state_store.ts";
import { assemble, type DaemonOptions, type Parts } from "./assembly.ts";
import { assignmentViews, assignNode } from "./assign_node.ts";
import { CapabilityDesk } from "./capability_desk.ts";
import { realClock } from "./clock.ts";
import { type Discovery, type DiscoveryPlan, isUnwanted } from "./discovery.ts";
import type { DocumentDesk } from "./document_desk.ts";
import { Driver, type Effect } from "./driver.ts";
import { orderTaken } from "./order_taken.ts";
import { type Membership, membershipRejected, membershipView } from "./membership.ts";
import { currentPrivileges } from "./privileges.ts";
import { type Power, ResourceReporter } from "./resource_reporter.ts";
import { cellsView, cellView } from "./cell_view.ts";
import { electionView, explanationView } from "./election_views.ts";
import { LeaderHistory } from "./leader_history.ts";
import { approveCell, orderLeader, orderPolicy } from "./leader_order.ts";
import { nodeStatus, nodeViews } from "./snapshot.ts";
import { yielded } from "./yielded.ts";

/** How long commands wait for the first beacon to leave. */
const FIRST_BEACON_MS = 50;

/** One node on this machine: the core with real sockets, a real disk and a real clock. */
export class Daemon {
  readonly nodeId: string;
  readonly socket: string;
  readonly dataDir: string;
  readonly #options: DaemonOptions;
  readonly #node: Node;
  readonly #driver: Driver;
  readonly #multicast: Multicast;
  readonly #membership: Membership;
  readonly #plan: DiscoveryPlan;
  readonly #contacts: readonly string[];
  readonly #documents: DocumentDesk;
  #discovery: Discovery | undefined;
  #unwanted = 0;
  /** Beacons of one link that went out on others. */
  #repeated = 0;
  readonly #resources: ResourceReporter;
  readonly #events = new EventFeed();
  readonly #leaders: LeaderHistory;
  readonly #capabilities: CapabilityDesk;
  readonly #ended = Promise.withResolvers<void>();
  readonly #startedAt = realClock.now();

  private constructor(options: DaemonOptions, parts: Parts) {
    const { node, multicast, store, recorder } = parts;
    this.#options = options;
    this.#node = node;
    this.#multicast = multicast;
    this.#membership = parts.membership;
    this.#plan = parts.discovery;
    this.#contacts = parts.contacts;
    this.#documents = parts.documents;
    this.nodeId = node.nodeId;
    this.socket = parts.socket;
    this.dataDir = parts.dataDir;
    this.#leaders = new LeaderHistory({
      nodeId: node.nodeId,
      dataDir: parts.dataDir,
      onUnwritable: (reason) => options.log.warn("cannot keep who led", { reason }),
    });
    this.#capabilities = new CapabilityDesk({
      node,
      rules: options.compositionRules ?? STANDARD_RULES,
      hand: (input) => this.#driver.hand(input),
    });
    this.#resources = new ResourceReporter({
      clock: realClock,
      bandwidthMbps: options.bandwidthMbps,
      hand: (resources) => this.#driver.hand({ kind: "resources", resources }),
    });
    this.#driver = new Driver({
      node,
      clock: realClock,
      persist: (key, value) => store.put(key, value),
      carryOut: (effect) => this.#carryOut(effect),
      record: (now, input, outputs) => recorder?.record(now, input, outputs),
      fail: (error) => this.#ended.reject(error),
    });
  }

  /**
   * Runs a node until it has stopped and everything that it held is let go. `whileRunning` is called
   * once the node can be reached, and may ask it to stop.
   */
  static async run(options: DaemonOptions, whileRunning: (daemon: Daemon) => void): Promise<void> {
    // Whatever the node writes from here on is its owner's alone.
    const previousMask = Deno.umask(0o077);
    try {
      await using held = new AsyncDisposableStack();
      const daemon = await Daemon.#open(options, held);
      whileRunning(daemon);
      // Nobody waits for documents but who asks for them, so a start does not either.
      if (daemon.#node.shared !== undefined) daemon.#documents.openSoon();
      await daemon.#ended.promise;
    } finally {
      Deno.umask(previousMask);
    }
  }

  static async #open(options: DaemonOptions, held: AsyncDisposableStack): Promise<Daemon> {
    let daemon: Daemon | undefined;
    const parts = await assemble(options, held, {
      boot: () => daemon?.boot,
      hand: (input) => daemon?.hand(input),
      fail: (error) => daemon === undefined ? undefined : daemon.#ended.reject(error),
      receive: (bytes, from, link) =>
        daemon === undefined ? undefined : daemon.#receive(bytes, from, link),
    });
    const running = daemon = new Daemon(options, parts);
    running.#start(parts.store);
    parts.membership.start?.();
    // Whatever ends the node from here on, it says goodbye before its sockets close.
    held.defer(() => running.stop());
    // The first beacon leaves now, before all that only commands on this machine wait for, and that
    // is loaded no sooner.
    await parts.multicast.flush(FIRST_BEACON_MS);
    await running.#openControl(held);
    await running.#openDiscovery(held);
    return running;
  }

  get beaconPort(): number {
    return this.#multicast.port;
  }

  get isMember(): boolean {
    return this.#membership.credentials !== undefined;
  }

  /** The port for streams, of a node that takes any. */
  get port(): number | undefined {
    return this.#membership.streams?.port;
  }

  /** Undefined until the disk keeps it. */
  get boot(): number | undefined {
    const { state, boot } = this.#node.broadcaster;
    return state === "speaking" || state === "silent" ? boot : undefined;
  }

  hand(input: NodeInput): void {
    this.#driver.hand(input);
  }

  stop(): void {
    this.#driver.hand({ kind: "stop" });
  }

  status(): NodeStatus {
    return nodeStatus(this.#node, realClock.now(), {
      profile: this.#options.profile,
      pid: Deno.pid,
      beaconPort: this.#multicast.port,
      dataDir: this.dataDir,
      socket: this.socket,
      interfaces: this.#multicast.interfaces.map((used) => ({
        name: used.name,
        address: hostnameOf(used),
      })),
      privileges: currentPrivileges(this.#places()),
      startedAt: this.#startedAt,
      ...membershipView(this.#membership),
      multicast: this.#multicast.counts,
      rejected: { ...membershipRejected(this.#membership), unwantedMulticast: this.#unwanted },
      ways: [...this.#plan.ways],
      beaconsRepeated: this.#repeated,
      mdns: this.#discovery?.mdnsCounts,
      messages: this.#membership.streams?.messageCounts,
      inputsDropped: this.#driver.dropped,
      eventReadersDropped: this.#events.dropped,
    });
  }

  /** Where a node has something to write. */
  #places(): string[] {
    const { runtimeDir, recordPath } = this.#options;
    return [this.dataDir, runtimeDir, this.socket, ...recordPath === undefined ? [] : [recordPath]];
  }

  nodes(): NodeView[] {
    return nodeViews(this.#node, realClock.now(), this.#membership.streams?.connections() ?? []);
  }

  #start(store: StateStore): void {
    const { cell } = this.#options.advertisement;
    if (cell !== undefined) this.#leaders.enter(cell, new Date().toISOString(), "started");
    this.#driver.hand({
      kind: "start",
      stored: store.load(),
      firstBoot: firstBootAt(Date.now()),
    });
  }

  async #openControl(held: AsyncDisposableStack): Promise<void> {
    const { ControlServer } = await import("../control/server.ts");
    const { announce } = await import("./announcement.ts");
    const { DocumentService } = await import("./state_service.ts");
    const server = ControlServer.open(this.socket, {
      status: () => this.status(),
      nodes: () => this.nodes(),
      move: (position) => this.#move(position),
      setPower: (power) => this.#setPower(power),
      stop: () => this.#answerThenStop(),
      election: () => electionView(this.#node, realClock.now(), this.#leaders),
      explanation: () => explanationView(this.#node, realClock.now()),
      leaderChanges: () => this.#leaders.changes,
      orderLeader: (request) => this.#ordered(orderLeader(this.#node, this.#membership, request)),
      cell: () => cellView(this.#node, this.#options.cell ?? {}),
      cells: () => cellsView(this.#node, this.#options.cell ?? {}),
      assignments: () => assignmentViews(this.#node),
      assign: (request) => this.#ordered(assignNode(this.#node, this.#membership, request)),
      orderPolicy: (order) => this.#ordered(orderPolicy(this.#node, this.#membership, order)),
      approve: (isDryRun) => this.#ordered(approveCell(this.#node, this.#membership, isDryRun)),
      state: new DocumentService({
        node: this.#node,
        desk: this.#documents,
        membership: this.#membership,
        now: realClock.now,
      }),
      capabilities: this.#capabilities,
      events: this.#events,
    });
    held.adopt(server, (its) => its.close());
    held.adopt(this.#events, (its) => its.close());
    held.use(
      announce(
        {
          pid: Deno.pid,
          nodeId: this.nodeId,
          socket: this.socket,
          dataDir: this.dataDir,
          startedAt: new Date().toISOString(),
        },
        this.#options.runtimeDir,
        this.#options.log,
      ),
    );
  }

  /** What only tells of peers comes last: the node is there without it. */
  async #openDiscovery(held: AsyncDisposableStack): Promise<void> {
    const { ways, file } = this.#plan;
    if (file === undefined && !ways.has("mdns")) return;
    const { Discovery } = await import("./discovery.ts");
    this.#discovery = held.use(
      await Discovery.open({
        nodeId: this.nodeId,
        plan: this.#plan,
        contacts: this.#contacts,
        interfaces: this.#options.interfaces,
        port: this.port,
        usualPort: this.#options.port,
        beaconPort: this.beaconPort,
        formationTag: this.#membership.credentials?.formation.discoveryTag,
        isHeard: (peer) => this.#node.hybrid.acquaintance(peer) === "heard",
        hand: (input) => this.hand(input),
        log: this.#options.log,
      }),
    );
  }

  #move(position: Position): MoveAnswer {
    this.#driver.hand({ kind: "relocated", position });
    return { nodeId: this.nodeId, position, geohash: encodeGeohash(position) };
  }

  #setPower(power: Power): PowerAnswer {
    this.#resources.power = power;
    return { nodeId: this.nodeId, ...power };
  }

  #ordered<T>({ answer, input }: { readonly answer: T; readonly input?: NodeInput }): T {
    if (input !== undefined) this.#driver.hand(input);
    return answer;
  }

  #answerThenStop(): StopAnswer {
    setTimeout(() => this.stop(), 0);
    return { nodeId: this.nodeId, pid: Deno.pid, dataDir: this.dataDir };
  }

  #receive(bytes: Uint8Array, from: string, link: string | undefined): void {
    const message = this.#membership.codec.decode(bytes, from);
    if (message === undefined) this.#options.log.debug("refused a datagram", { from });
    else if (isUnwanted(this.#plan, message)) this.#unwanted++;
    else {
      const way = link === undefined ? {} : { link };
      this.#driver.hand({ kind: "datagram", from, ...way, message });
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "multicast": {
        if (!this.#plan.ways.has("multicast")) return;
        const bytes = this.#membership.codec.encode(effect.message);
        if (bytes !== undefined) this.#multicast.multicast(bytes, effect.families);
        if (effect.message.kind === "beacon") this.#resources.sampleSoon();
        return;
      }
      case "unicast": {
        const bytes = this.#membership.codec.encode(effect.message);
        return bytes && this.#multicast.unicast(bytes, effect.to);
      }
      case "repeat": {
        const bytes = this.#membership.codec.encode(effect.message);
        if (bytes && this.#multicast.multicastBeyond(bytes, effect.exceptLinks)) this.#repeated++;
        return;
      }
      case "connect":
        return this.#membership.streams?.connect(effect.peer, effect.from, effect.port);
      case "doubt":
        return this.#discovery?.doubt(effect.peer);
      case "disconnect":
        return this.#membership.streams?.disconnect(effect.peer);
      case "send":
        return this.#membership.streams?.send(effect.peer, effect.priorityClass, effect.message);
      case "save":
        return this.#documents.save(effect);
      case "written":
        return this.#documents.written(effect);
      case "documentChanged": {
        const { key } = effect;
        return this.#events.publish({ type: effect.kind, ts: new Date().toISOString(), key });
      }
      case "capabilityChange":
      case "asked":
        return this.#capabilities.settle(effect);
      case "notice":
        return this.#tell(effect.notice);
      case "stopped":
        if (effect.yieldedTo === undefined) return this.#ended.resolve();
        return this.#ended.reject(yielded(this.nodeId, effect.yieldedTo));
    }
  }

  #tell(notice: Notice): void {
    const { type, ...fields } = notice;
    const ts = new Date().toISOString();
    const event = { type, ts, ...fields };
    if (notice.type === "leader") this.#leaders.note(notice, ts);
    if (notice.type === "cellChanged") this.#leaders.enter(notice.cell, ts, "joined");
    const order = orderTaken(this.nodeId, notice);
    if (order !== undefined) this.#membership.audit?.(order, fields);
    const said = logged(fields);
    if (ALARMING.includes(type)) this.#options.log.warn(type, said);
    else this.#options.log.info(type, said);
    this.#events.publish(event);
    this.#options.onEvent(event);
  }
}

const ALARMING: readonly Notice["type"][] = [
  "persistFailed",
  "stalled",
  "rivalFound",
  "idClaimed",
];

/** Boot numbers travel in 31 bits, and whatever the clock says there must be some left to count. */
const LATEST_FIRST_BOOT = 2_000_000_000;

/** Higher than what this node used before its disk was lost, if its clock is any good. */
function firstBootAt(wallMs: number): number {
  return Math.max(1, Math.min(Math.floor(wallMs / 1_000), LATEST_FIRST_BOOT));
}

/** A log's fields are words and numbers. */
function logged(fields: Readonly<Record<string, unknown>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) =>
      [name, typeof value === "number" ? value : `${value}`] as const
    ),
  );
}
