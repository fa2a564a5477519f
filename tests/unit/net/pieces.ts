import { PIECE_HEADER_BYTES, writePieceHeader } from "../../../src/net/quic/piece.ts";

/** What stands before a piece of what a class sends. */
export function pieceHeaderOf(position: number, length: number): Uint8Array {
  const header = new Uint8Array(PIECE_HEADER_BYTES);
  writePieceHeader(header, { length, position });
  return header;
}
