import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";

/** `peat help cells`. */
export function cellsText(paint: Paint): string {
  return sections(
    "A node is in one cell, or in none. Three things put it in one, and the later word holds.",
    section("EXAMPLES", [
      ["peat node run --cell red", "it begins in that cell"],
      ["peat node run --cell auto --position 52.52,13.405", "in that of the place where it is"],
      ["peat node run", "in none, until an operator assigns it"],
      ["peat node assign drone-7 --cell red --wait", "wherever it is: it is in red from now on"],
      ["peat node assignments", "what became of each assignment"],
      ["peat cell status", "who is in the cell of the node here, and what it lacks"],
      ["peat cell ls", "what each cell that is known here comes to, who is lost among them"],
    ], paint),
    section("STATES OF AN ASSIGNMENT", [
      ["pending", "issued; the node was not reached yet, or has not written it down"],
      ["inProgress", "the node left its cell, and seeks the new one and the peers named with it"],
      ["completed", "it is a member, its cell has a leader, and the named peers are connected"],
      ["failed", "see the reason"],
    ], paint),
    section("REASONS", [
      ["timedOut", "the --timeout was over; `member` and `missingPeers` say how far it came"],
      ["superseded", "a later assignment of the same node took its place"],
      ["noCells", "the node only listens, or passes through"],
      ["movedOn", "the node went on to another cell before it was done"],
    ], paint),
    `${paint.strong("WHOSE WORD HOLDS")}
  An assignment is signed by the node where it is issued, which takes the role operator or admin, and
  checked by the node that it is for, and by each that hands it on. Of two the later holds, whoever
  issued them, and an earlier one that comes again is refused and counted (\`peat node status\`,
  rejected). From then on the node does not go by its place. It stays in that cell after a restart,
  unless it is started with another --cell than before. A node that failed stays where it is. The
  audit log of the issuer says whom it assigned, and that of the node by whom (\`peat formation
  audit\`).`,
  );
}
