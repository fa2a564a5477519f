import type { TestProcess } from "./test_process.ts";

/** What a node says when this machine has kept it waiting, which is no doing of a test. */
const STALLED = /^\S+Z warn {2}stalled stalledMs=\d/;

/** The lines that a node printed for people, but for how long this machine kept it waiting. */
export function saidBy(node: TestProcess): string[] {
  return node.stderr().split("\n").filter((line) => line !== "" && !STALLED.test(line));
}
