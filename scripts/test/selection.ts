/** Which tests run side by side, which one after the other, and with what flags. */
export interface Selection {
  /** No argument chose tests, so that all of them run. */
  readonly isWhole: boolean;
  readonly together: readonly string[];
  readonly alone: readonly string[];
  readonly flags: readonly string[];
}

/** Tests here start processes and measure time, so they get the machine for themselves. */
const ALONE = ["tests/e2e", "tests/lab"];

/** Every argument that names a file or folder chooses tests; the others are the runner's. */
export function selectTests(args: readonly string[]): Selection {
  const chosen = args.filter((arg) => !arg.startsWith("-") && exists(arg)).map(normalize);
  const flags = args.filter((arg) => arg.startsWith("-") || !exists(arg));
  const paths = (chosen.length === 0 ? ["tests"] : chosen)
    .flatMap((path) => path === "tests" ? listTests() : [path]);
  return {
    isWhole: chosen.length === 0,
    together: paths.filter((path) => !runsAlone(path)),
    alone: paths.filter(runsAlone),
    flags,
  };
}

function listTests(): string[] {
  return [...Deno.readDirSync("tests")].map(({ name }) => `tests/${name}`).sort();
}

function runsAlone(path: string): boolean {
  return ALONE.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function normalize(path: string): string {
  return path.replace(/^\.\//, "").replace(/\/+$/, "");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
