/** Where running nodes of one user are found. All paths here are absolute or as they were given. */
export type Environment = (name: string) => string | undefined;

/** The longest path that the kernel binds a socket to, without its closing zero. */
export const SOCKET_PATH_LIMIT_BYTES = 107;

/** The directory that holds a data directory for each of the user's nodes. */
export function stateHome(env: Environment): string {
  const home = nonEmpty(env("XDG_STATE_HOME")) ?? `${nonEmpty(env("HOME")) ?? "/"}/.local/state`;
  return `${home}/peat`;
}

/** Where a node with this id keeps its data when nobody says otherwise. */
export function defaultDataDirectory(env: Environment, nodeId: string | undefined): string {
  return `${stateHome(env)}/${nodeId ?? "node"}`;
}

/** Where running nodes announce themselves. */
export function defaultRuntimeDirectory(env: Environment): string {
  const runtime = nonEmpty(env("XDG_RUNTIME_DIR"));
  return runtime === undefined ? `/tmp/peat-${Deno.uid() ?? 0}` : `${runtime}/peat`;
}

export function runFilePath(dataDirectory: string): string {
  return `${dataDirectory}/run.json`;
}

export function fitsSocketPath(path: string): boolean {
  return new TextEncoder().encode(path).byteLength <= SOCKET_PATH_LIMIT_BYTES;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
