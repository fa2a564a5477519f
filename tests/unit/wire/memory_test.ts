import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { WIRE_LIMITS } from "../../../src/wire/limits.ts";
import { decodeMessage } from "../../../src/wire/message.ts";
import { type AnyMessage, describe } from "../../../src/wire/schema.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What costs the most memory for the fewest bytes. Each is one element, to be repeated. */
const ATTACKS = [
  ["empty messages", "cap.capability.v1.CapabilityResponse", "0a00"],
  ["messages of one number", "cap.capability.v1.CapabilityResponse", "0a021801"],
  ["messages that take back", "cap.capability.v1.CapabilityResponse", "0a09180112014118001200"],
  ["messages with a list of one", "cap.composition.v1.CompositionResult", "12022001"],
  ["messages with an empty list", "cap.composition.v1.CompositionResult", "12022200"],
  ["messages with an unknown field", "cap.capability.v1.CapabilityResponse", "0a027801"],
  ["messages of empty messages", "cap.track.v1.TrackResponse", "0a0a22002a003a004a005200"],
  ["small events", "cap.event.v1.EventBatch", "0a0d12090880c8c8c80610c8015a00"],
  ["empty texts", "cap.cell.v1.CellState", "1a00"],
  ["empty bytes", "cap.security.v1.DeviceIdentity", "3a00"],
  ["unknown fields", "cap.common.v1.Uuid", "7801"],
  ["map entries", "cap.common.v1.Metadata", "0a050a01611200"],
  ["numbers one by one", "cap.capability.v1.CapabilityQuery", "0801"],
  ["packed numbers", "cap.product.v1.DetectionProduct", `1a7f${"05".repeat(127)}`],
] as const;

for (const [name, type, element] of ATTACKS) {
  Deno.test(`nothing but ${name} is refused or takes what is granted`, async () => {
    await staysWithin(type, repeat(element, 1 << 18));
  });

  Deno.test(`as many ${name} as are taken take no more than what is granted`, async () => {
    let taken = repeat(element, 1 << 10);
    while (taken.length < 1 << 16) {
      const twice = repeat(element, taken.length * 2);
      if (tryDecode(type, padded(twice)) === undefined) break;
      taken = twice;
    }
    await staysWithin(type, padded(taken));
  });
}

async function staysWithin(type: string, bytes: Uint8Array): Promise<void> {
  const before = await settledHeap();
  const message = tryDecode(type, bytes);
  const taken = await settledHeap() - before;
  const granted = WIRE_LIMITS.memoryFactor * bytes.length + WIRE_LIMITS.memorySlackBytes;
  assert(taken <= granted, `${bytes.length} bytes took ${taken}, ${granted} were granted`);
  // Looked at here, so that it is alive while it is measured.
  assert(message === undefined || Object.keys(message).length >= 0);
}

function tryDecode(type: string, bytes: Uint8Array): AnyMessage | undefined {
  const descriptor = describe(type);
  assert(descriptor?.kind === "message");
  try {
    return decodeMessage(descriptor.type, bytes);
  } catch (error) {
    assert(error instanceof WireError && error.code === "tooMany", String(error));
    return undefined;
  }
}

/** Puts a long unknown field ahead, which raises what is granted and takes nothing. */
function padded(bytes: Uint8Array): Uint8Array {
  const filler = Uint8Array.fromHex("fa7f808008");
  const all = new Uint8Array(filler.length + (1 << 17) + bytes.length);
  all.set(filler);
  all.set(bytes, all.length - bytes.length);
  return all;
}

async function settledHeap(): Promise<number> {
  // After a turn of the loop, so that nothing of the last decoding is on the stack any more.
  await new Promise((resolve) => setTimeout(resolve, 0));
  collectGarbage();
  return Deno.memoryUsage().heapUsed;
}

function repeat(element: string, length: number): Uint8Array {
  const bytes = Uint8Array.fromHex(element);
  const count = Math.floor(length / bytes.length);
  const repeated = new Uint8Array(count * bytes.length);
  for (let index = 0; index < count; index++) repeated.set(bytes, index * bytes.length);
  return repeated;
}
