import {
  auditBytes,
  type AuditEntry,
  auditFiles,
  type AuditSignature,
  FIRST_HASH,
  lineHash,
} from "./audit_log.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { deviceIdOf } from "./digest.ts";
import { VerifyingKey } from "./ed25519.ts";

export interface AuditBreak {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface AuditReport {
  readonly isIntact: boolean;
  readonly files: readonly string[];
  readonly entries: number;
  readonly firstSequence?: number;
  readonly lastSequence?: number;
  readonly signatures: number;
  /** Entries after the last signature: whoever has the disk could have cut off more of those. */
  readonly unsigned: number;
  /** The device that signed. */
  readonly deviceId?: string;
  readonly firstBreak?: AuditBreak;
}

/**
 * Checks one file of a log, or all those in a data directory, up to the first break. A log could be
 * written anew with another key, so say whose it must be where that is known.
 */
export function checkAuditLog(path: string, deviceId?: string): AuditReport {
  const isDirectory = statOf(path).isDirectory;
  const files = isDirectory ? auditFiles(path) : [path];
  if (files.length === 0) {
    throw malformed(`Cannot check the audit log in ${path}: there is none`, {
      code: "no-audit-log",
      hint: "name the data directory with --data-dir",
    });
  }
  const chain = new Chain(deviceId);
  for (const file of files) {
    const lines = Deno.readTextFileSync(file).split("\n");
    const isTorn = lines.pop() !== "";
    for (const [index, line] of lines.entries()) {
      const reason = chain.refuses(line);
      if (reason !== undefined) return chain.report(files, { file, line: index + 1, reason });
    }
    if (isTorn) {
      const firstBreak = { file, line: lines.length + 1, reason: "the line has no end" };
      return chain.report(files, firstBreak);
    }
  }
  return chain.report(files);
}

/** The lines so far, each of which fitted to the one before. */
class Chain {
  #first: AuditEntry | undefined;
  #last: AuditEntry | undefined;
  #lastHash = "";
  #entries = 0;
  #signatures = 0;
  #unsigned = 0;
  #deviceId: string | undefined;

  constructor(deviceId: string | undefined) {
    this.#deviceId = deviceId;
  }

  /** Adds a line, or answers why it does not fit. */
  refuses(line: string): string | undefined {
    const entry = readEntry(line);
    if (entry === undefined) return "it is no entry";
    const misfit = this.#misfit(entry);
    if (misfit !== undefined) return misfit;
    if (entry.event === "signature" && !this.#takeSignature(entry)) return "its signature is wrong";
    this.#unsigned = entry.event === "signature" ? 0 : this.#unsigned + 1;
    this.#first ??= entry;
    this.#last = entry;
    this.#lastHash = lineHash(line);
    this.#entries++;
    return undefined;
  }

  report(files: readonly string[], firstBreak?: AuditBreak): AuditReport {
    return {
      isIntact: firstBreak === undefined,
      files,
      entries: this.#entries,
      ...(this.#first ? { firstSequence: this.#first.sequence } : {}),
      ...(this.#last ? { lastSequence: this.#last.sequence } : {}),
      signatures: this.#signatures,
      unsigned: this.#unsigned,
      ...(this.#deviceId ? { deviceId: this.#deviceId } : {}),
      ...(firstBreak ? { firstBreak } : {}),
    };
  }

  #misfit({ sequence, previous }: AuditEntry): string | undefined {
    if (this.#last === undefined) {
      // Older files may be gone, so only the very first entry has nothing before it.
      return sequence === 1 && previous !== FIRST_HASH ? "it is not a first entry" : undefined;
    }
    const expected = this.#last.sequence + 1;
    if (sequence !== expected) return `its number is ${sequence}, not ${expected}`;
    return previous === this.#lastHash ? undefined : "the entry before it was changed";
  }

  /** All signatures are the same device's: a log that changes hands is two logs. */
  #takeSignature({ sequence, previous, details }: AuditEntry): boolean {
    const { deviceKey, signature } = (details ?? {}) as Partial<AuditSignature>;
    if (typeof deviceKey !== "string" || typeof signature !== "string") return false;
    try {
      const key = new VerifyingKey(Uint8Array.fromHex(deviceKey));
      const deviceId = deviceIdOf(key.bytes);
      this.#deviceId ??= deviceId;
      if (this.#deviceId !== deviceId) return false;
      const bytes = auditBytes(sequence, previous);
      if (!key.verify(bytes, Uint8Array.fromBase64(signature))) return false;
    } catch {
      return false;
    }
    this.#signatures++;
    return true;
  }
}

function readEntry(line: string): AuditEntry | undefined {
  try {
    const entry = JSON.parse(line);
    const isEntry = Number.isSafeInteger(entry.sequence) && typeof entry.event === "string" &&
      typeof entry.previous === "string";
    return isEntry ? entry : undefined;
  } catch {
    return undefined;
  }
}

function statOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw malformed(`Cannot check the audit log ${path}: there is no such file`, {
      code: "no-audit-log",
      hint: "name the file, or the data directory with --data-dir",
    });
  }
}
