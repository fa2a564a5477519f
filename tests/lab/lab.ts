/**
 * A bad network on one machine: hosts in network namespaces, and between them a hub that delays,
 * loses and parts. Needs root; nothing of it touches the machine's own networks.
 *
 *     await using lab = await Lab.create({ hosts: 4, delayMs: 50, loss: 0.05 });
 *     await lab.host(1).run("ping", "-c1", lab.host(2).address);
 *     await lab.partition([[1, 2], [3, 4]]);
 *
 * The lab takes everything away again, also after a failed test, Ctrl-C or `kill -9`.
 */
import type { TestProcess } from "../e2e/test_process.ts";
import { Hub, type HubCounters, type NetworkShape } from "./hub.ts";
import { ip } from "./ip.ts";
import {
  folderPath,
  Keeper,
  namespaceName,
  namespacePath,
  randomId,
  removeLeftovers,
} from "./keeper.ts";
import { LabHost } from "./lab_host.ts";
import { reasonItCannotRun } from "./permission.ts";

export interface LabOptions extends NetworkShape {
  readonly hosts: number;
  /** The hosts that have no IPv4 address, */
  readonly withoutIpv4?: readonly number[];
  /** and those that have no IPv6 at all. */
  readonly withoutIpv6?: readonly number[];
}

export class Lab implements AsyncDisposable {
  /** A folder for the hosts' files, with a short path. */
  readonly folder: string;
  readonly hosts: readonly LabHost[];
  readonly #hub: Hub;
  readonly #held: AsyncDisposableStack;
  readonly #cuts = new Map<string, readonly [number, number]>();

  private constructor(folder: string, hosts: LabHost[], hub: Hub, held: AsyncDisposableStack) {
    this.folder = folder;
    this.hosts = hosts;
    this.#hub = hub;
    this.#held = held;
  }

  /** Why this machine has no labs, or nothing when it has. */
  static reasonItCannotRun(): Promise<string | undefined> {
    return reasonItCannotRun();
  }

  static async create(options: LabOptions): Promise<Lab> {
    const { hosts: count, withoutIpv4 = [], withoutIpv6 = [], ...shape } = options;
    await removeLeftovers();
    const id = randomId();
    const folder = folderPath(id);
    const processes: TestProcess[] = [];
    await using held = new AsyncDisposableStack();
    held.use(new Keeper(id));
    await Deno.mkdir(folder, { mode: 0o700 });
    const hosts = Array.from({ length: count }, (_, index) => index + 1).map((number) =>
      new LabHost({
        number,
        labSize: count,
        hasIpv4: !withoutIpv4.includes(number),
        hasIpv6: !withoutIpv6.includes(number),
        namespace: namespaceName(id, number),
        folder: `${folder}/${number}`,
        onStart: (process) => processes.push(process),
      })
    );
    await ip(hosts.map(({ namespace }) => `netns add ${namespace}`));
    const hub = held.use(
      await Hub.start(hosts.map(({ namespace }) => namespacePath(namespace))),
    );
    held.defer(() => endAll(processes));
    await hub.shape("all", shape);
    for (const host of hosts) {
      await Deno.mkdir(host.folder);
      await host.configure();
    }
    return new Lab(folder, hosts, hub, held.move());
  }

  /** By its number, from 1. */
  host(number: number): LabHost {
    const host = this.hosts[number - 1];
    if (host !== undefined) return host;
    throw new Error(`Cannot find host ${number}: the lab has ${this.hosts.length}`);
  }

  /** Changes the network to these hosts, or to all. What is not named stays as it is. */
  async shape(shape: NetworkShape, hosts?: readonly number[]): Promise<void> {
    for (const port of hosts ?? ["all" as const]) await this.#hub.shape(port, shape);
  }

  async loss(share: number): Promise<void> {
    await this.shape({ loss: share });
  }

  async delay(delayMs: number): Promise<void> {
    await this.shape({ delayMs });
  }

  /** Each group hears only itself. Hosts that are in none hear each other. */
  async partition(groups: readonly (readonly number[])[]): Promise<void> {
    const groupOf = (number: number) => groups.findIndex((group) => group.includes(number)) + 1;
    for (const { number } of this.hosts) await this.#hub.group(number, groupOf(number));
  }

  /** One direction only: `to` no longer hears `from`. */
  async cut(from: number, to: number): Promise<void> {
    this.#cuts.set(`${from} ${to}`, [from, to]);
    await this.#hub.cut(from, to);
  }

  /** Ends every partition and every cut. */
  async heal(): Promise<void> {
    for (const { number } of this.hosts) await this.#hub.group(number, 0);
    for (const [from, to] of this.#cuts.values()) await this.#hub.mend(from, to);
    this.#cuts.clear();
  }

  /** What the hub carried and dropped, host by host. */
  async counters(): Promise<HubCounters> {
    return await this.#hub.counters();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

async function endAll(processes: readonly TestProcess[]): Promise<void> {
  await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
}
