import { BUNDLE_FOLDER } from "./bundle.ts";
import { sha256, sha256File } from "./digest.ts";
import { PERMISSION_FLAGS, RUNTIME_FLAGS } from "./permissions.ts";

/** The header has one size whatever it says, so that where the payload starts is known beforehand. */
const HEADER_BYTES = 32 * 1024;

/** Past this the bytes of an identifier only make paths longer. */
const ID_CHARACTERS = 16;

/**
 * Makes the executable for a build host that has no compile base: a program for sh, followed by
 * the runtime that runs this build and by the bundle.
 */
export async function makePortable(output: string, version: string): Promise<void> {
  const names = ["main.js", ...lazyFiles()];
  const files = names.map((name) => Deno.readFileSync(`${BUNDLE_FOLDER}/${name}`));
  const runtime = await gzip(await Deno.open(Deno.execPath()));
  const bundle = await gzip(new Blob(files));
  const payload = concatenate([runtime, bundle]);

  const header = fillIn(Deno.readTextFileSync(`${import.meta.dirname}/launcher.sh`), {
    VERSION: version,
    RUNTIME_ID: sha256File(Deno.execPath()).slice(0, ID_CHARACTERS),
    BUNDLE_ID: sha256(bundle).slice(0, ID_CHARACTERS),
    FLAGS: ["--cached-only", ...RUNTIME_FLAGS, ...PERMISSION_FLAGS].join(" "),
    PAYLOAD_START: `${HEADER_BYTES + 1}`,
    PAYLOAD_SHA256: sha256(payload),
    RUNTIME_BYTES: `${runtime.length}`,
    BUNDLE_START: `${HEADER_BYTES + runtime.length + 1}`,
    SPLIT_BUNDLE: names.map((name, index) => splitLine(name, files[index]!.length)).join("\n"),
  });
  Deno.writeFileSync(output, concatenate([header, payload]), { mode: 0o755 });
}

/** Everything but the entry, which comes first. */
function lazyFiles(): string[] {
  return [...Deno.readDirSync(BUNDLE_FOLDER)].map((entry) => entry.name)
    .filter((name) => name !== "main.js").sort();
}

function splitLine(name: string, sizeBytes: number): string {
  if (/[^\w.-]/.test(name)) throw new Error(`Cannot unpack ${name}: sh would misread its name`);
  return `  head -c ${sizeBytes} >${name} || return 1`;
}

function fillIn(template: string, values: Record<string, string>): Uint8Array {
  const text = template.replaceAll(/@([A-Z0-9_]+)@/g, (placeholder, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Cannot fill in ${placeholder}: it has no value`);
    return value;
  });
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > HEADER_BYTES) {
    throw new Error(`Cannot fit the launcher into ${HEADER_BYTES} bytes: it has ${bytes.length}`);
  }
  const header = new Uint8Array(HEADER_BYTES).fill("\n".charCodeAt(0));
  header.set(bytes);
  return header;
}

/**
 * The program and not the library: the library's output depends on the processor it runs on, and
 * the executable must not. Above level 6 the file shrinks by a third of a percent.
 */
async function gzip(source: { stream(): ReadableStream } | Deno.FsFile): Promise<Uint8Array> {
  const readable = "stream" in source ? source.stream() : source.readable;
  const process = new Deno.Command("gzip", {
    args: ["-n", "-6"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const [{ code, stdout }] = await Promise.all([
    process.output(),
    readable.pipeTo(process.stdin),
  ]);
  if (code !== 0) throw new Error(`Cannot compress the payload: gzip ended with ${code}`);
  return stdout;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
