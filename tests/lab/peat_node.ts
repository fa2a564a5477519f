import { ControlClient } from "../../src/control/client.ts";
import type { NodeView } from "../../src/control/contract.ts";
import { OperatingError } from "../../src/core/kernel/operating_error.ts";
import type { ProfileName } from "../../src/core/profile.ts";
import { peatCommand } from "../e2e/harness.ts";
import type { LabHost } from "./lab_host.ts";
import type { LabProcess } from "./lab_process.ts";
import type { Viewer } from "./viewer.ts";

const ANSWER_MS = 5_000;

export interface NodeOptions {
  readonly profile?: ProfileName;
  /** Put before the command, such as `env NAME=value`. */
  readonly prefix?: readonly string[];
}

/** The command line of a node. Its socket is in the folder, where it is reached from any host. */
function nodeCommand(host: LabHost, { profile = "fast", prefix = [] }: NodeOptions): string[] {
  return [
    ...prefix,
    ...peatCommand(),
    ...["node", "run", "--id", host.name, "--profile", profile],
    ...["--data-dir", dataDirOf(host), "--runtime-dir", `${host.folder}/run`],
    ...["--socket", socketOf(host)],
  ];
}

function dataDirOf(host: LabHost): string {
  return `${host.folder}/peat`;
}

function socketOf(host: LabHost): string {
  return `${host.folder}/peat.sock`;
}

/** A real node on a host of the lab. */
export class PeatNode implements Viewer {
  readonly host: LabHost;
  readonly process: LabProcess;
  readonly control: ControlClient;

  constructor(host: LabHost, options: NodeOptions = {}) {
    this.host = host;
    this.process = host.start(...nodeCommand(host, options));
    this.control = new ControlClient(socketOf(host), ANSWER_MS);
  }

  get name(): string {
    return this.host.name;
  }

  get dataDir(): string {
    return dataDirOf(this.host);
  }

  async ready(): Promise<void> {
    await this.process.line(/^ready/);
  }

  /** What `peat nodes --json` prints; nobody while the node cannot be reached yet. */
  async nodes(): Promise<NodeView[]> {
    this.process.throwIfEnded();
    try {
      return await this.control.nodes();
    } catch (error) {
      if (error instanceof OperatingError && error.code === "node-not-running") return [];
      throw error;
    }
  }

  async alive(): Promise<ReadonlySet<string>> {
    const alive = (await this.nodes()).filter(({ state }) => state === "alive");
    return new Set(alive.map(({ nodeId }) => nodeId));
  }
}

/** Starts a node on every host, and returns when each can be reached. */
export async function startNodes(
  hosts: readonly LabHost[],
  options?: NodeOptions,
): Promise<PeatNode[]> {
  const nodes = hosts.map((host) => new PeatNode(host, options));
  await Promise.all(nodes.map((node) => node.ready()));
  return nodes;
}
