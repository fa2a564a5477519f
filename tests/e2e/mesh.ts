import type { NodeView } from "../../src/control/contract.ts";
import { type PeatOptions, runPeat, startPeat } from "./harness.ts";

/**
 * Ports of this run, so that two tests, or two runs on one machine, never hear each other. They end
 * below those that kernels hand out to whoever asks for any.
 */
let nextPort = 20_000 + Math.floor(Math.random() * 12_000);

/** What has no time of its own to hold to may take this long on a machine that does much else. */
const PATIENCE_MS = 30_000;

/** One test's mesh on loopback: its folder, its beacon port, its nodes with timers that run fast. */
export class TestMesh {
  readonly beaconPort: number;
  readonly #membership: readonly string[];
  readonly #loopback: string;
  readonly #profile: string;

  /** Nodes without a formation, unless one is named for a node or for all. */
  constructor(
    readonly folder: string,
    { formationPath, loopback = "127.0.0.1", beaconPort = nextPort++, profile = "fast" }: {
      formationPath?: string;
      loopback?: string;
      /** That of another mesh whose nodes these shall hear. */
      beaconPort?: number;
      profile?: string;
    } = {},
  ) {
    this.beaconPort = beaconPort;
    this.#loopback = loopback;
    this.#profile = profile;
    this.#membership = formationPath === undefined ? [] : ["--formation", formationPath];
  }

  /** Whose nodes are members of one formation. */
  static async ofMembers(folder: string, profile = "fast"): Promise<TestMesh> {
    return new TestMesh(folder, { formationPath: await createFormation(folder, "alpha"), profile });
  }

  dataDir(id: string): string {
    return `${this.folder}/${id}`;
  }

  /** Starts a node; it is ready once it printed so. */
  start(id: string, ...more: string[]) {
    return this.startIn({}, id, ...more);
  }

  /** Starts a node with more in its environment. */
  startWith(env: Record<string, string>, id: string, ...more: string[]) {
    return this.startIn({ env }, id, ...more);
  }

  /** Starts a node in surroundings of its own. */
  startIn(options: Pick<PeatOptions, "env" | "through">, id: string, ...more: string[]) {
    return startPeat([
      ...["node", "run", "--id", id, "--interface", this.#loopback],
      ...["--profile", this.#profile],
      ...["--beacon-port", String(this.beaconPort), "--data-dir", this.dataDir(id)],
      ...["--port", "0", "--runtime-dir", this.runtimeDir, ...this.#membership, ...more],
    ], options);
  }

  get runtimeDir(): string {
    return `${this.folder}/run`;
  }

  /** Asks the node with this id. */
  ask(id: string, ...words: string[]) {
    return runPeat([...words, "--data-dir", this.dataDir(id), "--runtime-dir", this.runtimeDir]);
  }

  // deno-lint-ignore no-explicit-any
  async json(id: string, ...words: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.ask(id, ...words, "--json");
    if (code !== 0) throw new Error(`Cannot ask ${id}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Waits until the node sees the peer in this state, and answers how it sees it. */
  untilSeen(id: string, peer: string, state: string, timeoutMs = PATIENCE_MS) {
    return this.until(id, peer, state, (node) => node.state === state, timeoutMs);
  }

  /** Waits until the node has a connection with the peer, and answers how it sees it. */
  untilConnected(id: string, peer: string, timeoutMs = PATIENCE_MS) {
    return this.until(id, peer, "connected", ({ connected }) => connected === true, timeoutMs);
  }

  /** What the node rejected so far, by reason. */
  async rejected(id: string): Promise<Record<string, number>> {
    return (await this.json(id, "node", "status")).rejected;
  }

  async untilRejected(id: string, reason: string, least = 1): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const rejected = await this.rejected(id);
      if ((rejected[reason] ?? 0) >= least) return;
      if (performance.now() > giveUpAt) {
        throw new Error(`Cannot see ${id} count ${reason}: ${JSON.stringify(rejected)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /**
   * Waits until what the node sees of the peer holds, and answers how it sees it. A node that was
   * only just started may not be there to be asked yet.
   */
  async until(
    id: string,
    peer: string,
    what: string,
    holds: (node: NodeView) => boolean,
    timeoutMs: number,
  ) {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const { code, stdout, stderr } = await this.ask(id, "nodes", "--json");
      if (code === 0) {
        const nodes: NodeView[] = JSON.parse(stdout);
        const found = nodes.find(({ nodeId }) => nodeId === peer);
        if (found !== undefined && holds(found)) return found;
      }
      if (performance.now() > giveUpAt) {
        throw new Error(`Cannot see ${peer} as ${what} from ${id}: ${stdout}${stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Makes a formation, and answers where its file is. */
export async function createFormation(
  folder: string,
  name: string,
  ...more: string[]
): Promise<string> {
  const path = `${folder}/${name}.formation.json`;
  const { code, stderr } = await runPeat(["formation", "create", name, "--out", path, ...more]);
  if (code !== 0) throw new Error(`Cannot make formation ${name}: ${stderr}`);
  return path;
}

/** The node asks, the formation's holder answers, and the node takes the answer. */
export async function enrol(
  formationPath: string,
  id: string,
  dataDir: string,
): Promise<void> {
  const place = ["--data-dir", dataDir];
  const request = await peat(["formation", "join", "--request", "--node", id, ...place]);
  const invite = ["formation", "invite", formationPath, "--request", "-"];
  await peat(["formation", "join", "-", ...place], await peat(invite, request));
}

async function peat(args: readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await runPeat(args, { stdin });
  if (code !== 0) throw new Error(`Cannot do peat ${args.join(" ")}: ${stderr}`);
  return stdout;
}
