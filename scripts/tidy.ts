/**
 * Fails when the house is not in order, and says for each finding where, what, and what instead.
 * Each check keeps its rules in a table at the top of its file: who may import whom in
 * `tidy/arrows.ts`, what the core must not say in `tidy/words.ts`. Runs with the tests.
 */
import { checkArrows } from "./tidy/arrows.ts";
import { checkCircles } from "./tidy/circles.ts";
import { checkDeadFiles } from "./tidy/dead_files.ts";
import { checkFiles } from "./tidy/files.ts";
import { type Finding, printFinding } from "./tidy/finding.ts";
import { checkSpecs } from "./tidy/specs.ts";
import { checkTests } from "./tidy/tests.ts";
import { readTree } from "./tidy/tree.ts";
import { checkWords } from "./tidy/words.ts";

/** Every check, in the order in which its findings are printed. */
const CHECKS = [
  checkArrows,
  checkCircles,
  checkWords,
  checkFiles,
  checkDeadFiles,
  checkTests,
  checkSpecs,
];

export function tidy(root: string): Finding[] {
  const tree = readTree(root);
  return CHECKS.flatMap((check) => check(tree));
}

if (import.meta.main) {
  const findings = tidy(Deno.args[0] ?? `${import.meta.dirname}/..`);
  for (const finding of findings) console.error(printFinding(finding));
  console.error(findings.length === 0 ? "tidy" : `${findings.length} things to tidy`);
  Deno.exit(findings.length === 0 ? 0 : 1);
}
