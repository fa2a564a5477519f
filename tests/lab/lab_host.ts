import { type ProcessResult, TestProcess } from "../e2e/test_process.ts";
import { ip } from "./ip.ts";
import { addressOf, hardwareAddressOf, knownNeighbours } from "./neighbours.ts";

const DEVICE = "eth0";

/** What the kernel counted on the host's Ethernet device since the lab began. */
export interface HostBytes {
  readonly sent: number;
  readonly received: number;
}

export interface HostOptions {
  /** From 1, and the last part of the address. */
  readonly number: number;
  readonly labSize: number;
  readonly namespace: string;
  /** Whether it has an IPv4 address besides the IPv6 address that the kernel makes of the device. */
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  /** For what its processes keep. */
  readonly folder: string;
  /** Hears of every process, to end it with the lab. */
  readonly onStart: (process: TestProcess) => void;
}

/** One machine of the lab: a network namespace with an Ethernet device and an address. */
export class LabHost {
  readonly number: number;
  readonly namespace: string;
  readonly folder: string;
  readonly #options: HostOptions;

  constructor(options: HostOptions) {
    this.number = options.number;
    this.namespace = options.namespace;
    this.folder = options.folder;
    this.#options = options;
  }

  get name(): string {
    return `host-${this.number}`;
  }

  get address(): string {
    return addressOf(this.number);
  }

  async configure(): Promise<void> {
    const { hasIpv4, hasIpv6 } = this.#options;
    const address = `address add ${this.address}/24 dev ${DEVICE}`;
    await ip(
      [
        "link set lo up",
        `link set ${DEVICE} address ${hardwareAddressOf(this.number)}`,
        ...(hasIpv4 ? [address] : []),
      ],
      this.namespace,
    );
    // Nobody else in a lab can have the address, so it need not be asked for.
    const setting = hasIpv6 ? `${DEVICE}.accept_dad=0` : "all.disable_ipv6=1";
    await this.run("sysctl", "-qw", `net.ipv6.conf.${setting}`);
    await this.linkUp();
  }

  start(...command: string[]): TestProcess {
    // `ip netns exec` becomes the command, so that signals to its id reach it.
    const process = new TestProcess({
      program: "ip",
      args: ["netns", "exec", this.namespace, ...command],
      name: command.join(" "),
    });
    this.#options.onStart(process);
    return process;
  }

  async run(...command: string[]): Promise<ProcessResult> {
    await using process = this.start(...command);
    return await process.ended();
  }

  async linkDown(): Promise<void> {
    await ip([`link set ${DEVICE} down`], this.namespace);
  }

  /** The kernel forgets routes and neighbours when a link goes down. */
  async linkUp(): Promise<void> {
    const route = `route replace 224.0.0.0/4 dev ${DEVICE}`;
    const neighbours = knownNeighbours(this.number, this.#options.labSize, DEVICE);
    const ipv4 = this.#options.hasIpv4 ? [route, ...neighbours] : [];
    await ip([`link set ${DEVICE} up`, ...ipv4], this.namespace);
  }

  /** A second network between this host and another, which nobody else is on. Answers its device. */
  async joinApart(other: LabHost): Promise<string> {
    const device = `eth${other.number}x${this.number}`;
    await ip([
      `link add ${device} netns ${this.namespace} type veth peer name ${device} netns ${other.namespace}`,
    ]);
    for (const { namespace, number } of [this, other]) {
      const address = `10.${this.number}.${other.number}.${number}/24`;
      await ip([`address add ${address} dev ${device}`, `link set ${device} up`], namespace);
    }
    return device;
  }

  async bytes(): Promise<HostBytes> {
    const folder = `/sys/class/net/${DEVICE}/statistics`;
    const { stdout } = await this.run("cat", `${folder}/tx_bytes`, `${folder}/rx_bytes`);
    const [sent = NaN, received = NaN] = stdout.trim().split("\n").map(Number);
    return { sent, received };
  }
}
