import { usageFailure } from "../src/cli/failure.ts";
import { isNodeId } from "../src/core/kernel/ids.ts";

/** A name that nodes and cells can have, or nothing when nothing was said. */
export function checkedName(what: string, name: string | undefined): string | undefined {
  if (name === undefined || isNodeId(name)) return name;
  throw usageFailure(
    `Cannot use ${JSON.stringify(name)} as a ${what}: it is not 1 to 64 letters, digits, dots, ` +
      "dashes and underscores, the first a letter or digit",
  );
}
