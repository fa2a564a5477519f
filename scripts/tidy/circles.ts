import type { Finding } from "./finding.ts";
import { lineAt, type Tree, type TypeScriptFile } from "./tree.ts";

/**
 * Where no file may import itself through others, be it for a type alone: each can be read, and
 * moved, after those that it is made of. Commands are not among them, since the table of all of
 * them finds the one that prints the table.
 */
const PART = "src/";

export function checkCircles(tree: Tree): Finding[] {
  const files = new Map(
    tree.sources.filter(({ path }) => path.startsWith(PART)).map((file) => [file.path, file]),
  );
  const walk = new Walk(files);
  for (const file of files.values()) walk.enter(file);
  return walk.findings;
}

/** Goes along the imports, into each file once. Whatever leads back to the way here is a circle. */
class Walk {
  readonly findings: Finding[] = [];
  readonly #files: ReadonlyMap<string, TypeScriptFile>;
  readonly #entered = new Set<string>();
  readonly #way: string[] = [];

  constructor(files: ReadonlyMap<string, TypeScriptFile>) {
    this.#files = files;
  }

  enter(file: TypeScriptFile): void {
    if (this.#entered.has(file.path)) return;
    this.#entered.add(file.path);
    this.#way.push(file.path);
    for (const { path, kind, offset } of file.imports) {
      const target = kind === "url" ? undefined : this.#files.get(path ?? "");
      if (target === undefined) continue;
      const start = this.#way.indexOf(target.path);
      if (start === -1) this.enter(target);
      else this.#report(file, offset, [...this.#way.slice(start), target.path]);
    }
    this.#way.pop();
  }

  #report(file: TypeScriptFile, offset: number, circle: readonly string[]): void {
    this.findings.push({
      path: file.path,
      line: lineAt(file.text, offset),
      message: `closes a circle of imports: ${circle.join(" -> ")}`,
    });
  }
}
