import { printable } from "../../src/cli/printable.ts";

export type Field = readonly [name: string, value: string | undefined];

/** Names and values under each other. What has no value is left out. */
export function fields(rows: readonly Field[]): string {
  return rows
    .filter(([_, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name.padEnd(12)} ${printable(value ?? "")}`)
    .join("\n");
}

/** What a dry run adds to its JSON, so that nobody takes it for the deed. */
export function dryRunMark(isDryRun: boolean): { dryRun?: true } {
  return isDryRun ? { dryRun: true } : {};
}
