import type { Finding } from "./finding.ts";
import { lineAt, type Tree } from "./tree.ts";

/**
 * Who may import whom. A file belongs to the longest name that its path starts with, and may
 * import its own part and those listed. Types of generated code may also enter the core.
 */
export const ARROWS: Record<string, readonly string[]> = {
  "main.ts": ["commands", "src"],
  "commands": ["src"],
  "src/cli": ["src/core/kernel"],
  "src/sim": ["src/core", "src/wire", "src/store"],
  "src/daemon": ["src/net", "src/store", "src/security", "src/control", "src/wire", "src/core"],
  "src/dashboard": ["src/control"],
  "src/control": ["src/core"],
  "src/net": ["src/wire", "src/core"],
  "src/store": ["src/wire", "src/core"],
  "src/security": ["src/wire", "src/core"],
  "src/wire": ["src/core"],
  "src/core": [],
  "scripts": [
    "commands",
    "src",
    "tests/lab",
    "tests/planted",
    "tests/unit/core/election/parliament.ts",
  ],
  "tests": ["commands", "main.ts", "scripts", "src"],
};

const GENERATED = "src/wire/generated";

export function checkArrows(tree: Tree): Finding[] {
  return tree.sources.flatMap((file) => {
    const from = partOf(file.path);
    if (from === undefined) return [strayFile(file.path)];
    const allowed = [from, ...ARROWS[from]!];
    return file.imports
      .filter(({ path, kind }) =>
        path !== undefined && kind !== "url" && !allowed.some((part) => isIn(path, part)) &&
        !(from === "src/core" && kind === "type" && isIn(path, GENERATED))
      )
      .map(({ path, offset }) => ({
        path: file.path,
        line: lineAt(file.text, offset),
        message: `${from} must not import ${path}; it may import ${allowed.join(", ")}`,
      }));
  });
}

function strayFile(path: string): Finding {
  return {
    path,
    line: 1,
    message: `belongs to no part of the house; the parts are ${Object.keys(ARROWS).join(", ")}`,
  };
}

function partOf(path: string): string | undefined {
  return Object.keys(ARROWS).filter((part) => isIn(path, part))
    .sort((left, right) => right.length - left.length)[0];
}

function isIn(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}/`);
}
