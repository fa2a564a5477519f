import { OperatingError } from "../core/kernel/operating_error.ts";
import { type Family, familyOf, ipv6Groups, isLinkLocal, isLoopback } from "./socket_address.ts";

/** One network interface by one of its addresses. */
export interface NetworkInterface {
  readonly name: string;
  readonly family: Family;
  readonly address: string;
  readonly netmask: string;
}

/** Every interface that has an address now, once for each of them. */
export function listInterfaces(): NetworkInterface[] {
  return Deno.networkInterfaces()
    .map(({ name, family, address, netmask }) => ({ name, family, address, netmask }));
}

/**
 * The interfaces to use: the wanted ones, by name or address, or all when none is named. Each
 * counts once for each family however many addresses it has, since the kernel joins groups by
 * interface.
 */
export function chooseInterfaces(
  present: readonly NetworkInterface[],
  wanted: readonly string[],
): NetworkInterface[] {
  const chosen = new Map<string, NetworkInterface>();
  for (const found of present) {
    const key = `${found.family} ${found.name}`;
    const rival = chosen.get(key);
    if (!isWanted(found, wanted)) continue;
    if (rival === undefined || isBetter(found, rival, wanted)) chosen.set(key, found);
  }
  return [...chosen.values()];
}

/** Which of the wanted names and addresses no interface has. */
export function missingInterfaces(
  present: readonly NetworkInterface[],
  wanted: readonly string[],
): string[] {
  return wanted.filter((wish) =>
    !present.some((found) => found.name === wish || isAt(found, wish))
  );
}

export function noSuchInterface(
  wanted: readonly string[],
  present: readonly NetworkInterface[],
): OperatingError {
  const known = present.map((found) => `${hostnameOf(found)} (${found.name})`).join(", ");
  return new OperatingError(
    `Cannot use the interface ${wanted.join(", ")}: this machine has no such interface now`,
    {
      code: "no-such-interface",
      hint: known === "" ? "none has an address" : `those there are: ${known}`,
    },
  );
}

/** The interface's address as sockets take it: one that is good on its link only names the link. */
export function hostnameOf({ name, address }: NetworkInterface): string {
  return isLinkLocal(address) ? `${address}%${name}` : address;
}

/** Whether both addresses are on the network that the mask cuts out. */
export function isOnNetwork(address: string, network: NetworkInterface): boolean {
  if (familyOf(address) !== network.family) return false;
  if (network.family === "IPv6") {
    const [theirs, own, mask] = [address, network.address, network.netmask].map(ipv6Groups);
    return mask!.every((bits, index) => (theirs![index]! & bits) === (own![index]! & bits));
  }
  const mask = toNumber(network.netmask);
  return (toNumber(address) & mask) === (toNumber(network.address) & mask);
}

/** Where a node listens that keeps to loopback; undefined for one that does not. */
export function loopbackOnly(wanted: readonly string[]): string | undefined {
  if (wanted.length === 0 || !wanted.every((wish) => wish === "lo" || isLoopback(wish))) {
    return undefined;
  }
  return wanted.every((wish) => wish === "::1") ? "::1" : "127.0.0.1";
}

/** IPv6 on loopback has to be named by its address: kernels route no multicast there by default. */
function isWanted(found: NetworkInterface, wanted: readonly string[]): boolean {
  if (wanted.some((wish) => isAt(found, wish))) return true;
  if (found.address === "::1") return false;
  return wanted.length === 0 || wanted.includes(found.name);
}

/** What was named comes first, then what every host on the link can reach. */
function isBetter(
  found: NetworkInterface,
  rival: NetworkInterface,
  wanted: readonly string[],
): boolean {
  const isNamed = (one: NetworkInterface) => Number(wanted.some((wish) => isAt(one, wish)));
  const isLocal = (one: NetworkInterface) => Number(isLinkLocal(one.address));
  return (isNamed(found) - isNamed(rival) || isLocal(found) - isLocal(rival)) > 0;
}

function isAt(found: NetworkInterface, wish: string): boolean {
  return found.address === wish || hostnameOf(found) === wish;
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => (number << 8) | Number(part), 0);
}
