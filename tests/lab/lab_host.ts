import { ip } from "./ip.ts";
import { LabProcess, type ProcessResult } from "./lab_process.ts";

const DEVICE = "eth0";

/** What the kernel counted on the host's Ethernet device since the lab began. */
export interface HostBytes {
  readonly sent: number;
  readonly received: number;
}

/** One machine of the lab: a network namespace with an Ethernet device and an address. */
export class LabHost {
  readonly #started: (process: LabProcess) => void;

  constructor(
    /** From 1, and the last part of the address. */
    readonly number: number,
    readonly namespace: string,
    /** A folder for what its processes keep. */
    readonly folder: string,
    started: (process: LabProcess) => void,
  ) {
    this.#started = started;
  }

  get name(): string {
    return `host-${this.number}`;
  }

  get address(): string {
    return `10.86.0.${this.number}`;
  }

  async configure(): Promise<void> {
    await ip(
      ["link set lo up", `address add ${this.address}/24 dev ${DEVICE}`],
      this.namespace,
    );
    await this.linkUp();
  }

  start(...command: string[]): LabProcess {
    const process = new LabProcess(this.namespace, command);
    this.#started(process);
    return process;
  }

  async run(...command: string[]): Promise<ProcessResult> {
    await using process = this.start(...command);
    return await process.ended();
  }

  async linkDown(): Promise<void> {
    await ip([`link set ${DEVICE} down`], this.namespace);
  }

  /** The kernel forgets routes when a link goes down. */
  async linkUp(): Promise<void> {
    await ip(
      [`link set ${DEVICE} up`, `route replace 224.0.0.0/4 dev ${DEVICE}`],
      this.namespace,
    );
  }

  async bytes(): Promise<HostBytes> {
    const folder = `/sys/class/net/${DEVICE}/statistics`;
    const { stdout } = await this.run("cat", `${folder}/tx_bytes`, `${folder}/rx_bytes`);
    const [sent = NaN, received = NaN] = stdout.trim().split("\n").map(Number);
    return { sent, received };
  }
}
