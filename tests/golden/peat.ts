import { selfCommand } from "../../src/cli/self.ts";

export interface PeatOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** An empty home directory for as long as `use` takes. Its path has one length everywhere, as tables do. */
export async function withHome<T>(use: (home: string) => Promise<T>): Promise<T> {
  // The runtime's own temporary names are now and then one letter shorter.
  const home = `/tmp/peat-golden-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  await Deno.mkdir(home, { mode: 0o700 });
  try {
    return await use(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Runs peat from this source, with nothing of this user's environment. */
export async function runPeat(words: readonly string[], options: PeatOptions) {
  const process = startPeat(words, options);
  const [output] = await Promise.all([process.output(), feed(process.stdin, options.stdin ?? "")]);
  const { code, stdout, stderr } = output;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts peat and leaves its input open. */
export function startPeat(words: readonly string[], options: PeatOptions) {
  const { command, args } = selfCommand(words);
  return new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: environment(options),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a line of bash in which `peat` is this source. */
export async function runShell(line: string, options: PeatOptions) {
  const { command, args } = selfCommand();
  const words = [command, ...args].map((word) => `'${word}'`).join(" ");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `peat() { ${words} "$@"; }\nset -o pipefail\n${line}`],
    clearEnv: true,
    env: environment(options),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function environment({ home, env = {} }: PeatOptions): Record<string, string> {
  const kept = ["PATH", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  // A cache of its own would be filled anew for every line, so the user's own serves.
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return {
    ...Object.fromEntries(kept),
    DENO_DIR: cache,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    LANG: "C.UTF-8",
    ...env,
  };
}

async function feed(stdin: WritableStream<Uint8Array>, content: string | Uint8Array) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const writer = stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // A command that does not read its input may end before it has taken it.
    await writer.abort().catch(() => {});
  }
}
