/**
 * All that a class sends is one run of bytes, cut into pieces that travel over the class's streams.
 * Each begins with its length and its place in the run, which counts from zero again after 2^32: far
 * less than that is ever on its way.
 */
export interface PieceHeader {
  readonly length: number;
  readonly position: number;
}

export const PIECE_HEADER_BYTES = 8;

export function writePieceHeader(bytes: Uint8Array, { length, position }: PieceHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PIECE_HEADER_BYTES);
  view.setUint32(0, length);
  view.setUint32(4, position);
}

/** Takes a stream apart into pieces, and hands on their bytes with their places as they arrive. */
export class PieceReader {
  readonly #header = new Uint8Array(PIECE_HEADER_BYTES);
  #headerLength = 0;
  #position = 0;
  #restBytes = 0;

  push(chunk: Uint8Array, receive: (position: number, bytes: Uint8Array) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#restBytes === 0) {
        offset += this.#readHeader(chunk.subarray(offset));
        continue;
      }
      const bytes = chunk.subarray(offset, offset + this.#restBytes);
      offset += bytes.length;
      receive(this.#position, bytes);
      this.#position = (this.#position + bytes.length) >>> 0;
      this.#restBytes -= bytes.length;
    }
  }

  /** Answers how much of the bytes belonged to the header. */
  #readHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, PIECE_HEADER_BYTES - this.#headerLength);
    this.#header.set(part, this.#headerLength);
    this.#headerLength += part.length;
    if (this.#headerLength === PIECE_HEADER_BYTES) {
      const view = new DataView(this.#header.buffer);
      this.#restBytes = view.getUint32(0);
      this.#position = view.getUint32(4);
      this.#headerLength = 0;
    }
    return part.length;
  }
}
