import { ExitCode } from "../../src/cli/exit_code.ts";
import { Failure } from "../../src/cli/failure.ts";
import { inputLines } from "../../src/cli/input.ts";
import { eachJsonLine, type LineResult, LineTally } from "../../src/cli/lines.ts";
import type { Output } from "../../src/cli/output.ts";
import { printable } from "../../src/cli/printable.ts";
import type { ControlClient } from "../../src/control/client.ts";
import type { WriteRequest, WriteResult } from "../../src/control/state_contract.ts";
import type { Target } from "./document_kind.ts";
import { isObject, writeAll } from "./write_results.ts";

/** How many lines go to the node at once. */
const BATCH = 128;
/** A line that comes so much later than the one before does not make that one wait. */
const PATIENCE_MS = 5;

export interface PutLinesOptions {
  readonly control: ControlClient;
  readonly target: Target;
  readonly flags: {
    readonly merge: boolean;
    readonly dryRun: boolean;
    readonly wait: number | undefined;
  };
  readonly out: Output;
  readonly timeoutMs: number;
}

type Read = LineResult<WriteRequest["writes"][number]>;

/** Writes a document for each line of standard input, and answers each with a line. */
export async function putLines(options: PutLinesOptions): Promise<ExitCode> {
  const { target, flags, out } = options;
  const tally = new LineTally();
  out.beginItems();
  const read = eachJsonLine(inputLines("-"), (value) => writeOf(target, value, flags.merge));
  for await (const batch of batches(read)) {
    for (const result of await writeBatch(batch, options)) {
      tally.count(result);
      out.item("result", result, resultText);
    }
  }
  return tally.exitCode;
}

async function writeBatch(
  batch: readonly Read[],
  { control, flags, timeoutMs }: PutLinesOptions,
): Promise<LineResult<WriteResult>[]> {
  const good = batch.flatMap((line) => line.ok ? [line.result] : []);
  const { dryRun, wait: peers } = flags;
  const results = good.length === 0
    ? []
    : await writeAll(control, good, { dryRun, peers, timeoutMs });
  let next = 0;
  return batch.map((line): LineResult<WriteResult> => {
    if (!line.ok) return line;
    const result = results[next++]!;
    if (result instanceof Failure) return failed(line.line, result.code, result.message);
    const { collection, id, acknowledgedBy } = result;
    const missing = (peers ?? 0) - acknowledgedBy.length;
    if (missing <= 0) return { line: line.line, ok: true, result };
    const message =
      `Cannot wait longer for ${collection}/${id}: ${missing} peers more should have it`;
    return failed(line.line, "timed-out", message);
  });
}

function failed(line: number, code: string, message: string): LineResult<never> {
  return { line, ok: false, error: { code, message } };
}

/** What came close together goes together. */
async function* batches(lines: AsyncGenerator<Read>): AsyncGenerator<Read[]> {
  let next = lines.next();
  for (let first = await next; !first.done; first = await next) {
    const batch = [first.value];
    next = lines.next();
    while (batch.length < BATCH) {
      const line = await within(next);
      if (line === undefined || line.done) break;
      batch.push(line.value);
      next = lines.next();
    }
    yield batch;
  }
}

/** Undefined for what takes longer. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function writeOf(target: Target, line: unknown, isMerge: boolean): WriteRequest["writes"][number] {
  const { id: lineId, value } = isObject(line) ? line : {};
  const id = target.id ?? lineId;
  if (typeof id !== "string") {
    throw new Failure("Cannot write the line: it has no id", { code: "malformed" });
  }
  if (!isObject(value)) {
    throw new Failure("Cannot write the line: its value is not an object", { code: "malformed" });
  }
  return { key: `${target.collection}/${id}`, edits: [{ kind: isMerge ? "set" : "put", value }] };
}

function resultText(result: LineResult<WriteResult>): string {
  if (!result.ok) return printable(`line ${result.line}: ${result.error.message}\n`);
  const { collection, id, changed } = result.result;
  return printable(`${changed ? "wrote" : "unchanged"} ${collection}/${id}`) + "\n";
}
