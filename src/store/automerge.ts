export type Automerge = typeof import("@automerge/automerge/slim");

let loaded: Promise<Automerge> | undefined;

/**
 * Automerge, ready for use. Its code and its wasm take tens of milliseconds to load, so only what
 * needs documents asks for it, and only once.
 */
export function loadAutomerge(): Promise<Automerge> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Automerge> {
  const automerge = await import("@automerge/automerge/slim");
  // The package's own entries find their wasm by ways that a bundle breaks, or carry it as base64,
  // which takes ten times as long to load as the bytes.
  await automerge.initializeWasm(Deno.readFileSync(wasmPath()));
  return automerge;
}

/** The build puts the file beside the code; the source finds it in the package. */
function wasmPath(): string | URL {
  const isSource = import.meta.url.endsWith("/src/store/automerge.ts");
  if (isSource) return new URL(import.meta.resolve("@automerge/automerge/automerge.wasm"));
  return `${import.meta.dirname}/automerge.wasm`;
}
