import { FrameReader } from "../../wire/framing.ts";
import { WireError } from "../../wire/wire_error.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../../core/priority.ts";
import { readChunks } from "./read_chunks.ts";

export interface ClassReceiverOptions {
  readonly stream: ReadableStream<Uint8Array>;
  readonly frameBytes: number;
  /** Called with the class before its first message; it throws when it has that class already. */
  readonly onClass: (priorityClass: PriorityClass) => void;
  readonly onMessage: (priorityClass: PriorityClass, bytes: Uint8Array) => void;
  /** How much was read in all, after each chunk. */
  readonly onRead: (priorityClass: PriorityClass, totalBytes: number) => void;
}

/** Reads one stream of messages: the class's number, then frames. Ends when the stream does. */
export async function receiveClass(options: ClassReceiverOptions): Promise<void> {
  const frames = new FrameReader(options.frameBytes);
  let priorityClass: PriorityClass | undefined;
  let totalBytes = 0;
  await readChunks(options.stream, (chunk) => {
    let rest = chunk;
    let current = priorityClass;
    if (current === undefined) {
      current = priorityClass = readClass(chunk[0]);
      options.onClass(current);
      rest = chunk.subarray(1);
    }
    const known = current;
    frames.push(rest, (bytes) => options.onMessage(known, bytes));
    totalBytes += chunk.length;
    options.onRead(known, totalBytes);
  });
}

function readClass(number: number | undefined): PriorityClass {
  const priorityClass = PRIORITY_CLASSES[number ?? PRIORITY_CLASSES.length];
  if (priorityClass !== undefined) return priorityClass;
  throw new WireError("badValue", `Cannot read stream: there is no priority class ${number}`);
}
