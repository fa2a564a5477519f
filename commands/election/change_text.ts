import { printable } from "../../src/cli/printable.ts";
import type { LeaderChange } from "../../src/control/election_contract.ts";

/** A change of leader on one line, for people. */
export function changeText({ ts, cell, leaderId, term, authority, cause }: LeaderChange): string {
  const what = leaderId === undefined
    ? `nobody leads ${cell}`
    : `${leaderId} leads ${cell} in term ${term}, ${authority}`;
  return printable(`${ts}  ${what} (${cause})`);
}
