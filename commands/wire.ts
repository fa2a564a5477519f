import { command } from "../src/cli/command.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { Failure, usageFailure } from "../src/cli/failure.ts";
import { argument, optionalArgument, toggle } from "../src/cli/flags.ts";
import { inputName, readInput } from "../src/cli/input.ts";
import { filePath, named, text } from "../src/cli/kind.ts";
import { toJsonText } from "../src/cli/json.ts";
import { table, TABLE_FLAGS } from "../src/cli/table.ts";
import type { JsonValue } from "../src/wire/json.ts";

/** What one message may take on a stream between nodes. */
const LONGEST_MESSAGE_BYTES = 1024 * 1024;

/** Two digits for a byte, and room for line feeds and indentation. */
const LONGEST_TEXT_BYTES = 4 * LONGEST_MESSAGE_BYTES;

const typeArgument = argument(
  named("TYPE", text),
  "the message type, such as cap.node.v1.NodeState",
);

interface TypeRow {
  readonly name: string;
  readonly kind: string;
  readonly package: string;
}

export const types = command({
  examples: [
    ["peat wire types", "every type of the schema"],
    ["peat wire types --columns name --no-header | grep Beacon", "the names of some"],
  ],
  flags: TABLE_FLAGS,
  async run({ flags, out }) {
    const { listTypes } = await import("../src/wire/inspect.ts");
    // In ndjson `type` says what a line is, so the type's own name is its `name`.
    const rows = listTypes().map(({ type, ...rest }): TypeRow => ({ name: type, ...rest }));
    const columns = [
      { name: "name", cell: (row: TypeRow) => row.name },
      { name: "kind", cell: (row: TypeRow) => row.kind },
    ];
    out.list("type", rows, () => table(out, columns, rows, flags));
  },
});

export const decode = command({
  description:
    "Prints canonical proto3 JSON, in the text format too. Fields that the schema does not " +
    "know stand under $unknown and survive the way back.",
  examples: [
    ["peat wire decode cap.node.v1.NodeState < state.bin", "what a captured message says"],
    ["echo 0a0161 | peat wire decode cap.node.v1.NodeConfig --hex", "the same from hexadecimal"],
  ],
  flags: {
    hex: toggle("the input is hexadecimal; spaces and line feeds do not matter"),
    base64: toggle("the input is base64"),
  },
  args: {
    type: typeArgument,
    file: optionalArgument(filePath, "the bytes; - or nothing is standard input"),
  },
  async run({ flags, args, out }) {
    const { decodeToJson } = await import("../src/wire/inspect.ts");
    const bytes = await readMessage(args.file ?? "-", flags);
    const message = await refusing(`decode ${args.type}`, () => decodeToJson(args.type, bytes));
    if (out.format === "ndjson") out.value("message", message as object, toJsonText);
    else out.text(toJsonText(message));
  },
});

export const encode = command({
  examples: [
    [`echo '{"id":"a"}' | peat wire encode cap.node.v1.NodeConfig > config.bin`, "make bytes"],
    [`echo '{}' | peat wire encode cap.node.v1.NodeConfig --hex`, "make text of them"],
  ],
  flags: { hex: toggle("print hexadecimal instead of the bytes") },
  args: {
    type: typeArgument,
    file: optionalArgument(filePath, "the JSON; - or nothing is standard input"),
  },
  async run({ flags, args, out }) {
    if (out.isTerminal && !flags.hex) {
      throw usageFailure(
        "Cannot print the bytes: standard output is a terminal",
        "add --hex, or send them to a file with >",
      );
    }
    const { encodeFromJson } = await import("../src/wire/inspect.ts");
    const json = await readJson(args.file ?? "-");
    const bytes = await refusing(`encode ${args.type}`, () => encodeFromJson(args.type, json));
    if (flags.hex) out.write(`${bytes.toHex()}\n`);
    else out.write(bytes);
  },
});

async function readMessage(
  path: string,
  { hex, base64 }: { readonly hex: boolean; readonly base64: boolean },
): Promise<Uint8Array> {
  if (hex && base64) throw usageFailure("Cannot use --hex with --base64: the input is one of them");
  if (!hex && !base64) return await readInput(path, LONGEST_MESSAGE_BYTES);
  const written = new TextDecoder().decode(await readInput(path, LONGEST_TEXT_BYTES));
  const bare = written.replace(/\s+/g, "");
  const form = hex ? "hexadecimal" : "base64";
  let bytes: Uint8Array;
  try {
    bytes = hex ? Uint8Array.fromHex(bare) : Uint8Array.fromBase64(bare);
  } catch {
    throw usageFailure(`Cannot read ${inputName(path)}: it is not ${form}`);
  }
  if (bytes.byteLength <= LONGEST_MESSAGE_BYTES) return bytes;
  throw usageFailure(
    `Cannot read ${inputName(path)}: it has more than ${LONGEST_MESSAGE_BYTES} bytes`,
  );
}

async function readJson(path: string): Promise<JsonValue> {
  const written = new TextDecoder().decode(await readInput(path, LONGEST_TEXT_BYTES));
  try {
    return JSON.parse(written);
  } catch (error) {
    throw usageFailure(
      `Cannot read ${inputName(path)}: it is not JSON: ${(error as SyntaxError).message}`,
    );
  }
}

/** What the codec refuses was malformed input, whatever else the codec calls it. */
async function refusing<T>(what: string, convert: () => T): Promise<T> {
  const { WireError } = await import("../src/wire/wire_error.ts");
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const [state = "", hint] = error.message.split(/; (?=did you mean)/);
    throw new Failure(state.startsWith("Cannot ") ? state : `Cannot ${what}: ${state}`, {
      exitCode: ExitCode.usage,
      code: error.code,
      hint: hint ?? (error.code === "unknownType" ? "run `peat wire types`" : undefined),
      cause: error,
    });
  }
}
