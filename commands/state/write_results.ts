import { Failure } from "../../src/cli/failure.ts";
import type { ControlClient } from "../../src/control/client.ts";
import type { WriteRequest, WriteResult } from "../../src/control/state_contract.ts";

type OneWrite = WriteRequest["writes"][number];

export interface WriteOptions {
  readonly dryRun: boolean;
  /** How many peers are to have it on their disks. */
  readonly peers: number | undefined;
  readonly timeoutMs: number;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What became of each, as a result or as the failure that it is. */
export async function writeAll(
  control: ControlClient,
  writes: OneWrite[],
  { dryRun, peers, timeoutMs }: WriteOptions,
): Promise<(WriteResult | Failure)[]> {
  const { writeDocuments } = await import("../../src/control/state_client.ts");
  const answers = await writeDocuments(control, {
    writes,
    ...(dryRun ? { dryRun } : {}),
    ...(peers === undefined ? {} : { peers, withinMs: timeoutMs }),
  });
  return answers.map((answer) => {
    if (!("error" in answer)) return answer;
    const { message, code, hint, exitCode = 1 } = answer.error;
    return new Failure(message, { code, hint, exitCode: exitCode as 1 });
  });
}

/** Throws what one write failed with. */
export async function oneResult(
  control: ControlClient,
  write: OneWrite,
  options: WriteOptions,
): Promise<WriteResult> {
  const [result] = await writeAll(control, [write], options);
  if (result instanceof Failure) throw result;
  return result!;
}
