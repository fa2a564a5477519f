import type { Finding } from "./finding.ts";
import { lineAt, type Tree } from "./tree.ts";

/** One of these silences every other test of its file. */
const ONLY = /\.only\s*\(|\bonly:\s*true\b/g;

/** One of these silences a test, which needs a reason beside it that a person can check. */
const IGNORE = /\.ignore\s*\(|\bignore:\s*true\b/g;

export function checkTests(tree: Tree): Finding[] {
  return tree.sources.filter(({ path }) => path.startsWith("tests/")).flatMap((file) => {
    const commentLines = file.comments.split("\n");
    const find = (pattern: RegExp) =>
      [...file.code.matchAll(pattern)].map((match) => lineAt(file.text, match.index));
    const hasReason = (line: number) =>
      [line - 1, line].some((number) => commentLines[number - 1]?.trim());
    return [
      ...find(ONLY).map((line) => ({
        path: file.path,
        line,
        message: "silences the other tests; remove `only`",
      })),
      ...find(IGNORE).filter((line) => !hasReason(line)).map((line) => ({
        path: file.path,
        line,
        message: "is ignored without a reason; say why in a comment beside it",
      })),
    ];
  });
}
