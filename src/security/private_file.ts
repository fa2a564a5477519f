import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed, notAuthenticated } from "../core/kernel/refusals.ts";
import { utf8 } from "./bytes.ts";

const PRIVATE = 0o600;
const OTHERS = 0o077;

/** No file with secrets is larger; one that is was not written by peat. */
const LONGEST_BYTES = 4 << 20;

/**
 * Reads a file that holds a secret. One that others may read, or that belongs to somebody else, is
 * refused: its secret may be known, and its content may not be its owner's. `what` names the file in
 * messages, as in "the formation file".
 */
export function readPrivateFile(path: string, what: string): string {
  using file = open(path, what);
  const { isFile, size, mode, uid } = file.statSync();
  if (!isFile) throw malformed(`Cannot read ${what} ${path}: it is not a file`, unreadable());
  if (uid !== null && uid !== Deno.uid()) {
    throw notAuthenticated(`Cannot use ${what} ${path}: it belongs to another user`, {
      code: "file-not-yours",
      hint: `copy it as the user who runs peat, with mode 600`,
    });
  }
  if (mode !== null && (mode & OTHERS) !== 0) {
    const digits = (mode & 0o777).toString(8);
    throw notAuthenticated(`Cannot use ${what} ${path}: others may read it (mode ${digits})`, {
      code: "file-not-private",
      hint: `run chmod 600 ${path}, and replace its secret if somebody could have read it`,
    });
  }
  if (size > LONGEST_BYTES) {
    throw malformed(`Cannot read ${what} ${path}: it has ${size} bytes`, unreadable());
  }
  return readAll(file, size);
}

export function privateFileExists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Makes a file that only its owner may read. Refuses when there is something of that name. */
export function createPrivateFile(path: string, text: string, what: string): void {
  const temporary = writeTemporary(path, text, what);
  try {
    // Unlike a rename, a link never takes a name away from what has it.
    Deno.linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw unwritable(path, what, error);
    throw malformed(`Cannot write ${what} ${path}: there is a file of that name`, {
      code: "file-exists",
      hint: "choose another name with --out, or move that file away",
    });
  } finally {
    Deno.removeSync(temporary);
  }
  syncDirectory(path);
}

/** Replaces a file so that a reader finds all of the old text or all of the new. */
export function replacePrivateFile(path: string, text: string, what: string): void {
  const temporary = writeTemporary(path, text, what);
  try {
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw unwritable(path, what, error);
  }
  syncDirectory(path);
}

function open(path: string, what: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const state = isMissing ? "there is no such file" : stateOf(error);
    throw malformed(`Cannot read ${what} ${path}: ${state}`, unreadable(error));
  }
}

function readAll(file: Deno.FsFile, size: number): string {
  const bytes = new Uint8Array(size);
  let length = 0;
  for (;;) {
    const taken = length < size ? file.readSync(bytes.subarray(length)) : null;
    if (taken === null) return new TextDecoder().decode(bytes.subarray(0, length));
    length += taken;
  }
}

/** The text, on the disk for good, under a name that nobody else uses. */
function writeTemporary(path: string, text: string, what: string): string {
  const temporary = `${path}.${crypto.randomUUID()}.new`;
  try {
    using file = Deno.openSync(temporary, { write: true, createNew: true, mode: PRIVATE });
    const bytes = utf8(text);
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
    file.syncSync();
  } catch (error) {
    if (privateFileExists(temporary)) Deno.removeSync(temporary);
    throw unwritable(path, what, error);
  }
  return temporary;
}

/** A name is on the disk when its directory is. */
function syncDirectory(path: string): void {
  const slash = path.lastIndexOf("/");
  using directory = Deno.openSync(slash < 0 ? "." : path.slice(0, Math.max(1, slash)));
  directory.syncSync();
}

function unwritable(path: string, what: string, cause: unknown): OperatingError {
  return new OperatingError(`Cannot write ${what} ${path}: ${stateOf(cause)}`, {
    code: "file-unwritable",
    hint: "check that the folder is there and that you may write in it",
    cause,
  });
}

function unreadable(cause?: unknown) {
  return { code: "file-unreadable", cause };
}

/** The runtime's messages end with the call that failed, which the reader did not make. */
function stateOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "").replace(/^./, (first) => first.toLowerCase());
}
