import assert from "node:assert/strict";

interface Dependency {
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string };
}

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

/** All that is loaded with a module, without what it imports only when it needs it. */
async function loadedWith(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", path],
    stderr: "null",
  }).output();
  const graph: { readonly modules: readonly Module[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const byName = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const visit = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { isDynamic, code } of byName.get(specifier)?.dependencies ?? []) {
      if (isDynamic !== true && code?.specifier !== undefined) visit(code.specifier);
    }
  };
  visit(`file://${path}`);
  return [...loaded];
}

const HEAVY = /^node:|automerge|protobufjs|logtape|smol-toml|\/src\/(wire|net|store|daemon|sim)\//;

const LIGHT = [
  ...["main.ts", "src/cli/help.ts", "src/cli/arguments.ts", "commands/version.ts"],
  // These only ask a running node, as long as there is one.
  ...["commands/nodes.ts", "commands/reach.ts", "commands/election.ts"],
  ...["commands/election_watch.ts", "commands/election_order.ts", "commands/node_assign.ts"],
  ...["commands/cell.ts", "commands/state.ts", "commands/state_watch.ts", "commands/query.ts"],
  "commands/capability.ts",
];

for (const path of LIGHT) {
  Deno.test(`${path} loads nothing that is slow to start`, async () => {
    const loaded = await loadedWith(new URL(`../../../${path}`, import.meta.url).pathname);
    assert.ok(loaded.length > 1);
    assert.deepEqual(loaded.filter((specifier) => HEAVY.test(specifier)), []);
  });
}

Deno.test("the parser is not loaded before a command runs", async () => {
  const main = new URL("../../../main.ts", import.meta.url).pathname;
  assert.deepEqual((await loadedWith(main)).filter((name) => name.includes("stricli")), []);
});
