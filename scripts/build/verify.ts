import { sha256File } from "./digest.ts";
import { mustRun } from "./process.ts";

/** Folders of different depth and length, because paths are what most often leaks into a build. */
const PLACES = ["a", "another/and/deeper/place"];

/** Clones the commit into two places, builds it in both, and compares the executables. */
export async function verifyReproducible(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "peat-verify-" });
  try {
    const digests = [];
    for (const place of PLACES) digests.push(await buildClone(`${folder}/${place}`));
    const [first, second] = digests;
    if (first !== second) {
      throw new Error(`Cannot reproduce dist/peat: two places gave ${first} and ${second}`);
    }
    console.log(`sha256  ${first}  from ${PLACES.length} places`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function buildClone(clone: string): Promise<string> {
  await mustRun("git", ["clone", "--quiet", ".", clone]);
  await mustRun(Deno.execPath(), ["run", "-A", "scripts/build.ts"], { cwd: clone });
  return sha256File(`${clone}/dist/peat`);
}
