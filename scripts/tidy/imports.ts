import type { Source } from "./source.ts";

/** One module named by another. */
export interface Import {
  readonly offset: number;
  /** As written, for example `../kernel/time.ts` or `node:fs`. */
  readonly specifier: string;
  /** Relative to the root of the repository; absent for what is not a file of ours. */
  readonly path?: string;
  /** A `type` is gone when the program runs; a `url` names a file to start or read, not to load. */
  readonly kind: "module" | "type" | "url";
}

/** What stands before the literal that names a module. */
const STATEMENT = /\b(?:import|export)\s+(type\s)?[^;"'()]*?\bfrom\s*["']$|\bimport\s*["']$/;
const CALL = /\b(?:import|new\s+(URL))\s*\(\s*["']$/;

export function readImports(path: string, text: string, source: Source): Import[] {
  const imports: Import[] = [];
  let previousEnd = 0;
  for (const literal of source.literals) {
    const before = source.code.slice(previousEnd, literal.offset);
    previousEnd = literal.offset + literal.text.length + 1;
    const statement = STATEMENT.exec(before);
    const call = CALL.exec(before);
    if (!statement && !call) continue;
    const target = resolve(path, literal.text);
    imports.push({
      offset: text.lastIndexOf("\n", literal.offset) + 1,
      specifier: literal.text,
      ...(target === undefined ? {} : { path: target }),
      kind: statement?.[1] ? "type" : call?.[1] ? "url" : "module",
    });
  }
  return imports;
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}
