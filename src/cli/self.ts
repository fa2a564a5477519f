import { env } from "./terminal.ts";

/** How another peat process is started: what to run, and what comes before peat's own words. */
export interface SelfCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The launcher of a portable peat names itself here. */
export const EXECUTABLE_VARIABLE = "PEAT_EXECUTABLE";

export type BuildKind = "source" | "compiled" | "portable";

/** Whether this is the source, one executable made by the compiler, or one made by the launcher. */
export function buildKind(): BuildKind {
  if (env(EXECUTABLE_VARIABLE)) return "portable";
  return Deno.build.standalone ? "compiled" : "source";
}

/** Starts the very program that runs now, whichever way it was built. */
export function selfCommand(words: readonly string[] = []): SelfCommand {
  const kind = buildKind();
  if (kind === "portable") return { command: env(EXECUTABLE_VARIABLE) ?? "peat", args: words };
  if (kind === "compiled") return { command: Deno.execPath(), args: words };
  return {
    command: Deno.execPath(),
    args: ["run", "-A", "--no-prompt", "--unstable-net", "--quiet", mainModule(), ...words],
  };
}

/** A test's own main module is the test, so the source names `main.ts` by its place. */
export function mainModule(): string {
  const here = import.meta.url;
  const isSource = here.endsWith("/src/cli/self.ts");
  return isSource ? new URL("../../main.ts", here).href : Deno.mainModule;
}
