import { fail, type Finding, pass } from "./check.ts";
import type { RunningNode } from "./running_node.ts";

/** A program that every system has and that does nothing, and a library that every one can load. */
const PROGRAM = "true";
const LIBRARY = "libc.so.6";

const REMEDY = "peat version --check, and install this peat anew";

/** Tries what no command but the demo may do, and says what the node here may. */
export async function examinePrivileges(node: RunningNode | Finding): Promise<Finding> {
  if (await canStart(PROGRAM)) return fail("this process can start programs", REMEDY);
  if (await canLoad(LIBRARY)) return fail("this process can load foreign libraries", REMEDY);
  const refused = "starting a program and loading a library were refused";
  return "nodes" in node ? judgePrivileges(node, refused) : pass(refused);
}

/** Where the source runs, or an executable that the compiler made, nothing limits the places. */
export function judgePrivileges({ status }: RunningNode, refused: string): Finding {
  const { run, ffi, write } = status.privileges;
  if (run === "granted" || ffi === "granted") {
    const what = run === "granted" ? "start programs" : "load foreign libraries";
    return fail(
      `${status.nodeId} can ${what}`,
      "peat node stop, and start it again with this peat",
    );
  }
  const places = write.includes("/") ? "wherever this user may" : `in ${write.join(", ")} only`;
  return pass(`${refused}; ${status.nodeId} may do neither, and writes ${places}`);
}

async function canStart(program: string): Promise<boolean> {
  return await isAllowed(() => new Deno.Command(program, { stdout: "null" }).output());
}

async function canLoad(library: string): Promise<boolean> {
  return await isAllowed(() => Deno.dlopen(library, {}).close());
}

/** Whatever else goes wrong went wrong after it was allowed. */
async function isAllowed(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotCapable);
  }
}
