const SMALLEST_BUFFER_BYTES = 1 << 10;
const LARGEST_BUFFER_BYTES = 256 << 10;

/** A read that fills its buffer is followed by one with a buffer this much larger. */
const GROWTH = 4;

/**
 * Reads a stream to its end. The runtime keeps a buffer for every stream that waits for bytes, so
 * buffers start small and grow with the traffic: a connection that says nothing costs little.
 *
 * What `receive` answers is waited for before more is read.
 *
 * Ends when the stream does, when `receive` throws or when the signal says so; the stream is let
 * go of in any case.
 */
export async function readChunks(
  stream: ReadableStream<Uint8Array>,
  receive: (chunk: Uint8Array) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  const reader = stream.getReader({ mode: "byob" });
  const cancel = () => void reader.cancel().catch(() => {});
  let bufferBytes = SMALLEST_BUFFER_BYTES;
  signal?.addEventListener("abort", cancel);
  if (signal?.aborted) cancel();
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(bufferBytes));
      const pause = value !== undefined && value.length > 0 ? receive(value) : undefined;
      if (pause !== undefined) await pause;
      if (done) return;
      bufferBytes = nextBufferBytes(bufferBytes, value.length);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    // It may have failed already, in which case there is nothing left to cancel.
    await reader.cancel().catch(() => {});
  }
}

function nextBufferBytes(bufferBytes: number, readBytes: number): number {
  if (readBytes === bufferBytes) return Math.min(LARGEST_BUFFER_BYTES, bufferBytes * GROWTH);
  if (readBytes * GROWTH * GROWTH < bufferBytes) {
    return Math.max(SMALLEST_BUFFER_BYTES, bufferBytes / GROWTH);
  }
  return bufferBytes;
}
