/** The machines that `deno compile` can make an executable for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

export type Target = (typeof TARGETS)[number];

/** The machine that the build runs on. */
export function hostTarget(): Target {
  return parseTarget(Deno.build.target);
}

/** Reads `host`, `all`, or targets separated by commas. */
export function parseTargets(text: string): readonly Target[] {
  if (text === "all") return TARGETS;
  return text.split(",").map((name) => name === "host" ? hostTarget() : parseTarget(name));
}

/** Where the executable for a target goes; the host's has the plain name. */
export function outputFile(target: Target): string {
  const name = target === hostTarget() ? "peat" : `peat-${target}`;
  return target.includes("windows") ? `dist/${name}.exe` : `dist/${name}`;
}

function parseTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target) return target;
  throw new Error(
    `Cannot build for ${name}: the targets are host, all, ${TARGETS.join(", ")}`,
  );
}
