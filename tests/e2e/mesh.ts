import { runPeat, startPeat } from "./harness.ts";

/** Ports of this run, so that two tests, or two runs on one machine, never hear each other. */
let nextPort = 20_000 + Math.floor(Math.random() * 20_000);

/** One test's mesh on loopback: its folder, its beacon port, its nodes with timers that run fast. */
export class TestMesh {
  readonly beaconPort = nextPort++;

  constructor(readonly folder: string) {}

  dataDir(id: string): string {
    return `${this.folder}/${id}`;
  }

  /** Starts a node; it is ready once it printed so. */
  start(id: string, ...more: string[]) {
    return startPeat([
      ...["node", "run", "--id", id, "--interface", "127.0.0.1", "--profile", "fast"],
      ...["--beacon-port", String(this.beaconPort), "--data-dir", this.dataDir(id)],
      ...["--runtime-dir", this.runtimeDir, ...more],
    ]);
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
  async untilSeen(id: string, peer: string, state: string, timeoutMs = 10_000) {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const nodes = await this.json(id, "nodes");
      const found = nodes.find((node: { nodeId: string }) => node.nodeId === peer);
      if (found?.state === state) return found;
      if (performance.now() > giveUpAt) {
        throw new Error(`Cannot see ${peer} as ${state} from ${id}: ${JSON.stringify(nodes)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
