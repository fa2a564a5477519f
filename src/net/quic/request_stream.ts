import type { Millis } from "../../core/kernel/time.ts";
import { encodeFrames, FrameReader } from "../../wire/framing.ts";
import { WireError } from "../../wire/wire_error.ts";
import { readChunks } from "./read_chunks.ts";
import { Timer } from "./timer.ts";

/**
 * One request and its reply: a stream of its own, each way one frame and the end. The request says
 * first how long its sender waits, because nobody is told when a stream that is not being written
 * to is given up at the other end.
 */
const DEADLINE_BYTES = 4;

export interface AskOptions {
  readonly stream: Promise<Deno.QuicBidirectionalStream>;
  readonly bytes: Uint8Array;
  readonly deadlineMs: Millis;
  readonly frameBytes: number;
  /** Aborted when the reply is not wanted any more. */
  readonly signal: AbortSignal;
}

/** Resolves with the reply, or with undefined if the stream ended or was given up without one. */
export async function ask(options: AskOptions): Promise<Uint8Array | undefined> {
  const { stream: opening, frameBytes, signal } = options;
  const request = encodeFrames([addDeadline(options)], DEADLINE_BYTES + frameBytes);
  const stream = await opening;
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  const giveUp = () => {
    writer.abort().catch(() => {});
    stopReading.abort();
  };
  const stopReading = new AbortController();
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  try {
    const reading = readOne(stream.readable, frameBytes, stopReading.signal);
    writer.write(request).then(() => writer.close()).catch(() => {});
    return await reading;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

export interface AnswerOptions {
  readonly stream: Deno.QuicBidirectionalStream;
  readonly frameBytes: number;
  /** For the request to arrive, and for the reply to be found and to leave. */
  readonly timeMs: Millis;
  readonly onRequest: (bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean) => void;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
}

/** Resolves when the stream is done with, and says whether a reply left on it. */
export async function answer(options: AnswerOptions): Promise<boolean> {
  const { stream, frameBytes, signal } = options;
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  const outOfTime = new AbortController();
  const timer = new Timer();
  timer.start(options.timeMs, () => outOfTime.abort());
  const given = AbortSignal.any([signal, outOfTime.signal]);
  try {
    const frame = await readOne(stream.readable, DEADLINE_BYTES + frameBytes, given);
    if (frame === undefined) return false;
    const { deadlineMs, request } = takeDeadline(frame);
    timer.stop();
    timer.start(Math.min(deadlineMs, options.timeMs), () => outOfTime.abort());
    const reply = await awaitReply(request, options.onRequest, given);
    if (reply === undefined) return false;
    await writer.write(encodeFrames([reply], frameBytes));
    await writer.close();
    return true;
  } catch (error) {
    if (error instanceof WireError) throw error;
    return false;
  } finally {
    timer.stop();
    // Does nothing to a stream that ended as it should.
    await writer.abort().catch(() => {});
  }
}

function awaitReply(
  request: Uint8Array,
  onRequest: AnswerOptions["onRequest"],
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    let open = !signal.aborted;
    const settle = (reply?: Uint8Array) => {
      const wasOpen = open;
      open = false;
      resolve(reply);
      return wasOpen;
    };
    signal.addEventListener("abort", () => settle(), { once: true });
    onRequest(request, settle);
  });
}

function addDeadline({ bytes, deadlineMs }: AskOptions): Uint8Array {
  const frame = new Uint8Array(DEADLINE_BYTES + bytes.length);
  new DataView(frame.buffer).setUint32(0, Math.min(deadlineMs, 0xffff_ffff));
  frame.set(bytes, DEADLINE_BYTES);
  return frame;
}

function takeDeadline(frame: Uint8Array): { deadlineMs: Millis; request: Uint8Array } {
  if (frame.length < DEADLINE_BYTES) {
    throw new WireError("truncated", "Cannot read request: it ends within its deadline");
  }
  const deadlineMs = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  return { deadlineMs, request: frame.subarray(DEADLINE_BYTES) };
}

/** Reads one frame and the end after it. Undefined when the stream was cut off or given up. */
async function readOne(
  stream: ReadableStream<Uint8Array>,
  frameBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const frames = new FrameReader(frameBytes);
  let found: Uint8Array | undefined;
  const receive = (bytes: Uint8Array) => {
    if (found !== undefined) throw new WireError("tooMany", "Cannot read request: it goes on");
    found = bytes;
  };
  await readChunks(stream, (chunk) => frames.push(chunk, receive), signal).catch((error) => {
    if (error instanceof WireError) throw error;
  });
  return signal.aborted ? undefined : found;
}
