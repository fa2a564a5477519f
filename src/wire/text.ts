/** From this length on, the call into the decoder costs less than the loop. */
const SHORT_BYTES = 96;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One reused array per length of short text, to hand to `fromCharCode` without allocating. */
const codes: number[][] = Array.from(
  { length: SHORT_BYTES },
  (_, length) => new Array<number>(length).fill(0),
);

/**
 * The text in a range of bytes, or undefined if they are not UTF-8. Most text on the wire is a
 * short name in ASCII, for which this is several times faster than the decoder. It also makes
 * flat strings: text put together from pieces would keep every piece alive.
 */
export function readText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length >= SHORT_BYTES) return decode(bytes, start, end);
  const short = codes[length]!;
  for (let index = 0; index < length; index++) {
    const code = bytes[start + index]!;
    if (code > 127) return decode(bytes, start, end);
    short[index] = code;
  }
  return String.fromCharCode.apply(null, short);
}

function decode(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
