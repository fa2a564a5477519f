/**
 * All namespaces of a machine share one table of 1,024 addresses that were asked for, and drop
 * frames when it is full. Hosts of a lab that is larger than this know each other from the start.
 */
const ASKING_HOSTS_LIMIT = 25;

/** The lab's own network, which exists inside its namespaces only. */
export function addressOf(number: number): string {
  return `10.86.0.${number}`;
}

export function hardwareAddressOf(number: number): string {
  return `02:00:0a:56:00:${number.toString(16).padStart(2, "0")}`;
}

/** The commands of `ip` that tell a host in so large a lab who its neighbours are. */
export function knownNeighbours(self: number, labSize: number, device: string): string[] {
  if (labSize <= ASKING_HOSTS_LIMIT) return [];
  return Array.from({ length: labSize }, (_, index) => index + 1)
    .filter((number) => number !== self)
    .map((number) => `${addressOf(number)} lladdr ${hardwareAddressOf(number)}`)
    .map((neighbour) => `neighbour replace ${neighbour} nud permanent dev ${device}`);
}
