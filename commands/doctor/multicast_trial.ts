import {
  chooseInterfaces,
  hostnameOf,
  listInterfaces,
  missingInterfaces,
  type NetworkInterface,
} from "../../src/net/interfaces.ts";
import { groupFamilyOf } from "../../src/net/group_link.ts";
import { Multicast } from "../../src/net/multicast.ts";
import { type Family, parseSocketAddress } from "../../src/net/socket_address.ts";

const RESEND_MS = 50;

export interface MulticastTrialOptions {
  readonly groups: readonly string[];
  /** Names or addresses; all when empty. */
  readonly interfaces: readonly string[];
  /** How long an interface may take to hand back what was sent. */
  readonly patienceMs: number;
  readonly list?: () => NetworkInterface[];
}

/** What became of one interface. */
export interface InterfaceTrial {
  readonly name: string;
  readonly family: Family;
  readonly address: string;
  /** Refused is not able to join; silent is joined, and then nothing came back. */
  readonly outcome: "heard" | "silent" | "refused";
  readonly reason?: string;
}

export interface MulticastTrial {
  readonly present: readonly NetworkInterface[];
  /** What was asked for by name and is not here. */
  readonly missing: readonly string[];
  readonly interfaces: readonly InterfaceTrial[];
}

/**
 * Joins the group with the very sockets that a node uses, though on a port that nobody else hears,
 * and sends itself a datagram through each interface. Its address tells which one it came through.
 */
export async function tryMulticast(options: MulticastTrialOptions): Promise<MulticastTrial> {
  const present = (options.list ?? listInterfaces)();
  const missing = missingInterfaces(present, options.interfaces);
  const families = new Set(options.groups.map(groupFamilyOf));
  const chosen = chooseInterfaces(present, options.interfaces)
    .filter(({ family }) => families.has(family));
  if (chosen.length === 0) return { present, missing, interfaces: [] };
  const silent = new Set<string>();
  const heard = new Set<string>();
  const refused = new Map<string, string>();
  const everyone = Promise.withResolvers<void>();
  const settle = (address: string) => {
    if (silent.delete(address) && silent.size === 0) everyone.resolve();
  };
  const mark = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const multicast = await Multicast.open({
    ...options,
    port: 0,
    list: () => [...present],
    onDatagram(bytes, from) {
      if (bytes.toHex() !== mark) return;
      const address = parseSocketAddress(from)!.hostname;
      heard.add(address);
      settle(address);
    },
    onChange({ kind, address, reason }) {
      if (kind !== "refused") return;
      refused.set(address, reason ?? "it does not say why");
      settle(address);
    },
  });
  try {
    for (const network of multicast.interfaces) silent.add(hostnameOf(network));
    const giveUpAt = performance.now() + options.patienceMs;
    while (silent.size > 0 && performance.now() < giveUpAt) {
      multicast.multicast(Uint8Array.fromHex(mark));
      await either(everyone.promise, RESEND_MS);
    }
  } finally {
    await multicast.close();
  }
  const interfaces = chosen.map((network): InterfaceTrial => {
    const tried = { name: network.name, family: network.family, address: hostnameOf(network) };
    const reason = refused.get(tried.address);
    if (reason !== undefined) return { ...tried, outcome: "refused", reason };
    return { ...tried, outcome: heard.has(tried.address) ? "heard" : "silent" };
  });
  return { present, missing, interfaces };
}

async function either(promise: Promise<void>, delayMs: number): Promise<void> {
  const { promise: later, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  await Promise.race([promise, later]);
  clearTimeout(timer);
}
