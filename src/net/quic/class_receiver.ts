import { WireError } from "../../wire/wire_error.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../../core/priority.ts";
import type { InboxLane } from "./class_inbox.ts";
import { PieceReader } from "./piece.ts";
import { readChunks } from "./read_chunks.ts";

export interface ClassReceiverOptions {
  readonly stream: ReadableStream<Uint8Array>;
  /** Answers where the stream's bytes go; throws when its class has all the streams it may have. */
  readonly open: (priorityClass: PriorityClass) => InboxLane;
  /** How much was read, after each chunk. */
  readonly onRead: (priorityClass: PriorityClass, bytes: number) => void;
}

/** Reads one stream of messages: the class's number, then pieces. Ends when the stream does. */
export async function receiveClass({ stream, open, onRead }: ClassReceiverOptions): Promise<void> {
  const pieces = new PieceReader();
  let opened: { readonly priorityClass: PriorityClass; readonly lane: InboxLane } | undefined;
  await readChunks(stream, (chunk) => {
    let rest = chunk;
    if (opened === undefined) {
      const priorityClass = readClass(chunk[0]);
      opened = { priorityClass, lane: open(priorityClass) };
      rest = chunk.subarray(1);
    }
    const { priorityClass, lane } = opened;
    pieces.push(rest, (position, bytes) => lane.receive(position, bytes));
    onRead(priorityClass, chunk.length);
    return lane.room;
  });
}

function readClass(number: number | undefined): PriorityClass {
  const priorityClass = PRIORITY_CLASSES[number ?? PRIORITY_CLASSES.length];
  if (priorityClass !== undefined) return priorityClass;
  throw new WireError("badValue", `Cannot read stream: there is no priority class ${number}`);
}
