import type { Finding } from "./finding.ts";
import { lineAt, type Tree } from "./tree.ts";

/**
 * A row of a SPEC.md: `| B1 | what always holds | test: "exact test title"; sim: checker-name |`.
 * A title must be that of a test in tests/, a checker must be named in src/sim.
 */
const ROW = /^\|\s*([A-Z]{1,2}\d+)\s*\|.*\|\s*([^|]*?)\s*\|\s*$/;

interface Invariant {
  readonly id: string;
  readonly proofs: string;
  readonly path: string;
  readonly line: number;
}

export function checkSpecs(tree: Tree): Finding[] {
  const invariants = [...tree.specs].flatMap(([path, text]) => readInvariants(path, text));
  return [
    ...findDuplicates(invariants),
    ...invariants.flatMap((invariant) => findMissingProofs(invariant, tree)),
    ...findUnknownCitations(invariants, tree),
  ];
}

function readInvariants(path: string, text: string): Invariant[] {
  return text.split("\n").flatMap((row, index) => {
    const [, id, proofs] = ROW.exec(row) ?? [];
    return id === undefined ? [] : [{ id, proofs: proofs ?? "", path, line: index + 1 }];
  });
}

function findDuplicates(invariants: readonly Invariant[]): Finding[] {
  const first = new Map<string, Invariant>();
  return invariants.flatMap((invariant) => {
    const other = first.get(invariant.id);
    if (!other) first.set(invariant.id, invariant);
    return other
      ? [finding(invariant, `is also defined in ${other.path}:${other.line}; renumber one`)]
      : [];
  });
}

function findMissingProofs(invariant: Invariant, tree: Tree): Finding[] {
  const titles = [...invariant.proofs.matchAll(/test: "([^"]+)"/g)].map(([, title]) => title!);
  const checkers = [...invariant.proofs.matchAll(/sim: ([\w-]+)/g)].map(([, name]) => name!);
  if (titles.length + checkers.length === 0) {
    return [finding(invariant, 'names no test that holds it; add test: "title" or sim: checker')];
  }
  return [
    ...titles.filter((title) => !hasLiteral(tree, "tests/", title))
      .map((title) => finding(invariant, `names the test "${title}", which is not in tests/`)),
    ...checkers.filter((name) => !hasLiteral(tree, "src/sim/", name))
      .map((name) => finding(invariant, `names the checker ${name}, which is not in src/sim`)),
  ];
}

/** A comment that cites `(B9)` must not outlive B9. Only prefixes that a SPEC.md uses are ours. */
function findUnknownCitations(invariants: readonly Invariant[], tree: Tree): Finding[] {
  const known = new Set(invariants.map(({ id }) => id));
  const prefixes = new Set(invariants.map(({ id }) => id.replace(/\d+$/, "")));
  return tree.sources.filter(({ path }) => /^src\/(?:core|sim)\//.test(path)).flatMap((file) =>
    [...file.comments.matchAll(/\((([A-Z]{1,2})\d+)\)/g)]
      .filter(([, id, prefix]) => prefixes.has(prefix!) && !known.has(id!))
      .map((match) => ({
        path: file.path,
        line: lineAt(file.text, match.index),
        message: `cites ${match[1]}, which no SPEC.md defines; cite one that holds`,
      }))
  );
}

function hasLiteral(tree: Tree, folder: string, text: string): boolean {
  return tree.sources.some((file) =>
    file.path.startsWith(folder) && file.literals.some((literal) => literal.text === text)
  );
}

function finding(invariant: Invariant, message: string): Finding {
  return { path: invariant.path, line: invariant.line, message: `${invariant.id} ${message}` };
}
