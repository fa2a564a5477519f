import { printable } from "./printable.ts";

/** A thing with things below it. */
export interface Branch {
  readonly label: string;
  readonly branches?: readonly Branch[];
}

/** Draws a tree, one label a line, each made printable. */
export function tree(root: Branch): string {
  return [printable(root.label), ...below(root, "")].join("\n");
}

function below(branch: Branch, indent: string): string[] {
  const branches = branch.branches ?? [];
  return branches.flatMap((child, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${indent}${isLast ? "└─ " : "├─ "}${printable(child.label)}`,
      ...below(child, `${indent}${isLast ? "   " : "│  "}`),
    ];
  });
}
