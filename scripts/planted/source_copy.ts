import type { PlantedBug } from "./planted_bug.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What it takes to run peat from source, without tests and tools. */
const NEEDED = ["main.ts", "deno.json", "deno.lock", "commands", "src"];

/**
 * A copy of the source, in which one bug after the other is planted. It is one for all of them, since
 * the runtime compiles again whatever it finds in another folder.
 */
export class SourceCopy implements AsyncDisposable {
  readonly path: string;
  readonly #isKept: boolean;
  /** The file that a bug stands in, as it was. */
  #planted: { readonly path: string; readonly source: string } | undefined;

  private constructor(path: string, isKept: boolean) {
    this.path = path;
    this.#isKept = isKept;
  }

  /** In a folder that is named, and then stays, or in one that ends with the copy. */
  static async make(keep?: string): Promise<SourceCopy> {
    const path = keep ?? await Deno.makeTempDir({ prefix: "peat-planted-" });
    const made = new SourceCopy(path, keep !== undefined);
    await Deno.mkdir(path, { recursive: true });
    for (const name of NEEDED) await copy(`${ROOT}${name}`, `${path}/${name}`);
    return made;
  }

  /** Answers why the bug has no place in the source, or undefined once it is in it. */
  async plant({ file, find, replace }: PlantedBug): Promise<string | undefined> {
    await this.uproot();
    const path = `${this.path}/${file}`;
    const source = await Deno.readTextFile(path);
    const count = source.split(find).length - 1;
    if (count !== 1) return `its place stands ${count} times in ${file}`;
    await Deno.writeTextFile(path, source.replace(find, () => replace));
    this.#planted = { path, source };
    return undefined;
  }

  /** Takes the bug out again. */
  async uproot(): Promise<void> {
    if (this.#planted === undefined) return;
    await Deno.writeTextFile(this.#planted.path, this.#planted.source);
    this.#planted = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await Deno.remove(this.path, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    await copy(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}
