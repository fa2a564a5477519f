import { OperatingError } from "../core/kernel/operating_error.ts";
import { notAuthenticated } from "../core/kernel/refusals.ts";
import { concat, utf8 } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import type { Identity } from "./identity.ts";
import { signedBytes } from "./signed.ts";

/**
 * An append-only log of what happened to a node's security. Each line holds the hash of the line
 * before it, so that nobody changes, drops or inserts one without breaking all that follow; now and
 * then a line is the node's signature over all before it. What was cut off the end since the last of
 * those is all that `checkAuditLog` cannot see.
 */

export const AUDIT_FILE = "audit.ndjson";
export const FIRST_HASH = "0".repeat(64);

const LONGEST_LINE_BYTES = 4_096;
const LONGEST_FILE_BYTES = 4 << 20;
const KEPT_FILES = 4;

/** A signature at least after so many lines. */
const LINES_PER_SIGNATURE = 64;

export interface AuditEntry {
  readonly sequence: number;
  readonly at: string;
  readonly event: string;
  readonly details?: Record<string, unknown>;
  /** SHA-256 of the line before, without its line feed. */
  readonly previous: string;
}

/** What a line of the event `signature` has in its details. */
export interface AuditSignature {
  readonly deviceKey: string;
  readonly signature: string;
}

export interface AuditLogOptions {
  /** For people to read; nothing is decided by it. */
  readonly wallClock?: () => Date;
  readonly longestFileBytes?: number;
}

export class AuditLog {
  readonly #directory: string;
  readonly #identity: Identity;
  readonly #wallClock: () => Date;
  readonly #longestFileBytes: number;
  #file: Deno.FsFile;
  #sizeBytes: number;
  #sequence: number;
  #previous: string;
  #linesSinceSignature = 0;

  private constructor(
    directory: string,
    identity: Identity,
    { wallClock = () => new Date(), longestFileBytes = LONGEST_FILE_BYTES }: AuditLogOptions,
    end: { sizeBytes: number; sequence: number; previous: string },
  ) {
    this.#directory = directory;
    this.#identity = identity;
    this.#wallClock = wallClock;
    this.#longestFileBytes = longestFileBytes;
    this.#sizeBytes = end.sizeBytes;
    this.#sequence = end.sequence;
    this.#previous = end.previous;
    this.#file = openFile(directory);
  }

  /** Opens the log in a data directory and goes on where it ends. */
  static open(directory: string, identity: Identity, options: AuditLogOptions = {}): AuditLog {
    const path = `${directory}/${AUDIT_FILE}`;
    const { end, tornBytes } = readEnd(path);
    const log = new AuditLog(directory, identity, options, end);
    // A line without an end was being written when the power failed, so nobody was told of it.
    if (tornBytes > 0) {
      log.#file.truncateSync(end.sizeBytes);
      log.append("recovered", { tornBytes });
    }
    return log;
  }

  append(event: string, details?: Record<string, unknown>): void {
    this.#write(event, details);
    if (++this.#linesSinceSignature >= LINES_PER_SIGNATURE) this.sign();
    if (this.#sizeBytes >= this.#longestFileBytes) this.#rotate();
  }

  /** Signs all lines so far, and does not return before they are on the disk. */
  sign(): void {
    const { signingKey } = this.#identity;
    const signature = signingKey.sign(auditBytes(this.#sequence, this.#previous));
    this.#write("signature", {
      deviceKey: signingKey.publicKey.toHex(),
      signature: signature.toBase64(),
    });
    this.#linesSinceSignature = 0;
    this.#file.syncSync();
  }

  /** Signs what is not signed yet and lets go of the file. */
  close(): void {
    if (this.#linesSinceSignature > 0) this.sign();
    this.#file.close();
  }

  #write(event: string, details: Record<string, unknown> | undefined): void {
    const at = this.#wallClock().toISOString();
    const start = { sequence: this.#sequence, at, event };
    const previous = this.#previous;
    let line = JSON.stringify({ ...start, details, previous });
    if (utf8(line).length >= LONGEST_LINE_BYTES) {
      line = JSON.stringify({ ...start, details: { tooLong: true }, previous });
    }
    const bytes = utf8(`${line}\n`);
    for (let written = 0; written < bytes.length;) {
      written += this.#file.writeSync(bytes.subarray(written));
    }
    this.#sizeBytes += bytes.length;
    this.#sequence++;
    this.#previous = lineHash(line);
  }

  /** The chain goes on in a new file; the oldest of too many goes. */
  #rotate(): void {
    if (this.#linesSinceSignature > 0) this.sign();
    this.#file.close();
    for (let number = KEPT_FILES - 1; number >= 1; number--) {
      renameIfThere(
        `${this.#directory}/${fileName(number - 1)}`,
        `${this.#directory}/${fileName(number)}`,
      );
    }
    this.#file = openFile(this.#directory);
    this.#sizeBytes = 0;
    this.#write("continued", undefined);
  }
}

/** The files of a log that are there, the oldest first. */
export function auditFiles(directory: string): string[] {
  const paths: string[] = [];
  for (let number = KEPT_FILES - 1; number >= 0; number--) {
    const path = `${directory}/${fileName(number)}`;
    if (isThere(path)) paths.push(path);
  }
  return paths;
}

export function lineHash(line: string): string {
  return sha256(utf8(line)).toHex();
}

/** What a signature of the log is over: the number of its own line, and the hash before it. */
export function auditBytes(sequence: number, previous: string): Uint8Array {
  return signedBytes("audit", concat(utf8(`${sequence} `), utf8(previous)));
}

function fileName(number: number): string {
  return number === 0 ? AUDIT_FILE : `audit.${number}.ndjson`;
}

function openFile(directory: string): Deno.FsFile {
  const path = `${directory}/${AUDIT_FILE}`;
  return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
}

/** Where the log ends: after its last whole line. The last two files are read for it at most. */
function readEnd(path: string) {
  const text = isThere(path) ? Deno.readTextFileSync(path) : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const sizeBytes = utf8(whole).length;
  const tornBytes = utf8(text).length - sizeBytes;
  const line = lastLine(whole) ?? lastLine(readIfThere(path.replace(AUDIT_FILE, fileName(1))));
  if (line === undefined) {
    return { end: { sizeBytes, sequence: 1, previous: FIRST_HASH }, tornBytes };
  }
  const sequence = readSequence(line, path) + 1;
  return { end: { sizeBytes, sequence, previous: lineHash(line) }, tornBytes };
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split("\n").at(-1) || undefined;
}

function readSequence(line: string, path: string): number {
  try {
    const { sequence }: AuditEntry = JSON.parse(line);
    if (Number.isSafeInteger(sequence)) return sequence;
  } catch {
    // What is no JSON has no number either.
  }
  throw notAuthenticated(`Cannot go on with the audit log ${path}: its last line is damaged`, {
    code: "audit-damaged",
    hint: "keep it for those who look into it: move it away, and a new one begins",
  });
}

function readIfThere(path: string): string {
  return isThere(path) ? Deno.readTextFileSync(path) : "";
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new OperatingError(`Cannot read the audit log ${path}: ${(error as Error).message}`, {
      code: "audit-unreadable",
      cause: error,
    });
  }
}

function renameIfThere(from: string, to: string): void {
  if (isThere(from)) Deno.renameSync(from, to);
}
