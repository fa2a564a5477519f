import type { Finding } from "./finding.ts";
import type { Tree } from "./tree.ts";

/** What is started by name and not by an import. */
const ENTRIES = [
  /^main\.ts$/,
  /^scripts\/[^/]+\.ts$/,
  /^scripts\/bench\/[^/]+\.ts$/,
  /^tests\/.*_test\.ts$/,
];

export function checkDeadFiles(tree: Tree): Finding[] {
  const imported = new Set(
    tree.sources.flatMap((file) =>
      file.imports.map(({ path }) => path).filter((path) => path !== file.path)
    ),
  );
  return tree.sources
    .filter(({ path }) => !imported.has(path) && !ENTRIES.some((entry) => entry.test(path)))
    .map(({ path }) => ({ path, line: 1, message: "nothing imports it; use it or delete it" }));
}
