import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";

/** `peat help state`. */
export function stateText(paint: Paint): string {
  return sections(
    "Documents are what many may write and all must agree on. Every node of a formation has them on\n" +
      "its own disk, reads and writes them there at once, and brings them to the others whenever they\n" +
      "can be reached. What two nodes wrote meanwhile to different fields is in the result; of two\n" +
      "that wrote the same field one wins, the same one everywhere.",
    section("EXAMPLES", [
      ['peat state put notes/plan-1 \'{"route": "north"}\'', "the document's value from now on"],
      ["peat state put notes/plan-1 '{\"eta\": 12}' --merge", "set some of its fields"],
      ["peat state put notes/plan-1 '{}' --merge --wait='peers>=2'", "until two peers have it"],
      ["peat state get notes/plan-1", "its value here"],
      ["peat state watch", "every document there is, and whatever becomes of them"],
      ["peat state watch notes -o ndjson", "what changes in a collection"],
      ["peat state delete notes/plan-1 --yes", "it is gone everywhere, for good"],
      ["peat state ls", "what there is, who wrote it, who has it"],
    ], paint),
    section("WHO MAY WRITE WHAT", [
      [
        "nodes/NODE, capabilities/NODE",
        "that node alone; so may outcomes/NODE:… and tracks/NODE:…",
      ],
      ["cells/CELL", "members of that cell"],
      ["rollouts/…, commands/…", "whoever has the role operator or admin"],
      ["any other name", "any member of the formation"],
    ], paint),
    "Each change carries its author's signature for good and is checked wherever it comes, whoever\n" +
      "brought it. What is refused is counted: `peat node status` shows `documents.refused…`.",
    section("WHERE THEY GO, AND FOR HOW LONG", [
      ["nodes, capabilities, outcomes", "everywhere; only the latest is kept"],
      ["tracks", "everywhere; only the latest, until an hour after it was written last"],
      ["contact_reports", "to whoever leads the cell"],
      ["commands", "to those who are led"],
      ["notices", "to peers beside"],
      ["any other name", "everywhere, with all its history"],
    ], paint),
    `${paint.strong("LIMITS")}
  A document has up to 4 MiB of changes, each of up to 64 KiB; a node has 4,096 documents. A value is
  an object of up to 1,024 fields; a list is one field. A deletion is remembered for a week: whoever
  was away for longer comes back without the documents of others, and is given them again.`,
  );
}
