/**
 * What a decoder grants to bytes from outside. Every length is held against these before anything
 * is allocated for it.
 */
export const WIRE_LIMITS = {
  /** One datagram, seal and signature included, so that it crosses any path unfragmented. */
  datagramBytes: 1_200,
  /** What a beacon may take of it, so that whoever repeats it has room to say so and to seal that. */
  beaconBytes: 940,
  /** What one node seals for another, over others. No message of a cell is as long. */
  envelopeBytes: 64 << 10,
  /** One frame of a stream. Larger things are blobs. */
  frameBytes: 1 << 20,
  /** Messages or groups within each other: as deep as other implementations go. */
  depth: 100,
  /** How much memory a decoded message may take for each of its bytes, */
  memoryFactor: 16,
  /** and how much a short message may take besides. */
  memorySlackBytes: 64 << 10,
} as const;
