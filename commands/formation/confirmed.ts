import { usageFailure } from "../../src/cli/failure.ts";

const LONGEST_ANSWER_BYTES = 16;

/** Goes on when `--yes` was given or a person at the terminal agrees, and fails otherwise. */
export function confirmed(what: string, isAllowed: boolean): void {
  if (isAllowed) return;
  if (Deno.stdin.isTerminal() && Deno.stderr.isTerminal() && ask(what)) return;
  throw usageFailure(`Cannot ${what}: nobody has agreed to it`, "add --yes");
}

/** Asks on standard error, since standard output carries data only. */
function ask(what: string): boolean {
  Deno.stderr.writeSync(new TextEncoder().encode(`Do you want to ${what}? [y/N] `));
  const answer = new Uint8Array(LONGEST_ANSWER_BYTES);
  const length = Deno.stdin.readSync(answer) ?? 0;
  return /^y(es)?$/i.test(new TextDecoder().decode(answer.subarray(0, length)).trim());
}
