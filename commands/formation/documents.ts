import { usageFailure } from "../../src/cli/failure.ts";
import { readInput } from "../../src/cli/input.ts";
import type { Output } from "../../src/cli/output.ts";
import { isNodeId } from "../../src/core/kernel/ids.ts";

/** The text of a request or an invite, from a file or from standard input. */
export async function readDocument(path: string): Promise<string> {
  const { LONGEST_DOCUMENT_BYTES } = await import("../../src/security/enrolment.ts");
  return new TextDecoder().decode(await readInput(path, LONGEST_DOCUMENT_BYTES));
}

/** Hands a document over: into a file that only its owner reads, or as it is to standard output. */
export async function handOver(
  out: Output,
  text: string,
  { path, isDryRun }: { path: string | undefined; isDryRun: boolean },
): Promise<void> {
  if (path === undefined || path === "-") return out.text(text);
  const { createPrivateFile } = await import("../../src/security/private_file.ts");
  if (!isDryRun) createPrivateFile(path, text, "the invite");
}

export function checkedName(what: string, name: string): string {
  if (isNodeId(name)) return name;
  throw usageFailure(
    `Cannot use ${JSON.stringify(name)} as a ${what}: it is not 1 to 64 letters, digits, dots, ` +
      "dashes and underscores, the first a letter or digit",
  );
}
