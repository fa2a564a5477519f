import type { EventLine } from "../control/contract.ts";
import type { Advertisement } from "../core/beacon/beacon.ts";
import type { CompositionRule } from "../core/capability/composition/rule.ts";
import type { CellSettings } from "../core/cell/affiliation.ts";
import type { SourceOptions } from "../core/discovery/beacon_sources.ts";
import { isNodeId } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { Random } from "../core/kernel/random.ts";
import { Node } from "../core/node.ts";
import type { NodeInput } from "../core/node_io.ts";
import { type ProfileName, PROFILES } from "../core/profile.ts";
import { RECORDING_FORMAT, type RecordingHeader } from "../core/recording.ts";
import { resolveContact } from "../net/contact_address.ts";
import { type InterfaceChange, Multicast } from "../net/multicast.ts";
import type { Role } from "../security/role.ts";
import { DataDirectory } from "../store/data_directory.ts";
import { StateStore } from "../store/state_store.ts";
import { type DiscoveryChoices, type DiscoveryPlan, planDiscovery } from "./discovery.ts";
import { realClock } from "./clock.ts";
import { DocumentDesk } from "./document_desk.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import { openMembership } from "./open_membership.ts";
import { Recorder } from "./recorder.ts";
import { chooseSocketPath, clearSocketPath } from "./socket_path.ts";

export interface DaemonOptions extends DiscoveryChoices {
  /** Absent: the one that the data directory remembers, or a new one. */
  readonly nodeId?: string | undefined;
  readonly dataDir: string;
  readonly runtimeDir: string;
  /** Absent: in the data directory. */
  readonly socket?: string | undefined;
  /** Absent: the node is in no formation, and neither sealed nor connected. */
  readonly formationPath?: string | undefined;
  /** What to certify oneself as, where one can. */
  readonly role?: Role;
  readonly profile: ProfileName;
  readonly advertisement: Advertisement;
  /** By what capabilities are composed; absent, by the usual rules. */
  readonly compositionRules?: readonly CompositionRule[];
  /** Its part in its cell. */
  readonly cell?: CellSettings;
  /** What the node's link carries; no runtime tells. */
  readonly bandwidthMbps?: number | undefined;
  /** One for each family, at most. */
  readonly groups: readonly string[];
  readonly beaconPort: number;
  /** For streams. */
  readonly port: number;
  /** Absent: every address of this machine, and others try the one that beacons come from. */
  readonly streamAddress?: string | undefined;
  /** Where others hear beacons that the group does not bring them, as `HOST` or `HOST:PORT`. */
  readonly peers: readonly string[];
  /** Names or addresses; all when empty. */
  readonly interfaces: readonly string[];
  readonly recordPath?: string | undefined;
  readonly log: Log;
  readonly onEvent: (event: EventLine) => void;
}

/** Everything that a node runs on. */
export interface Parts {
  readonly node: Node;
  readonly multicast: Multicast;
  readonly store: StateStore;
  readonly recorder: Recorder | undefined;
  readonly socket: string;
  readonly dataDir: string;
  readonly membership: Membership;
  readonly discovery: DiscoveryPlan;
  readonly contacts: readonly string[];
  readonly documents: DocumentDesk;
}

/** What the parts tell the daemon, which exists only once they do. */
export interface Hooks {
  /** Undefined until the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly hand: (input: NodeInput) => void;
  /** Ends the node. */
  readonly fail: (error: unknown) => void;
  readonly receive: (bytes: Uint8Array, from: string, link: string | undefined) => void;
}

/** Opens everything that a node needs, in the order in which it may fail. */
export async function assemble(
  options: DaemonOptions,
  held: AsyncDisposableStack,
  hooks: Hooks,
): Promise<Parts> {
  const discovery = await planDiscovery(options);
  const directory = held.adopt(await DataDirectory.open(options.dataDir), (its) => its.close());
  const dataDir = Deno.realPathSync(directory.path);
  const store = held.adopt(await StateStore.open(`${dataDir}/state.db`), (its) => its.close());
  const nodeId = settleNodeId(store, options.nodeId, dataDir);
  const membership = await openMembership({
    ...options,
    nodeId,
    dataDir,
    formationPath: options.formationPath,
    emcon: discovery.emcon,
    boot: hooks.boot,
    hand: hooks.hand,
    fail: hooks.fail,
    store,
  });
  const { streams } = membership;
  if (membership.held !== undefined) held.use(membership.held);
  if (streams !== undefined) held.adopt(streams, (its) => its.close());
  const { peers, beaconPort } = options;
  const contacts = await Promise.all(peers.map((peer) => resolveContact(peer, beaconPort)));
  const { emcon } = discovery;
  const relays = discovery.ways.has("relay");
  const documents = new DocumentDesk({
    dataDir,
    formationId: membership.credentials?.formation.id,
    clock: realClock,
    isRecorded: options.recordPath !== undefined,
    hand: hooks.hand,
    log: options.log,
  });
  held.adopt(documents, (its) => its.close());
  const { relay: repeats = false } = options;
  const { node, recorder } = makeNode(options, nodeId, {
    documents,
    port: streams?.port,
    contacts,
    emcon,
    relays,
    repeats,
    sources: discovery.sources,
  });
  if (recorder !== undefined) held.adopt(recorder, (its) => its.close());
  const socket = await claimSocketPath(options, dataDir, held);
  const multicast = await Multicast.open({
    groups: options.groups,
    port: options.beaconPort,
    interfaces: options.interfaces,
    onDatagram: hooks.receive,
    onChange: (change) => logChange(options.log, change),
  });
  held.adopt(multicast, (its) => its.close());
  if (multicast.lacks("IPv6")) options.log.info("this machine has no IPv6, going on without");
  return {
    node,
    multicast,
    store,
    recorder,
    socket,
    dataDir,
    membership,
    discovery,
    contacts,
    documents,
  };
}

interface Settled {
  readonly port: number | undefined;
  readonly contacts: readonly string[];
  readonly emcon: boolean;
  readonly relays: boolean;
  readonly documents: DocumentDesk;
  readonly repeats: boolean;
  readonly sources: SourceOptions;
}

function makeNode(
  options: DaemonOptions,
  nodeId: string,
  { port, documents, ...settled }: Settled,
) {
  const { streamAddress: address } = options;
  const streams = port === undefined ? {} : { port, ...(address === undefined ? {} : { address }) };
  const advertisement = { ...options.advertisement, ...streams };
  const seed = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const { cell = {} } = options;
  const sharesDocuments = advertisement.transient !== true;
  const header = { nodeId, advertisement, ...settled, cell, sharesDocuments, seed };
  const recorder = openRecorder(options, header);
  const timing = PROFILES[options.profile];
  const random = new Random(seed);
  const node = new Node({
    nodeId,
    timing,
    advertisement,
    ...settled,
    cell,
    // Whoever only passes through has no time for what others share.
    ...(sharesDocuments ? { documents } : {}),
    random,
  });
  return { node, recorder };
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
  { recordPath, profile, log }: DaemonOptions,
  header: Pick<
    RecordingHeader,
    | "nodeId"
    | "advertisement"
    | "contacts"
    | "emcon"
    | "relays"
    | "repeats"
    | "sources"
    | "cell"
    | "sharesDocuments"
    | "seed"
  >,
): Recorder | undefined {
  if (recordPath === undefined) return undefined;
  return new Recorder({
    path: recordPath,
    header: {
      type: "header",
      format: RECORDING_FORMAT,
      version: header.advertisement.version,
      startedAt: new Date().toISOString(),
      profile,
      timing: PROFILES[profile],
      ...header,
    },
    onEnd: (_reason, detail) => log.warn("the recording ended", { path: recordPath, detail }),
  });
}

function logChange(log: Log, { kind, name, address, reason }: InterfaceChange): void {
  const fields = { interface: name, address };
  if (kind === "refused") log.warn("cannot use an interface", { ...fields, reason: reason ?? "" });
  else log.info(kind === "joined" ? "joined an interface" : "left an interface", fields);
}
