import type { EventLine, NodeStatus, NodeView, StopAnswer } from "../control/contract.ts";
import { EventFeed } from "../control/event_feed.ts";
import type { Advertisement } from "../core/beacon/beacon.ts";
import { isNodeId } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { Random } from "../core/kernel/random.ts";
import { Node } from "../core/node.ts";
import type { NodeInput, Notice } from "../core/node_io.ts";
import { type ProfileName, PROFILES } from "../core/profile.ts";
import { RECORDING_FORMAT } from "../core/recording.ts";
import { resolveContact } from "../net/contact_address.ts";
import { type InterfaceChange, Multicast } from "../net/multicast.ts";
import { DataDirectory } from "../store/data_directory.ts";
import { StateStore } from "../store/state_store.ts";
import { realClock } from "./clock.ts";
import { Driver, type Effect } from "./driver.ts";
import type { Log } from "./log.ts";
import {
  type Membership,
  membershipRejected,
  membershipView,
  openMembership,
} from "./membership.ts";
import { Recorder } from "./recorder.ts";
import { nodeStatus, nodeViews } from "./snapshot.ts";
import { chooseSocketPath, clearSocketPath } from "./socket_path.ts";

export interface DaemonOptions {
  /** Absent: the one that the data directory remembers, or a new one. */
  readonly nodeId?: string | undefined;
  readonly dataDir: string;
  readonly runtimeDir: string;
  /** Absent: in the data directory. */
  readonly socket?: string | undefined;
  /** Absent: the node is in no formation, and neither sealed nor connected. */
  readonly formationPath?: string | undefined;
  readonly profile: ProfileName;
  readonly advertisement: Advertisement;
  readonly group: string;
  readonly beaconPort: number;
  /** For streams. */
  readonly port: number;
  /** Where others hear beacons that the group does not bring them, as `HOST` or `HOST:PORT`. */
  readonly peers: readonly string[];
  /** Names or addresses; all when empty. */
  readonly interfaces: readonly string[];
  readonly recordPath?: string | undefined;
  readonly log: Log;
  readonly onEvent: (event: EventLine) => void;
}

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
  readonly #events = new EventFeed();
  readonly #ended = Promise.withResolvers<void>();
  readonly #startedAt = realClock.now();

  private constructor(options: DaemonOptions, parts: Parts) {
    const { node, multicast, store, recorder } = parts;
    this.#options = options;
    this.#node = node;
    this.#multicast = multicast;
    this.#membership = parts.membership;
    this.nodeId = node.nodeId;
    this.socket = parts.socket;
    this.dataDir = parts.dataDir;
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
      const daemon = await Daemon.#assemble(options, held);
      whileRunning(daemon);
      await daemon.#ended.promise;
    } finally {
      Deno.umask(previousMask);
    }
  }

  /** Opens everything that a node needs, in the order in which it may fail. */
  static async #assemble(options: DaemonOptions, held: AsyncDisposableStack): Promise<Daemon> {
    const directory = held.adopt(await DataDirectory.open(options.dataDir), (its) => its.close());
    const dataDir = Deno.realPathSync(directory.path);
    const store = held.adopt(await StateStore.open(`${dataDir}/state.db`), (its) => its.close());
    const nodeId = settleNodeId(store, options.nodeId, dataDir);
    let daemon: Daemon | undefined;
    const membership = await openMembership({
      ...options,
      nodeId,
      dataDir,
      formationPath: options.formationPath,
      boot: () => daemon?.boot,
      hand: (input) => daemon?.hand(input),
    });
    const { streams } = membership;
    if (streams !== undefined) held.adopt(streams, (its) => its.close());
    const advertisement = {
      ...options.advertisement,
      ...(streams === undefined ? {} : { port: streams.port }),
    };
    const seed = crypto.getRandomValues(new Uint8Array(16)).toHex();
    const { peers, beaconPort } = options;
    const contacts = await Promise.all(peers.map((peer) => resolveContact(peer, beaconPort)));
    const recorder = openRecorder({ ...options, advertisement }, contacts, nodeId, seed);
    if (recorder !== undefined) held.adopt(recorder, (its) => its.close());
    const node = new Node({
      nodeId,
      timing: PROFILES[options.profile],
      advertisement,
      contacts,
      random: new Random(seed),
    });
    const socket = await claimSocketPath(options, dataDir, held);
    let receive = (_bytes: Uint8Array, _from: string): void => {};
    const multicast = await Multicast.open({
      group: options.group,
      port: options.beaconPort,
      interfaces: options.interfaces,
      onDatagram: (bytes, from) => receive(bytes, from),
      onChange: (change) => logChange(options.log, change),
    });
    held.adopt(multicast, (its) => its.close());
    const running = daemon = new Daemon(options, {
      node,
      multicast,
      store,
      recorder,
      socket,
      dataDir,
      membership,
    });
    running.#start(store);
    // Whatever ends the node from here on, it says goodbye before its sockets close.
    held.defer(() => running.stop());
    receive = (bytes, from) => running.#receive(bytes, from);
    // Sockets send in a turn of their own. The first beacon has it now, before all that only
    // commands on this machine wait for, and that is loaded no sooner.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await running.#openControl(held);
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
      interfaces: this.#multicast.interfaces,
      startedAt: this.#startedAt,
      ...membershipView(this.#membership),
      multicast: this.#multicast.counts,
      rejected: membershipRejected(this.#membership),
      inputsDropped: this.#driver.dropped,
      eventReadersDropped: this.#events.dropped,
    });
  }

  nodes(): NodeView[] {
    return nodeViews(this.#node, realClock.now(), this.#membership.streams?.connections() ?? []);
  }

  #start(store: StateStore): void {
    this.#driver.hand({
      kind: "start",
      stored: store.load(),
      firstBoot: Math.floor(Date.now() / 1_000),
    });
  }

  async #openControl(held: AsyncDisposableStack): Promise<void> {
    const { ControlServer } = await import("../control/server.ts");
    const { announce } = await import("./announcement.ts");
    const server = ControlServer.open(this.socket, {
      status: () => this.status(),
      nodes: () => this.nodes(),
      stop: () => this.#answerThenStop(),
      events: this.#events,
    });
    held.adopt(server, (its) => its.close());
    held.adopt(this.#events, (its) => its.close());
    held.use(
      await announce(
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

  #answerThenStop(): StopAnswer {
    setTimeout(() => this.stop(), 0);
    return { nodeId: this.nodeId, pid: Deno.pid, dataDir: this.dataDir };
  }

  #receive(bytes: Uint8Array, from: string): void {
    const message = this.#membership.codec.decode(bytes);
    if (message === undefined) this.#options.log.debug("refused a datagram", { from });
    else this.#driver.hand({ kind: "datagram", from, message });
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "multicast": {
        const bytes = this.#membership.codec.encode(effect.message);
        return bytes && this.#multicast.multicast(bytes);
      }
      case "unicast": {
        const bytes = this.#membership.codec.encode(effect.message);
        return bytes && this.#multicast.unicast(bytes, effect.to);
      }
      case "connect":
        return this.#membership.streams?.connect(effect.peer, effect.from, effect.port);
      case "disconnect":
        return this.#membership.streams?.disconnect(effect.peer);
      case "notice":
        return this.#tell(effect.notice);
      case "stopped":
        return this.#ended.resolve();
    }
  }

  #tell(notice: Notice): void {
    const { type, ...fields } = notice;
    const event = { type, ts: new Date().toISOString(), ...fields };
    if (type === "persistFailed" || type === "stalled") this.#options.log.warn(type, fields);
    else this.#options.log.info(type, fields);
    this.#events.publish(event);
    this.#options.onEvent(event);
  }
}

interface Parts {
  readonly node: Node;
  readonly multicast: Multicast;
  readonly store: StateStore;
  readonly recorder: Recorder | undefined;
  readonly socket: string;
  readonly dataDir: string;
  readonly membership: Membership;
}

/** A data directory belongs to one node for good, because its boot numbers do. */
function settleNodeId(store: StateStore, wanted: string | undefined, dataDir: string): string {
  const stored = store.nodeId;
  if (stored !== undefined && wanted !== undefined && stored !== wanted) {
    throw new OperatingError(
      `Cannot start node: data directory ${dataDir} belongs to node ${stored}`,
      { code: "data-directory-of-another", hint: "use another --data-dir, or leave out --id" },
    );
  }
  if (stored !== undefined) return stored;
  const nodeId = wanted ?? generateNodeId();
  store.claimNodeId(nodeId);
  return nodeId;
}

function generateNodeId(): string {
  const host = Deno.hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  const nodeId = `${host.slice(0, 48) || "node"}-${randomHexText(2)}`;
  return isNodeId(nodeId) ? nodeId : `node-${randomHexText(2)}`;
}

function randomHexText(byteLength: number): string {
  return crypto.getRandomValues(new Uint8Array(byteLength)).toHex();
}

async function claimSocketPath(
  { socket, runtimeDir }: DaemonOptions,
  dataDir: string,
  held: AsyncDisposableStack,
): Promise<string> {
  const chosen = socket === undefined
    ? await chooseSocketPath(dataDir, runtimeDir)
    : { path: socket };
  if ("temporaryDirectory" in chosen && chosen.temporaryDirectory !== undefined) {
    held.adopt(chosen.temporaryDirectory, (path) => Deno.removeSync(path, { recursive: true }));
  }
  await clearSocketPath(chosen.path);
  return chosen.path;
}

function openRecorder(
  options: DaemonOptions,
  contacts: readonly string[],
  nodeId: string,
  seed: string,
): Recorder | undefined {
  const { recordPath, advertisement, profile, log } = options;
  if (recordPath === undefined) return undefined;
  return new Recorder({
    path: recordPath,
    header: {
      type: "header",
      format: RECORDING_FORMAT,
      version: advertisement.version,
      startedAt: new Date().toISOString(),
      nodeId,
      profile,
      timing: PROFILES[profile],
      advertisement,
      contacts,
      seed,
    },
    onEnd: (_reason, detail) => log.warn("the recording ended", { path: recordPath, detail }),
  });
}

function logChange(log: Log, { kind, name, address, reason }: InterfaceChange): void {
  const fields = { interface: name, address };
  if (kind === "refused") log.warn("cannot use an interface", { ...fields, reason: reason ?? "" });
  else log.info(kind === "joined" ? "joined an interface" : "left an interface", fields);
}
