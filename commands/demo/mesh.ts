import { pause } from "../../src/cli/watch.ts";
import { selfCommand } from "../../src/cli/self.ts";
import { ControlClient } from "../../src/control/client.ts";
import type { NodeView } from "../../src/control/contract.ts";
import type { ElectionView, ExplanationView } from "../../src/control/election_contract.ts";
import { runFilePath } from "../../src/control/places.ts";
import { readRunFile } from "../../src/control/registry.ts";
import { bind, closeSocket, createUdpSocket } from "../../src/net/udp_socket.ts";

const LOOPBACK = "127.0.0.1";
/** Looking costs the nodes time as well, which they may be short of. */
const LOOK_MS = 20;
const PATIENCE_MS = 60_000;
const ANSWER_MS = 5_000;

/** How long a node may take to say goodbye before it is killed. */
const GRACE_MS = 3_000;

/** What a node printed last, for when it does not come up. */
const TAIL_LENGTH = 2_000;

/** A node at which something held, and how long that took. */
export interface Passed {
  readonly name: string;
  readonly ms: number;
}

interface DemoNode {
  readonly process: Deno.ChildProcess;
  readonly printed: Promise<void>;
  tail: string;
  ended: boolean;
}

/** Real nodes on this machine, in a private folder. All of them end when the mesh is disposed of. */
export class DemoMesh implements AsyncDisposable {
  readonly names: readonly string[];
  readonly #folder: string;
  readonly #beaconPort: number;
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, DemoNode>();
  readonly #paused = new Set<string>();

  private constructor(names: string[], folder: string, beaconPort: number, signal: AbortSignal) {
    this.names = names;
    this.#folder = folder;
    this.#beaconPort = beaconPort;
    this.#signal = signal;
  }

  static async create(size: number, signal: AbortSignal): Promise<DemoMesh> {
    const width = String(size).length;
    const names = Array.from(
      { length: size },
      (_, index) => `node-${String(index + 1).padStart(width, "0")}`,
    );
    const beaconPort = await freeUdpPort();
    const folder = await Deno.makeTempDir({ prefix: "peat-demo-" });
    const mesh = new DemoMesh(names, folder, beaconPort, signal);
    await mesh.#createFormation("demo");
    return mesh;
  }

  /** Starts a node's process. It is not ready yet. */
  start(name: string): void {
    this.#start(name, this.#formationPath("demo"));
  }

  /** Starts a node of a formation that has the demo's name and not its secret. */
  async startStranger(name: string): Promise<void> {
    await this.#createFormation("elsewhere");
    this.#start(name, this.#formationPath("elsewhere"));
  }

  #start(name: string, formationPath: string): void {
    const { command, args } = selfCommand([
      ...["node", "run", "--id", name, "--profile", "fast", "--interface", LOOPBACK],
      ...["--beacon-port", String(this.#beaconPort), "--data-dir", this.#dataDir(name)],
      ...["--port", "0", "--runtime-dir", `${this.#folder}/run`],
      ...["--cell", "demo", "--capability", `compute=${this.#confidenceOf(name)}`],
      ...["--formation", formationPath],
    ]);
    const process = new Deno.Command(command, {
      args: [...args],
      clearEnv: true,
      env: ownEnvironment(),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const node: DemoNode = {
      process,
      printed: follow(process, (tail) => node.tail = tail),
      tail: "",
      ended: false,
    };
    process.status.then(() => node.ended = true);
    this.#running.set(name, node);
  }

  pid(name: string): number {
    return this.#node(name).process.pid;
  }

  /** The process ends at once and can tell nobody. */
  async kill(name: string): Promise<void> {
    await this.#end(name, "SIGKILL");
  }

  /** The process says goodbye first. */
  async stop(name: string): Promise<void> {
    await this.#end(name, "SIGTERM");
  }

  /** The process stands still, and hears and says nothing, */
  pause(name: string): void {
    this.#paused.add(name);
    this.#node(name).process.kill("SIGSTOP");
  }

  /** and goes on from where it stood. */
  resume(name: string): void {
    if (this.#paused.delete(name)) this.#node(name).process.kill("SIGCONT");
  }

  /** Whom the node knows, or nobody while it cannot be asked. */
  async seenBy(name: string): Promise<NodeView[]> {
    return await this.#client(name)?.nodes().catch(() => []) ?? [];
  }

  /** Who leads the cell, as the node sees it; nothing while it cannot be asked. */
  async electionAt(name: string): Promise<ElectionView | undefined> {
    return await this.#client(name)?.election().catch(() => undefined);
  }

  /** Why that one leads, as the node sees it. */
  async explanationAt(name: string): Promise<ExplanationView> {
    return await this.control(name).explanation();
  }

  /** Asks the node, which has to run. */
  control(name: string): ControlClient {
    const client = this.#client(name);
    if (client === undefined) throw new Error(`${name} does not run`);
    return client;
  }

  /** The same for anything that each can be asked. */
  untilAsked(
    names: readonly string[],
    since: number,
    test: (control: ControlClient) => Promise<boolean>,
  ): Promise<Passed[]> {
    return this.#untilEach(names, since, (name) => test(this.control(name)));
  }

  /** How many datagrams the node refused because they were not sealed with its secret. */
  async refusedBy(name: string): Promise<number> {
    const status = await this.#client(name)?.status().catch(() => undefined);
    return status?.rejected["badSeal"] ?? 0;
  }

  /** Waits until the node refused something more than that, and answers how long it took. */
  async untilRefused(name: string, before: number, since: number): Promise<number> {
    while (await this.refusedBy(name) <= before) {
      this.#checkPatience(name, since);
      await pause(LOOK_MS, this.#signal);
    }
    return Math.round(performance.now() - since);
  }

  /**
   * Waits until what each of the nodes sees passes the test. Answers, for each in the order in
   * which they did, how long after `since` it was.
   */
  until(
    names: readonly string[],
    since: number,
    test: (seen: readonly NodeView[]) => boolean,
  ): Promise<Passed[]> {
    return this.#untilEach(names, since, async (name) => test(await this.seenBy(name)));
  }

  /** The same for what each sees of the election. */
  untilLed(
    names: readonly string[],
    since: number,
    test: (election: ElectionView) => boolean,
  ): Promise<Passed[]> {
    return this.#untilEach(names, since, async (name) => {
      const election = await this.electionAt(name);
      return election !== undefined && test(election);
    });
  }

  async #untilEach(
    names: readonly string[],
    since: number,
    holdsAt: (name: string) => Promise<boolean>,
  ): Promise<Passed[]> {
    const passed: Passed[] = [];
    await Promise.all(names.map(async (name) => {
      while (!await holdsAt(name)) {
        this.#checkPatience(name, since);
        await pause(LOOK_MS, this.#signal);
      }
      passed.push({ name, ms: Math.round(performance.now() - since) });
    }));
    return passed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#end(name, "SIGTERM")));
    await Deno.remove(this.#folder, { recursive: true });
  }

  #checkPatience(name: string, since: number): void {
    this.#signal.throwIfAborted();
    const { ended, tail } = this.#node(name);
    if (ended) throw new Error(`${name} ended by itself: ${tail.trim()}`);
    if (performance.now() - since > PATIENCE_MS) {
      const waited = `${name} has not come so far after ${PATIENCE_MS / 1_000} s`;
      throw new Error(
        `${waited}${isBusy() ? ", on a machine that is busy with other things" : ""}`,
      );
    }
  }

  async #end(name: string, signal: Deno.Signal): Promise<void> {
    const { process, printed, ended } = this.#node(name);
    if (!ended) process.kill(signal);
    this.resume(name); // Whoever stands still would not hear of it.
    const killer = setTimeout(() => process.kill("SIGKILL"), GRACE_MS);
    await process.status;
    clearTimeout(killer);
    await printed;
    this.#running.delete(name);
  }

  #client(name: string): ControlClient | undefined {
    const run = readRunFile(runFilePath(this.#dataDir(name)));
    return run && new ControlClient(run.socket, ANSWER_MS);
  }

  #node(name: string): DemoNode {
    const node = this.#running.get(name);
    if (node === undefined) throw new Error(`${name} does not run`);
    return node;
  }

  async #createFormation(file: string): Promise<void> {
    const { createFormation } = await import("../../src/security/formation_life.ts");
    const { createFormationFile } = await import("../../src/security/formation_record.ts");
    createFormationFile(this.#formationPath(file), createFormation("demo", "shared", Date.now()));
  }

  #formationPath(file: string): string {
    return `${this.#folder}/${file}.formation.json`;
  }

  /** The first node can do most, so that everybody knows who should lead. */
  #confidenceOf(name: string): string {
    const place = this.names.indexOf(name);
    // A stranger is in no cell of these, whatever it can do.
    return (1 - 0.5 * Math.max(0, place) / this.names.length).toFixed(3);
  }

  #dataDir(name: string): string {
    return `${this.#folder}/${name}`;
  }
}

/** What is set for this user's own node is not meant for the nodes of the demo. */
function ownEnvironment(): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject());
  return Object.fromEntries(
    entries.filter(([name]) => !name.startsWith("PEAT_") || name === "PEAT_EXECUTABLE"),
  );
}

async function follow(process: Deno.ChildProcess, keep: (tail: string) => void): Promise<void> {
  let tail = "";
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    tail = (tail + text).slice(-TAIL_LENGTH);
    keep(tail);
  }
}

/** Nobody else beacons on a port that was free a moment ago. */
async function freeUdpPort(): Promise<number> {
  const socket = await createUdpSocket("IPv4");
  await bind(socket, LOOPBACK, 0);
  const { port } = socket.address();
  await closeSocket(socket);
  return port;
}

/** Whether far more wants to run than there are processors for. */
function isBusy(): boolean {
  return (Deno.loadavg()[0] ?? 0) > 4 * navigator.hardwareConcurrency;
}
