import type { LeaderChange } from "../control/election_contract.ts";
import type { Notice } from "../core/notice.ts";
import { writeFileAtomically } from "../store/atomic_file.ts";

/** How many changes of leader are remembered. The oldest goes. */
export const HISTORY_LIMIT = 256;

const HISTORY_FILE = "leaders.ndjson";

const AUTHORITY_WORDS = ["quorum", "autonomous"];

type LeaderNotice = Extract<Notice, { type: "leader" }>;

/**
 * Who led when, as this node saw it, with wall-clock times for people. It goes on where it ended
 * when the node starts again. What the disk refuses is remembered until the node ends.
 */
export class LeaderHistory {
  readonly #nodeId: string;
  readonly #path: string;
  readonly #onUnwritable: (reason: string) => void;
  #changes: LeaderChange[];
  #linesInFile: number;
  #isUnwritable = false;
  #leaderId: string | undefined;
  #lastLeaderId: string | undefined;
  #since: string | undefined;
  #transitions = 0;

  constructor(options: {
    readonly nodeId: string;
    readonly dataDir: string;
    readonly onUnwritable: (reason: string) => void;
  }) {
    this.#nodeId = options.nodeId;
    this.#path = `${options.dataDir}/${HISTORY_FILE}`;
    this.#onUnwritable = options.onUnwritable;
    const { changes, lines } = this.#read();
    this.#changes = changes.slice(-HISTORY_LIMIT);
    this.#linesInFile = lines;
  }

  /** The node begins, or comes into another cell, and knows of no leader there yet. */
  enter(cell: string, ts: string, cause: "started" | "joined"): void {
    this.#leaderId = undefined;
    this.#lastLeaderId = undefined;
    this.#since = undefined;
    this.#add({ type: "leader", ts, nodeId: this.#nodeId, cell, cause });
  }

  note({ leaderId, ...notice }: LeaderNotice, ts: string): LeaderChange {
    if (leaderId !== this.#leaderId) {
      this.#leaderId = leaderId;
      this.#since = leaderId === undefined ? undefined : ts;
      if (leaderId !== undefined && leaderId !== this.#lastLeaderId) {
        this.#transitions++;
        this.#lastLeaderId = leaderId;
      }
    }
    const who = leaderId === undefined ? {} : { leaderId };
    const change = { ...notice, ...who, ts, nodeId: this.#nodeId };
    this.#add(change);
    return change;
  }

  /** The oldest first. */
  get changes(): readonly LeaderChange[] {
    return this.#changes;
  }

  /** When the present leader was first known here. */
  get since(): string | undefined {
    return this.#since;
  }

  /** How often somebody else came to lead since the node started. */
  get transitions(): number {
    return this.#transitions;
  }

  #read(): { changes: LeaderChange[]; lines: number } {
    try {
      return readChanges(this.#path);
    } catch (error) {
      this.#giveUp(error);
      return { changes: [], lines: 0 };
    }
  }

  #add(change: LeaderChange): void {
    this.#changes.push(change);
    if (this.#changes.length > HISTORY_LIMIT) this.#changes.shift();
    if (this.#isUnwritable) return;
    try {
      if (this.#linesInFile >= 2 * HISTORY_LIMIT) this.#rewrite();
      else this.#append(change);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The node goes on without the file. */
  #giveUp(error: unknown): void {
    this.#isUnwritable = true;
    this.#onUnwritable(error instanceof Error ? error.message : String(error));
  }

  #append(change: LeaderChange): void {
    Deno.writeTextFileSync(this.#path, lineOf(change), { append: true, mode: 0o600 });
    this.#linesInFile++;
  }

  #rewrite(): void {
    writeFileAtomically(this.#path, this.#changes.map(lineOf).join(""));
    this.#linesInFile = this.#changes.length;
  }
}

function lineOf(change: LeaderChange): string {
  return `${JSON.stringify(change)}\n`;
}

/** What is damaged is left out, and has the file written anew. */
function readChanges(path: string): { changes: LeaderChange[]; lines: number } {
  const text = readIfThere(path);
  const lines = text.split("\n").filter((line) => line !== "");
  const changes = lines.flatMap(readLine);
  const isWhole = changes.length === lines.length && (text === "" || text.endsWith("\n"));
  return { changes, lines: isWhole ? lines.length : Infinity };
}

function readLine(line: string): LeaderChange[] {
  try {
    const change: unknown = JSON.parse(line);
    return isChange(change) ? [change] : [];
  } catch {
    return []; // A line that was being written when the power failed.
  }
}

function isChange(value: unknown): value is LeaderChange {
  const change = value as Partial<LeaderChange> | null;
  const isText = (field: unknown) => typeof field === "string";
  return change?.type === "leader" && [change.ts, change.nodeId, change.cell, change.cause]
    .every(isText) &&
    (change.leaderId === undefined || isText(change.leaderId)) &&
    (change.term === undefined || Number.isSafeInteger(change.term)) &&
    (change.authority === undefined || AUTHORITY_WORDS.includes(change.authority));
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
