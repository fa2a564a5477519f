import { type BuildInfo, readBuildInfo } from "../src/cli/build_info.ts";
import { command } from "../src/cli/command.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { toggle } from "../src/cli/flags.ts";
import type { Paint } from "../src/cli/paint.ts";
import { table } from "../src/cli/table.ts";

/** Whether one of the parts that only work when the build put them in works. */
interface Part {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const version = command({
  examples: [
    ["peat version", "what runs here"],
    ["peat version --json | jq -r .commit", "the commit it was built from"],
    ["peat version --check", "prove that this executable holds all of its parts"],
  ],
  flags: { check: toggle("load every part and try it; exit 1 when one does not work") },
  async run({ flags, out }) {
    const info = readBuildInfo();
    if (!flags.check) return out.value("version", info, () => infoText(info));
    const parts = await checkParts();
    out.value("version", { ...info, parts }, () => {
      const columns = [
        { name: "part", cell: (part: Part) => part.name },
        {
          name: "works",
          cell: (part: Part) => part.ok ? "yes" : "no",
          paint: (paint: Paint, cell: string, part: Part) =>
            part.ok ? paint.good(cell) : paint.bad(cell),
        },
        { name: "detail", cell: (part: Part) => part.detail },
      ];
      return `${infoText(info)}\n\n${table(out, columns, parts)}`;
    });
    return parts.every((part) => part.ok) ? ExitCode.done : ExitCode.failed;
  },
});

function infoText(info: BuildInfo): string {
  const commit = info.commit === undefined ? "" : `, commit ${info.commit}`;
  return `peat ${info.version} (${info.kind}, Deno ${info.deno}, ${info.target}${commit})`;
}

/** Tries every part, also for `peat doctor`. */
export async function checkParts(): Promise<Part[]> {
  return [
    await tryPart("documents", checkDocuments),
    await tryPart("wire", checkWire),
    await tryPart("database", checkDatabase),
    await tryPart("streams", checkStreams),
  ];
}

/** Each check answers what it saw, and throws when the part does not do its work. */
async function tryPart(name: string, check: () => Promise<string> | string): Promise<Part> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function checkDocuments(): Promise<string> {
  const { loadAutomerge } = await import("../src/store/automerge.ts");
  const automerge = await loadAutomerge();
  const saved = automerge.save(automerge.from({ answer: 42 }));
  if (automerge.load<{ answer: number }>(saved).answer !== 42) {
    throw new Error("a document changed");
  }
  return `Automerge saved and loaded a document of ${saved.byteLength} bytes`;
}

async function checkWire(): Promise<string> {
  const { decodeToJson, encodeFromJson, listTypes } = await import("../src/wire/inspect.ts");
  const types = listTypes().filter(({ kind }) => kind === "message");
  for (const { type } of types) decodeToJson(type, encodeFromJson(type, {}));
  return `${types.length} message types were encoded and decoded`;
}

async function checkDatabase(): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(":memory:");
  const row = database.prepare("select sqlite_version() as version").get();
  return `SQLite ${row?.version} opened a database in memory`;
}

function checkStreams(): string {
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const { port } = endpoint.addr;
  endpoint.close();
  return `QUIC opened and closed UDP port ${port}`;
}
