import { ControlClient } from "../../src/control/client.ts";
import type { NodeView } from "../../src/control/contract.ts";
import { OperatingError } from "../../src/core/kernel/operating_error.ts";
import type { ProfileName } from "../../src/core/profile.ts";
import { createFormation } from "../../src/security/formation_life.ts";
import { createFormationFile } from "../../src/security/formation_record.ts";
import { privateFileExists } from "../../src/security/private_file.ts";
import { peatCommand } from "../e2e/harness.ts";
import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import type { Viewer } from "./viewer.ts";

/** A machine that does much else keeps whoever asks waiting too. */
const ANSWER_MS = 60_000;

export interface NodeOptions {
  readonly profile?: ProfileName;
  /** Put after the command. */
  readonly words?: readonly string[];
  /** Put before the command, such as `env NAME=value`. */
  readonly prefix?: readonly string[];
  /** Lets the node print what happens to it, so that a look at it costs it nothing. */
  readonly prints?: boolean;
}

/** The command line of a node. Its socket is in the folder, where it is reached from any host. */
function nodeCommand(host: LabHost, options: NodeOptions): string[] {
  const { profile = "fast", prefix = [], words = [], prints = false } = options;
  return [
    ...prefix,
    ...peatCommand(),
    ...["node", "run", "--id", host.name, "--profile", profile],
    ...["--data-dir", dataDirOf(host), "--runtime-dir", `${host.folder}/run`],
    ...["--socket", socketOf(host), "--formation", formationOf(host)],
    ...(prints ? ["--output", "ndjson"] : []),
    ...words,
  ];
}

/** All hosts of a lab are in one formation, which the first that asks for it makes. */
function formationOf({ folder }: LabHost): string {
  const path = `${folder}/../formation.json`;
  if (!privateFileExists(path)) {
    createFormationFile(path, createFormation("lab", "shared", Date.now()));
  }
  return path;
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
  readonly process: TestProcess;
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

  alive(): Promise<ReadonlySet<string>> {
    return this.#those(({ state }) => state === "alive");
  }

  /** The view of those that the node has a connection with, and of itself. */
  get links(): Viewer {
    const alive = () => this.#those(({ self, connected }) => self === true || connected === true);
    return { name: this.name, alive };
  }

  async #those(holds: (view: NodeView) => boolean): Promise<ReadonlySet<string>> {
    return new Set((await this.nodes()).filter(holds).map(({ nodeId }) => nodeId));
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
