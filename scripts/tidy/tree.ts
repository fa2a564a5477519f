import { type Import, readImports } from "./imports.ts";
import { readSource, type Source } from "./source.ts";

/** A TypeScript file of the repository. */
export interface TypeScriptFile extends Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** The repository, read once for all checks. Paths are relative to its root, with slashes. */
export interface Tree {
  readonly paths: readonly string[];
  readonly folders: readonly string[];
  readonly sources: readonly TypeScriptFile[];
  readonly specs: ReadonlyMap<string, string>;
}

/** Not ours: history, what a build makes, and what a generator makes. */
const SKIPPED = [".git", ".deno", "dist", "src/wire/generated"];

export function readTree(root: string): Tree {
  const [paths, folders]: [string[], string[]] = [[], []];
  walk(root, "", paths, folders);
  const read = (path: string) => Deno.readTextFileSync(`${root}/${path}`);
  return {
    paths,
    folders,
    sources: paths.filter((path) => path.endsWith(".ts")).map((path) => parse(path, read(path))),
    specs: new Map(
      paths.filter((path) => /^src\/core\/.*SPEC\.md$/.test(path))
        .map((path) => [path, read(path)]),
    ),
  };
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function walk(root: string, folder: string, paths: string[], folders: string[]): void {
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED.includes(path)) continue;
    if (entry.isFile) paths.push(path);
    if (!entry.isDirectory) continue;
    folders.push(path);
    // That it exists is a finding; what lies in it is not ours.
    if (entry.name !== "node_modules") walk(root, path, paths, folders);
  }
  paths.sort();
}

function parse(path: string, text: string): TypeScriptFile {
  const source = readSource(text);
  return { path, text, ...source, imports: readImports(path, text, source) };
}
