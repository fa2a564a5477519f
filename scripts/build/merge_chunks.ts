import { mustRun } from "./process.ts";

/** Files of the bundle that are loaded together, and so are better one. */
export interface Group {
  readonly name: string;
  /** What the names of the files begin with that draw all they import along. */
  readonly entries: readonly string[];
  /** What a command but these imports stays a file of its own, so that it does not load the group. */
  readonly commands?: readonly string[];
}

type Imports = readonly {
  readonly statement: string;
  readonly names: string;
  readonly file: string;
}[];

/**
 * The bundler makes a file for each set of commands that share some code, a hundred of them, and
 * every file costs a start some time however small it is. This makes one file of those that are
 * always loaded together. What was imported from one of them is imported from the whole then; a file
 * that is itself loaded by its name stays, and only hands on.
 */
export async function mergeChunks(
  folder: string,
  bundler: string,
  groups: readonly Group[],
): Promise<void> {
  const bundle = new Bundle(folder);
  const taken = new Set(["main.js"]);
  const commands = bundle.namedIn(bundle.loadedWith(["main.js"]));
  for (const { name, entries, commands: own } of groups) {
    const others = own === undefined ? [] : commands.filter((file) => !isOneOf(file, own));
    const apart = bundle.loadedWith(others);
    const members = [...bundle.loadedWith(entries.map((entry) => bundle.find(entry)))]
      .filter((file) => !taken.has(file) && !apart.has(file)).sort();
    await bundle.merge(`${name}.js`, members, bundler);
    [...members, `${name}.js`].forEach((file) => taken.add(file));
  }
}

class Bundle {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  find(beginning: string): string {
    const found = this.#files().filter((file) => isOneOf(file, [beginning]));
    if (found.length === 1) return found[0]!;
    throw new Error(`Cannot merge ${beginning}: the bundle has ${found.length} files of that name`);
  }

  /** These files with those that they cannot run without. */
  loadedWith(files: Iterable<string>): Set<string> {
    const found = new Set<string>();
    const visit = (file: string) => {
      if (found.has(file)) return;
      found.add(file);
      for (const imported of this.#importsOf(file)) visit(imported.file);
    };
    for (const file of files) visit(file);
    return found;
  }

  /** Those that these load by their names, when they need them. */
  namedIn(files: Iterable<string>): string[] {
    const pattern = /\bimport\("\.\/([^"]+)"\)/g;
    const calls = [...files].flatMap((file) => [...this.#read(file).matchAll(pattern)]);
    return [...new Set(calls.map(([_, named]) => named!))];
  }

  async merge(whole: string, members: readonly string[], bundler: string): Promise<void> {
    const renamed = new Map(members.map((file, index) => [file, this.#rename(file, index)]));
    const others = this.#files().filter((file) => !renamed.has(file));
    const entry = `${this.#folder}/entry-${whole}`;
    Deno.writeTextFileSync(entry, members.map((file) => handOn(renamed.get(file)!, file)).join(""));
    await mustRun(bundler, [
      entry,
      "--bundle",
      "--format=esm",
      "--platform=neutral",
      "--target=esnext",
      "--charset=utf8",
      "--log-level=warning",
      "--external:node:*",
      ...others.map((file) => `--external:./${file}`),
      `--outfile=${this.#folder}/${whole}`,
    ]);
    Deno.removeSync(entry);
    for (const file of others) this.#redirect(file, whole, renamed);
    const named = this.namedIn(this.#files());
    for (const [file, names] of renamed) {
      if (!named.includes(file)) Deno.removeSync(`${this.#folder}/${file}`);
      else this.#write(file, handOn(invert(names), whole));
    }
  }

  /** What a file exports, under names that no other file of the group uses. */
  #rename(file: string, index: number): Map<string, string> {
    const code = this.#read(file);
    const lists = [...code.matchAll(/^export \{([^}]*)\};?$/gm)];
    if (/^export (?!\{[^}]*\};?$)/m.test(code)) {
      throw new Error(`Cannot merge ${file}: it exports in a way that is not understood`);
    }
    const names = lists.flatMap(([_, list]) => specifiers(list!).map(({ as }) => as));
    return new Map(names.map((name) => [name, `${name}_${index}`]));
  }

  /** Lets a file import from the whole what it imported from members. */
  #redirect(
    file: string,
    whole: string,
    renamed: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ): void {
    let code = this.#read(file);
    for (const { statement, names, file: from } of this.#importsOf(file)) {
      const newNames = renamed.get(from);
      if (newNames === undefined) continue;
      const list = specifiers(names).map(({ name, as }) => `${newNames.get(name)} as ${as}`);
      const word = statement.startsWith("export") ? "export" : "import";
      const replacement = names === ""
        ? `import "./${whole}";`
        : `${word} { ${list.join(", ")} } from "./${whole}";`;
      code = code.replace(statement, () => replacement);
    }
    this.#write(file, code);
  }

  #importsOf(file: string): Imports {
    const statements = this.#read(file)
      .matchAll(/^(?:import|export) (?:\{([^}]*)\} from )?"\.\/([^"]+)";$/gm);
    return [...statements].map(([statement, names = "", from]) => ({
      statement,
      names,
      file: from!,
    }));
  }

  #files(): string[] {
    return [...Deno.readDirSync(this.#folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(".js")).sort();
  }

  #read(file: string): string {
    return Deno.readTextFileSync(`${this.#folder}/${file}`);
  }

  #write(file: string, code: string): void {
    Deno.writeTextFileSync(`${this.#folder}/${file}`, code);
  }
}

/** Names have a hash behind what tells them apart, but for the first file's. */
function isOneOf(file: string, beginnings: readonly string[]): boolean {
  return beginnings.includes(file.replace(/(-[A-Z0-9]{8})?\.js$/, ""));
}

/** Exports what another file exports, under the new names. */
function handOn(names: ReadonlyMap<string, string>, from: string): string {
  if (names.size === 0) return `import "./${from}";\n`;
  const list = [...names].map(([name, as]) => `${name} as ${as}`);
  return `export { ${list.join(", ")} } from "./${from}";\n`;
}

function invert(names: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...names].map(([name, as]) => [as, name]));
}

/** Reads `a, b as c`. */
function specifiers(list: string): { readonly name: string; readonly as: string }[] {
  return list.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => {
    const [name = "", as = name] = part.split(/\s+as\s+/);
    return { name, as };
  });
}
