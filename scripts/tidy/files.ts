import type { Finding } from "./finding.ts";
import type { Tree } from "./tree.ts";

/** Past this a file holds more than one concept. */
const LONGEST_LINES = 400;
const MEASURED = /^(?:main\.ts$|src\/|commands\/|scripts\/)/;

export function checkFiles(tree: Tree): Finding[] {
  return [...findLongFiles(tree), ...findPackages(tree)];
}

function findLongFiles(tree: Tree): Finding[] {
  return tree.sources.filter(({ path }) => MEASURED.test(path))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LONGEST_LINES)
    .map(({ path, lines }) => ({
      path,
      line: LONGEST_LINES + 1,
      message: `has ${lines} lines, more than ${LONGEST_LINES}; split it by concept`,
    }));
}

/** Either of these makes Deno resolve imports from it, and a build swallow all of it. */
function findPackages(tree: Tree): Finding[] {
  return [...tree.paths, ...tree.folders]
    .filter((path) => /(?:^|\/)(?:package\.json|node_modules)$/.test(path))
    .map((path) => ({ path, line: 1, message: "must not be here; use the imports in deno.json" }));
}
