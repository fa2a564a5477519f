import { OperatingError } from "../core/kernel/operating_error.ts";

/** One network interface by one of its IPv4 addresses. */
export interface NetworkInterface {
  readonly name: string;
  readonly address: string;
  readonly netmask: string;
}

/** Every interface that has an IPv4 address now. */
export function listInterfaces(): NetworkInterface[] {
  return Deno.networkInterfaces()
    .filter((found) => found.family === "IPv4")
    .map(({ name, address, netmask }) => ({ name, address, netmask }));
}

/**
 * The interfaces to use: the wanted ones, by name or address, or all when none is named. Each
 * counts once however many addresses it has, since the kernel joins groups by interface.
 */
export function chooseInterfaces(
  present: readonly NetworkInterface[],
  wanted: readonly string[],
): NetworkInterface[] {
  const byName = new Map<string, NetworkInterface>();
  for (const found of present) {
    const isWanted = wanted.length === 0 || wanted.includes(found.name) ||
      wanted.includes(found.address);
    const isBetter = !byName.has(found.name) || wanted.includes(found.address);
    if (isWanted && isBetter) byName.set(found.name, found);
  }
  return [...byName.values()];
}

/** Which of the wanted names and addresses no interface has. */
export function missingInterfaces(
  present: readonly NetworkInterface[],
  wanted: readonly string[],
): string[] {
  return wanted.filter((wish) =>
    !present.some((found) => found.name === wish || found.address === wish)
  );
}

export function noSuchInterface(
  wanted: readonly string[],
  present: readonly NetworkInterface[],
): OperatingError {
  const known = present.map(({ name, address }) => `${address} (${name})`).join(", ");
  return new OperatingError(
    `Cannot use the interface ${wanted.join(", ")}: this machine has no such interface now`,
    {
      code: "no-such-interface",
      hint: known === "" ? "none has an IPv4 address" : `those there are: ${known}`,
    },
  );
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}

/** Whether both addresses are on the network that the mask cuts out. */
export function isOnNetwork(address: string, network: NetworkInterface): boolean {
  const mask = toNumber(network.netmask);
  return (toNumber(address) & mask) === (toNumber(network.address) & mask);
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => (number << 8) | Number(part), 0);
}
