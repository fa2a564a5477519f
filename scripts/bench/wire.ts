/** Prints what the wire does in a second: `deno run -A scripts/bench/wire.ts [--json]`. */

import type { Datagram } from "../../src/core/messages.ts";
import { decodeDatagram, encodeDatagram } from "../../src/wire/datagram.ts";
import { encodeFrames, FrameReader } from "../../src/wire/framing.ts";
import { EventClass, EventPriority, PeatEvent } from "../../src/wire/generated/cap/event.js";
import { decodeMessage, encodeMessage } from "../../src/wire/message.ts";

interface Figure {
  readonly what: string;
  readonly perSecond: number;
  readonly bytes: number;
}

const ROUNDS = 5;
const ROUND_MS = 400;

/** A stream's chunk, as a socket hands it over. */
const CHUNK_BYTES = 64 << 10;

const beacon: Datagram = {
  kind: "beacon",
  beacon: {
    nodeId: "drone-17",
    boot: 42,
    sequence: 123_456,
    ttlMs: 6_000,
    leaving: false,
    advertisement: {
      version: "0.1.0",
      level: 1,
      cell: "alpha",
      position: { latitude: 47.1, longitude: 8.5, altitude: 430 },
      port: 11_204,
      capabilities: [
        { type: "sensor", name: "thermal", confidence: 0.9, metadata: { range_m: "2000" } },
        { type: "compute", name: "gpu", confidence: 1 },
        { type: "communication", name: "radio", confidence: 0.7, metadata: { band: "uhf" } },
      ],
    },
  },
};

function main(): void {
  const figures = [...datagramFigures(), ...frameFigures(), eventFigure()];
  if (Deno.args.includes("--json")) return console.log(JSON.stringify(figures));
  for (const { what, perSecond, bytes } of figures) {
    const count = Math.round(perSecond).toLocaleString("en").padStart(12);
    console.log(`${what.padEnd(28)} ${count} a second, ${bytes} bytes each`);
  }
}

function datagramFigures(): Figure[] {
  const bytes = encodeDatagram(beacon);
  return [
    measure("beacon encoded", bytes.length, 1, () => encodeDatagram(beacon)),
    measure("beacon decoded", bytes.length, 1, () => decodeDatagram(bytes)),
  ];
}

function frameFigures(): Figure[] {
  const payloads = Array.from({ length: 1_000 }, () => new Uint8Array(200));
  const stream = encodeFrames(payloads);
  const readAll = () => {
    const reader = new FrameReader();
    let frames = 0;
    for (let offset = 0; offset < stream.length; offset += CHUNK_BYTES) {
      reader.push(stream.subarray(offset, offset + CHUNK_BYTES), () => frames++);
    }
    reader.end();
    return frames;
  };
  return [
    measure("frame written in batches", 200, payloads.length, () => encodeFrames(payloads)),
    measure("frame read from a stream", 200, payloads.length, readAll),
  ];
}

function eventFigure(): Figure {
  const bytes = encodeMessage(PeatEvent, {
    eventId: "01J8Z3K4N5P6Q7R8S9T0V1W2X3",
    timestamp: { seconds: 1_760_000_000n, nanos: 123_000_000 },
    sourceNodeId: "drone-17",
    sourceFormationId: "alpha",
    eventClass: EventClass.EVENT_CLASS_TELEMETRY,
    eventType: "battery.low",
    routing: { priority: EventPriority.PRIORITY_NORMAL, ttlSeconds: 300 },
    payloadValue: new Uint8Array(100),
  });
  const roundTrip = () => encodeMessage(PeatEvent, decodeMessage(PeatEvent, bytes));
  return measure("event decoded and encoded", bytes.length, 1, roundTrip);
}

/** The best of a few rounds: what disturbs a round only ever makes it slower. */
function measure(what: string, bytes: number, times: number, action: () => unknown): Figure {
  let perSecond = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let count = 0;
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      for (let index = 0; index < 100; index++) action();
      count += 100 * times;
      elapsedMs = performance.now() - startedAt;
    }
    perSecond = Math.max(perSecond, count * 1_000 / elapsedMs);
  }
  return { what, perSecond, bytes };
}

if (import.meta.main) main();
