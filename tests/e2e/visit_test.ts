/** Commands that join a formation by themselves, because no node runs where they are typed. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { runPeat, startPeat, temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { saidBy } from "./said.ts";
import { until } from "./until.ts";

/** A person in reach of the mesh on whose machine no node runs: a home of its own, and no more. */
class Visitor {
  readonly temporary: string;
  readonly #mesh: TestMesh;
  readonly #env: Record<string, string>;

  constructor(mesh: TestMesh) {
    const home = `${mesh.folder}/visitor`;
    this.temporary = `${home}/tmp`;
    this.#mesh = mesh;
    Deno.mkdirSync(this.temporary, { recursive: true, mode: 0o700 });
    Deno.mkdirSync(`${home}/run`, { mode: 0o700 });
    this.#env = {
      XDG_STATE_HOME: `${home}/state`,
      XDG_RUNTIME_DIR: `${home}/run`,
      TMPDIR: this.temporary,
    };
  }

  run(...words: string[]) {
    return runPeat(this.#line(words), { env: this.#env });
  }

  start(...words: string[]) {
    return startPeat(this.#line(words), { env: this.#env });
  }

  /** What the visits so far have left behind. */
  traces(): string[] {
    return [...Deno.readDirSync(this.temporary)].map(({ name }) => name);
  }

  /** Whether a visit is under way, as far as its own control socket. */
  isListening(): boolean {
    return this.traces().some((name) => {
      const folder = `${this.temporary}/${name}/node`;
      try {
        return [...Deno.readDirSync(folder)].some((entry) => entry.name === "control.sock");
      } catch {
        return false;
      }
    });
  }

  #line(words: readonly string[]): string[] {
    const { beaconPort } = this.#mesh;
    return [...words, "--interface", "127.0.0.1", "--beacon-port", String(beaconPort)];
  }
}

function names(printed: string): string[] {
  return JSON.parse(printed).map(({ nodeId }: NodeView) => nodeId);
}

Deno.test("nodes joins by itself, shows everyone, and leaves without a trace", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const visitor = new Visitor(mesh);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  await using first = mesh.start("first");
  await using second = mesh.start("second", "--capability", "sensor:thermal=0.9");
  await Promise.all([first, second].map((node) => node.line(/^ready/)));
  const { code, stdout, stderr } = await visitor.run("nodes", "--json", ...formation);
  equal(code, 0, stderr);
  const [self, ...peers]: NodeView[] = JSON.parse(stdout);
  match(self!.nodeId, /^visitor-[0-9a-f]{8}$/);
  deepEqual([self!.self, self!.transient], [true, true]);
  deepEqual(peers.map(({ nodeId, state }) => [nodeId, state]), [
    ["first", "alive"],
    ["second", "alive"],
  ]);
  equal(peers[1]!.capabilities[0]!.name, "thermal");
  deepEqual(visitor.traces(), []);
  // Its goodbye is heard, and nobody remembers somebody who only passed through.
  await mesh.untilKnown("first", ["first", "second"]);
  const wait = ["--wait=peers>=2", "--timeout", "1m"];
  const waited = await visitor.run("nodes", "--json", ...wait, ...formation);
  equal(waited.code, 0, waited.stderr);
  deepEqual(names(waited.stdout).slice(1), ["first", "second"]);
});

Deno.test("a visitor is told from those who stay, and counts for nobody's wait", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const visitor = new Visitor(mesh);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  await using watching = visitor.start(
    ...["nodes", "--watch", "--output", "ndjson", "--id", "passer-by", ...formation],
  );
  await watching.line(/"first"/, { from: "stdout" });
  const seen = await mesh.untilSeen("first", "passer-by", "alive");
  equal(seen.transient, true);
  const waited = await mesh.ask("first", "nodes", "--wait=peers>=1", "--timeout", "500ms");
  equal(waited.code, 5);
  match(waited.stderr, /none is there/);
  equal(visitor.traces().length, 1);
  equal((await watching.stop("SIGINT")).code, 130);
  await mesh.untilKnown("first", ["first"]);
  deepEqual(visitor.traces(), []);
});

Deno.test("nobody there is exit 1, with where it listened and what to type", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const visitor = new Visitor(mesh);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  const { code, stdout, stderr } = await visitor.run("nodes", "--timeout", "1s", ...formation);
  deepEqual([code, stdout], [1, ""]);
  match(
    stderr,
    /^peat: cannot find anybody of alpha: .* within 1s \(listened to 239\.255\.72\.86 /,
  );
  match(stderr, /; start one with: peat node run --formation \S+; or .* peat doctor .*\n$/);
  const waited = await visitor.run("nodes", "--wait", "--timeout", "500ms", ...formation);
  equal(waited.code, 5, waited.stderr);
  deepEqual(visitor.traces(), []);
});

Deno.test("a visit that is interrupted while it listens ends with 130 and takes its things away", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const visitor = new Visitor(mesh);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  await using looking = visitor.start("nodes", "--timeout", "2m", ...formation);
  await until("the visitor listen", () => visitor.isListening(), (isListening) => isListening);
  equal((await looking.stop("SIGINT")).code, 130);
  deepEqual([looking.stdout(), saidBy(looking), visitor.traces()], ["", [], []]);
});

Deno.test("who hears only another formation is told so, with exit 2", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const visitor = new Visitor(mesh);
  const formation = ["--formation", await createFormation(folder.path, "beta")];
  await using first = mesh.start("first");
  await first.line(/^ready/);
  for (const wait of [[], ["--wait"]]) {
    const told = await visitor.run("nodes", "--timeout", "3s", "--json", ...wait, ...formation);
    equal(told.code, 2, told.stderr);
    const { error } = JSON.parse(told.stderr);
    equal(error.code, "other-formation");
    match(error.message, /^Cannot join beta: .* and \d+ datagrams came that it cannot open$/);
  }
  deepEqual(visitor.traces(), []);
});

Deno.test("an enrolled formation is visited as the device that joined it, and as no other", async () => {
  await using folder = await temporaryFolder();
  const authority = await createFormation(folder.path, "alpha", "--kind", "enrolled");
  const mesh = new TestMesh(folder.path, { formationPath: authority });
  const visitor = new Visitor(mesh);
  const joined = `${folder.path}/joined`;
  const membership = `${joined}/formation.json`;
  await enrol(authority, "scout", joined, membership);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const words = ["nodes", "--json", "--formation", membership];
  const { code, stdout, stderr } = await visitor.run(...words, "--data-dir", joined);
  equal(code, 0, stderr);
  deepEqual(names(stdout), ["scout", "first"]);
  const stranger = await visitor.run(...words);
  equal(stranger.code, 2, stranger.stderr);
  const { error } = JSON.parse(stranger.stderr);
  match(error.hint, /--data-dir, or let this machine join: peat formation join --request /);
  deepEqual(visitor.traces(), []);
});

Deno.test("where a node runs it is asked, and nobody joins", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const formation = ["--formation", `${folder.path}/alpha.formation.json`];
  const { stdout } = await mesh.ask("first", "nodes", "--json", ...formation);
  deepEqual(names(stdout), ["first"]);
});

async function enrol(authority: string, node: string, dataDir: string, file: string) {
  const peat = async (words: readonly string[], stdin = "") => {
    const { code, stdout, stderr } = await runPeat(words, { stdin });
    equal(code, 0, stderr);
    return stdout;
  };
  const place = ["--data-dir", dataDir];
  const request = await peat(["formation", "join", "--request", "--node", node, ...place]);
  const invite = await peat(["formation", "invite", authority, "--request", "-"], request);
  await peat(["formation", "join", "-", ...place, "--out", file], invite);
}
