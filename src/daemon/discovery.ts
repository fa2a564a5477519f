import type { SourceOptions } from "../core/discovery/beacon_sources.ts";
import type { Search } from "../core/discovery/by_capability.ts";
import type { ClusterRule } from "../core/discovery/clusters.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { Random } from "../core/kernel/random.ts";
import type { Datagram } from "../core/messages.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { NetworkInterface } from "../net/interfaces.ts";
import type { Mdns } from "../net/mdns/mdns.ts";
import { realClock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { PeersFile } from "./peers_file.ts";

/** The ways of learning of peers that can be chosen. */
export type Way =
  | "multicast"
  | "static"
  | "mdns"
  | "relay"
  | "geographic"
  | "capability"
  | "directed";

export const USUAL_WAYS: readonly Way[] = ["multicast", "static", "relay", "directed"];

export interface DiscoveryChoices {
  /** Absent: the usual ones. */
  readonly discovery?: readonly Way[];
  readonly peersFile?: string | undefined;
  /** Send nothing at all, and only listen. */
  readonly emcon?: boolean;
  /** Say the beacons of one link again on the others. */
  readonly relay?: boolean;
  /** What is a cluster, where the node looks for peers that are near. */
  readonly clusters?: ClusterRule;
  /** What the node looks for, where it looks for peers by what they can do. */
  readonly search?: Search;
}

/** What was chosen, read and checked before anything is opened. */
export interface DiscoveryPlan {
  readonly ways: ReadonlySet<Way>;
  readonly file: PeersFile | undefined;
  readonly emcon: boolean;
  readonly sources: SourceOptions;
}

export async function planDiscovery(
  choices: DiscoveryChoices & { readonly peers: readonly string[] },
): Promise<DiscoveryPlan> {
  const { discovery = USUAL_WAYS, peersFile, emcon = false, peers } = choices;
  const ways = new Set(discovery);
  if (!ways.has("static") && (peers.length > 0 || peersFile !== undefined)) {
    throw malformed("Cannot contact the peers that are named: static is not among --discovery", {
      code: "usage",
      hint: `add it: --discovery ${[...discovery, "static"].join(",")}`,
    });
  }
  // Only who has such a file pays for reading it.
  const file = peersFile === undefined
    ? undefined
    : (await import("./peers_file.ts")).readPeersFile(peersFile);
  return { ways, file, emcon: emcon || file?.emcon === true, sources: planSources(ways, choices) };
}

function planSources(
  ways: ReadonlySet<Way>,
  { clusters = {}, search }: DiscoveryChoices,
): SourceOptions {
  const isSought = search !== undefined && search.required.length + search.optional.length > 0;
  // Whoever only passes through looks for nobody.
  if (ways.has("capability") && search !== undefined && !isSought) {
    throw malformed("Cannot look for peers by their capabilities: none is named", {
      code: "usage",
      hint: "name what is looked for: --seek sensor:thermal=0.8",
    });
  }
  if (isSought && !ways.has("capability")) {
    throw malformed("Cannot look for what is named: capability is not among --discovery", {
      code: "usage",
      hint: `add it: --discovery ${[...ways, "capability"].join(",")}`,
    });
  }
  return {
    directed: ways.has("directed"),
    ...(ways.has("geographic") ? { geographic: clusters } : {}),
    ...(ways.has("capability") ? { capability: search } : {}),
  };
}

export interface DiscoveryOptions {
  readonly nodeId: NodeId;
  readonly plan: DiscoveryPlan;
  readonly contacts: readonly string[];
  readonly interfaces: readonly string[];
  /** For streams; absent for a node that takes none. */
  readonly port: number | undefined;
  /** Where peers take streams whose own port is not known. */
  readonly usualPort: number;
  readonly beaconPort: number;
  readonly formationTag: string | undefined;
  readonly isHeard: (nodeId: NodeId) => boolean;
  readonly hand: (input: NodeInput) => void;
  readonly log: Log;
}

/** The sources that are not the node's own: the local network's name service, and a file. */
export class Discovery implements AsyncDisposable {
  readonly #held: AsyncDisposableStack;
  readonly #mdns: Mdns | undefined;

  private constructor(held: AsyncDisposableStack, mdns: Mdns | undefined) {
    this.#held = held;
    this.#mdns = mdns;
  }

  static async open(options: DiscoveryOptions): Promise<Discovery> {
    await using held = new AsyncDisposableStack();
    const { plan } = options;
    if (plan.file !== undefined) held.adopt(await openStatic(options), (its) => its.close());
    const mdns = plan.ways.has("mdns") ? await openMdns(options) : undefined;
    if (mdns !== undefined) held.adopt(mdns, (its) => its.close());
    return new Discovery(held.move(), mdns);
  }

  /** The peer fell silent: whoever tells of it makes sure that it is still there. */
  doubt(nodeId: NodeId): void {
    this.#mdns?.doubt(nodeId);
  }

  get mdnsCounts(): Readonly<Record<string, number>> | undefined {
    return this.#mdns && { ...this.#mdns.counts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

async function openStatic({ plan, contacts, usualPort, ...options }: DiscoveryOptions) {
  const { StaticPeers } = await import("./static_peers.ts");
  const { resolveContact } = await import("../net/contact_address.ts");
  const peers = new StaticPeers({
    ...options,
    peers: plan.file?.peers ?? [],
    contacts,
    port: usualPort,
    resolve: (text) => resolveContact(text, options.beaconPort),
    clock: realClock,
    random: freshRandom(),
  });
  // Names may take long to look up, and nobody has to wait for them.
  void peers.start();
  return peers;
}

/** A node whose machine lets nobody share that port goes on without it. */
async function openMdns(options: DiscoveryOptions): Promise<Mdns | undefined> {
  const { nodeId, port, beaconPort, formationTag, interfaces, plan, hand, log } = options;
  const { Mdns } = await import("../net/mdns/mdns.ts");
  try {
    return await Mdns.open({
      announcement: { nodeId, port: port ?? beaconPort, beaconPort, formationTag },
      isSilent: plan.emcon,
      interfaces,
      random: freshRandom(),
      now: realClock.now,
      onEvent: (event) => hand({ kind: "discovered", source: "mdns", event }),
      onRefused: ({ name, address }: NetworkInterface, reason) =>
        log.warn("cannot use an interface for mdns", { interface: name, address, reason }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn("cannot use mdns, going on without", { reason });
    return undefined;
  }
}

function freshRandom(): Random {
  return new Random(crypto.getRandomValues(new Uint8Array(16)).toHex());
}

/** Whether something came through the group, to a node that is not to learn of peers in that way. */
export function isUnwanted({ ways }: DiscoveryPlan, message: Datagram): boolean {
  if (ways.has("multicast")) return false;
  if (message.kind === "repeated") return true;
  return (message.kind === "beacon" || message.kind === "pulse") && message.direct !== true;
}
