import { safeParse } from "valibot";
import { RunFile } from "./contract.ts";

const PRIVATE = 0o700;
const OTHERS = 0o077;

/** More nodes than one user runs on one machine. */
const ENTRY_LIMIT = 256;
const ENTRY_LIMIT_BYTES = 16 * 1024;

/** A reason not to believe what a directory says. */
export class UntrustedDirectory extends Error {
  override readonly name = "UntrustedDirectory";
}

/**
 * Makes the directory if need be, and throws unless it is this user's alone: in a directory that
 * others can write to, somebody else's socket could pass for a node of ours.
 */
export function openRuntimeDirectory(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: PRIVATE });
  checkPrivate(path);
}

function checkPrivate(path: string): void {
  const found = Deno.lstatSync(path);
  if (!found.isDirectory) throw new UntrustedDirectory(`${path} is not a directory`);
  if (found.uid !== null && found.uid !== Deno.uid()) {
    throw new UntrustedDirectory(`${path} belongs to another user`);
  }
  if (((found.mode ?? PRIVATE) & OTHERS) !== 0) {
    throw new UntrustedDirectory(`${path} is open to other users`);
  }
}

export function registryEntryPath(runtimeDirectory: string, pid: number): string {
  return `${runtimeDirectory}/${pid}.json`;
}

/** Every node that announced itself here. Some may have been killed since. */
export function listAnnounced(runtimeDirectory: string): RunFile[] {
  try {
    checkPrivate(runtimeDirectory);
  } catch {
    return [];
  }
  return namesIn(runtimeDirectory)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => readRunFile(`${runtimeDirectory}/${name}`) ?? []);
}

/** Every data directory's own announcement, for a home of several. */
export function listStateHome(stateHome: string): RunFile[] {
  return namesIn(stateHome).flatMap((name) => readRunFile(`${stateHome}/${name}/run.json`) ?? []);
}

/** Undefined when it is not there, too long or not what a node writes. */
export function readRunFile(path: string): RunFile | undefined {
  try {
    if (Deno.statSync(path).size > ENTRY_LIMIT_BYTES) return undefined;
    const result = safeParse(RunFile, JSON.parse(Deno.readTextFileSync(path)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  const names: string[] = [];
  try {
    for (const entry of Deno.readDirSync(directory)) {
      if (names.length === ENTRY_LIMIT) break;
      names.push(entry.name);
    }
  } catch {
    // A directory that is not there holds no node.
  }
  return names;
}
