import * as v from "valibot";
import { malformed } from "../core/kernel/refusals.ts";
import { base64, hex, MOST_EPOCHS, MOST_REVOCATIONS } from "./formation_record.ts";
import { privateFileExists, readPrivateFile, replacePrivateFile } from "./private_file.ts";

const FORMAT = "peat-learnt/1";
const LEARNT_FILE = "the file of what was learnt";
const statement = base64(1, 2_048);

const schema = v.strictObject({
  format: v.literal(FORMAT),
  /** The formation that it is about. */
  id: hex(16),
  revocations: v.pipe(v.array(statement), v.maxLength(MOST_REVOCATIONS)),
  groupKeys: v.pipe(v.array(statement), v.maxLength(MOST_EPOCHS)),
});

/** What the formation's authority signed since this node's formation file was made. */
export interface Learnt {
  readonly revocations: readonly Uint8Array[];
  readonly groupKeys: readonly Uint8Array[];
}

/** Nothing, when the file is not there or about another formation. */
export function readLearnt(path: string, formationId: string): Learnt {
  if (!privateFileExists(path)) return { revocations: [], groupKeys: [] };
  const { success, output } = v.safeParse(schema, parseJson(readPrivateFile(path, LEARNT_FILE)));
  if (!success) {
    throw malformed(`Cannot read ${LEARNT_FILE} ${path}: it is damaged`, {
      code: "learnt-malformed",
      hint: `remove it; the other members say it all again: rm ${path}`,
    });
  }
  const isOurs = output.id === formationId;
  const bytes = (texts: readonly string[]) => texts.map((text) => Uint8Array.fromBase64(text));
  return isOurs
    ? { revocations: bytes(output.revocations), groupKeys: bytes(output.groupKeys) }
    : { revocations: [], groupKeys: [] };
}

/** It is on the disk to stay when this returns. */
export function writeLearnt(path: string, id: string, { revocations, groupKeys }: Learnt): void {
  const texts = (statements: readonly Uint8Array[]) => statements.map((its) => its.toBase64());
  const record = {
    format: FORMAT,
    id,
    revocations: texts(revocations),
    groupKeys: texts(groupKeys),
  };
  replacePrivateFile(path, `${JSON.stringify(record)}\n`, LEARNT_FILE);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
