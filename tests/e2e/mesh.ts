import type { NodeStatus, NodeView } from "../../src/control/contract.ts";
import { freePort } from "./free_port.ts";
import { type PeatOptions, runPeat, startPeat } from "./harness.ts";
import type { TestProcess } from "./test_process.ts";
import { PATIENCE_MS, until } from "./until.ts";

/** Less than a test waits for a command, so that the command says what is missing. */
const PATIENTLY = ["--timeout", "50s"];

/** One test's mesh on loopback: its folder, its beacon port, its nodes with timers that run fast. */
export class TestMesh {
  readonly beaconPort: number;
  readonly #membership: readonly string[];
  readonly #loopback: string;
  readonly #profile: string;
  /** The nodes that were started last, by their ids. */
  readonly #nodes = new Map<string, TestProcess>();

  /** Nodes without a formation, unless one is named for a node or for all. */
  constructor(
    readonly folder: string,
    { formationPath, loopback = "127.0.0.1", beaconPort = freePort(), profile = "fast" }: {
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
    const node = startPeat([
      ...["node", "run", "--id", id, "--interface", this.#loopback],
      ...["--profile", this.#profile],
      ...["--beacon-port", String(this.beaconPort), "--data-dir", this.dataDir(id)],
      ...["--port", "0", "--runtime-dir", this.runtimeDir, ...this.#membership, ...more],
    ], options);
    this.#nodes.set(id, node);
    return node;
  }

  get runtimeDir(): string {
    return `${this.folder}/run`;
  }

  /** Asks the node with this id, once it can be asked if it was started before. */
  async ask(id: string, ...words: string[]) {
    await this.#nodes.get(id)?.readyOrEnded();
    return await this.#run(id, words);
  }

  /** Gives a command that itself waits for the node with this id, whether it runs yet or not. */
  askEarly(id: string, ...words: string[]) {
    return this.#run(id, words);
  }

  // deno-lint-ignore no-explicit-any
  async json(id: string, ...words: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.ask(id, ...words, "--json");
    if (code !== 0) throw new Error(`Cannot ask ${id}: ${stderr}`);
    return JSON.parse(stdout);
  }

  status(id: string): Promise<NodeStatus> {
    return this.json(id, "node", "status", ...PATIENTLY);
  }

  nodes(id: string): Promise<NodeView[]> {
    return this.json(id, "nodes", ...PATIENTLY);
  }

  /** Waits until the node sees the peer in this state, and answers how it sees it. */
  untilSeen(id: string, peer: string, state: string, timeoutMs?: number) {
    return this.until(id, peer, state, (node) => node.state === state, timeoutMs);
  }

  /** Waits until the node has a connection with the peer, and answers how it sees it. */
  untilConnected(id: string, peer: string, timeoutMs?: number) {
    return this.until(id, peer, "connected", ({ connected }) => connected === true, timeoutMs);
  }

  /** Waits until the node knows exactly these, itself included, in whatever order. */
  untilKnown(id: string, ids: readonly string[]): Promise<string[]> {
    const wanted = [...ids].sort().join();
    return until(
      `what ${id} knows be ${wanted}`,
      async () => (await this.nodes(id)).map(({ nodeId }) => nodeId),
      (known) => [...known].sort().join() === wanted,
    );
  }

  /** What the node rejected so far, by reason. */
  async rejected(id: string): Promise<Record<string, number>> {
    return (await this.status(id)).rejected;
  }

  async untilRejected(id: string, reason: string, least = 1): Promise<void> {
    await until(
      `${id} count ${reason}`,
      () => this.rejected(id),
      (rejected) => (rejected[reason] ?? 0) >= least,
    );
  }

  /** Waits until what the node sees of the peer holds, and answers how it sees it. */
  async until(
    id: string,
    peer: string,
    what: string,
    holds: (node: NodeView) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<NodeView> {
    const find = (nodes: NodeView[]) => nodes.find((node) => node.nodeId === peer && holds(node));
    const nodes = await until(
      `${peer} as ${what} from ${id}`,
      () => this.nodes(id),
      (seen) => find(seen) !== undefined,
      timeoutMs,
    );
    return find(nodes)!;
  }

  #run(id: string, words: readonly string[]) {
    const place = ["--data-dir", this.dataDir(id), "--runtime-dir", this.runtimeDir];
    return runPeat([...words, ...place]);
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
