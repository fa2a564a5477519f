import { usageFailure } from "./failure.ts";
import { type Line, readLines } from "./lines.ts";

/** Standard input for `-`, else the file. A closed standard input is an empty one. */
export async function* openInput(path: string): AsyncGenerator<Uint8Array> {
  if (path !== "-") return yield* openFile(path);
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    const taken = await Deno.stdin.read(chunk).catch(closedIsEmpty);
    if (taken === null) return;
    yield chunk.subarray(0, taken);
  }
}

/** The lines of standard input for `-`, else of the file. */
export function inputLines(path: string): AsyncGenerator<Line> {
  return readLines(openInput(path));
}

/** All bytes of the input, refused as soon as they are more than `mostBytes`. */
export async function readInput(path: string, mostBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of openInput(path)) {
    byteLength += chunk.byteLength;
    if (byteLength > mostBytes) {
      throw usageFailure(
        `Cannot read ${inputName(path)}: it has more than ${mostBytes} bytes`,
        "give it one message at a time",
      );
    }
    parts.push(chunk.slice());
  }
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

export function inputName(path: string): string {
  return path === "-" ? "standard input" : path;
}

async function* openFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    using file = await Deno.open(path);
    const chunk = new Uint8Array(64 * 1024);
    for (;;) {
      const taken = await file.read(chunk);
      if (taken === null) return;
      yield chunk.subarray(0, taken);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw usageFailure(`Cannot read ${path}: there is no such file`, "use - for standard input");
    }
    if (!(error instanceof Error)) throw error;
    throw usageFailure(`Cannot read ${path}: ${error.message}`);
  }
}

/** A process that was started with its standard input closed gets an error where others get an end. */
function closedIsEmpty(error: unknown): null {
  if (error instanceof Deno.errors.BadResource || isBadDescriptor(error)) return null;
  throw error;
}

function isBadDescriptor(error: unknown): boolean {
  return error instanceof Error && (error as Error & { code?: string }).code === "EBADF";
}
