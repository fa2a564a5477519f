import type { Millis } from "../kernel/time.ts";
import type { Archive } from "./archive.ts";
import type { Change, Held } from "./document.ts";
import type { Peer } from "./exchange_peer.ts";
import { bytesOf } from "./mark.ts";
import { STATE_LIMITS, type StateMessage } from "./state_message.ts";
import type { Ways } from "./ways.ts";

export interface AnswersOptions {
  readonly archive: Archive;
  readonly ways: Ways;
  readonly send: (peer: Peer, message: StateMessage) => void;
}

/**
 * Answers what peers asked for, as fast as each may be answered. No answer is longer than a link has
 * room for: whoever lacks more than that asks again from where it got to, so that nothing has to be
 * kept for it, and a connection that breaks costs no more than one answer.
 */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Gives what may be given now. Answers when there is more to give, if that is known. */
  give(now: Millis, peer: Peer): Millis {
    const { archive } = this.#options;
    for (const [key, held] of peer.owed) {
      if (archive.isUnsaved(key)) continue; // Nothing leaves that a crash could take back.
      if (!peer.bucket.take(now, 1)) break;
      peer.owed.delete(key);
      this.#answer(now, peer, held);
    }
    const isWaiting = [...peer.owed.keys()].every((key) => archive.isUnsaved(key));
    return isWaiting ? Infinity : peer.bucket.readyAt(now);
  }

  #answer(now: Millis, peer: Peer, held: Held): void {
    const { archive, ways } = this.#options;
    const { key } = held;
    const saved = archive.held(now, key);
    if (saved === undefined || saved.generation < held.generation) return;
    if (!ways.goesTo(peer.nodeId, key)) return;
    const { generation, quietMs } = saved;
    const erasure = archive.erasure(key);
    const said = {
      ...{ kind: "documentChanges", key, generation, quietMs } as const,
      ...(erasure === undefined ? {} : { erasure }),
    };
    for (const { changes, bytes, isLast } of partsOf(archive.since(key, held))) {
      this.#options.send(peer, { ...said, changes, isLast });
      peer.bucket.spend(now, bytes);
    }
  }
}

interface Part {
  readonly changes: readonly Change[];
  readonly bytes: number;
  readonly isLast: boolean;
}

/** What one answer has of these, message by message; at least one, be it empty. */
function* partsOf(changes: Iterable<Change>): Generator<Part> {
  let part: Change[] = [];
  let bytes = 0;
  let told = 0;
  for (const change of changes) {
    const size = bytesOf(change);
    if (told > 0 && told + bytes + size > STATE_LIMITS.answerBytes) break;
    const isFull = part.length === STATE_LIMITS.changes ||
      part.length > 0 && bytes + size > STATE_LIMITS.changesBytes;
    if (isFull) {
      yield { changes: part, bytes, isLast: false };
      told += bytes;
      part = [];
      bytes = 0;
    }
    part.push(change);
    bytes += size;
  }
  yield { changes: part, bytes, isLast: true };
}
