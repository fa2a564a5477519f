import * as v from "valibot";
import { isNodeId } from "../core/kernel/ids.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "./private_file.ts";

export { JOINED_FILE } from "./joined_file.ts";

/**
 * What a formation file says. There are three, by what their holder has:
 *
 * - `secret`: everything, in a *shared* formation, since all else is derived from the secret;
 * - `authority`: the key that makes members, in an *enrolled* formation;
 * - `membership`: one node's certificates, and the group keys.
 */

export const FORMAT = "peat-formation/1";
export const FORMATION_FILE = "the formation file";

/** Epochs that are good at the same time; more cannot be told apart by a datagram's first byte. */
export const MOST_EPOCHS = 8;
/** Epochs that are over, of which the oldest are forgotten first. */
export const MOST_ENDED = 256;
export const MOST_ISSUED = 10_000;
export const MOST_REVOCATIONS = 4_096;

/** Base64 of as many bytes, or of so many at most. */
export const base64 = (bytes: number, mostBytes = bytes) =>
  v.pipe(
    v.string(),
    v.maxLength(Math.ceil(mostBytes / 3) * 4),
    v.check((text) => isBase64(text, bytes, mostBytes), "it is not base64 of the right length"),
  );
export const hex = (bytes: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const name = v.pipe(v.string(), v.check(isNodeId, "it is not a name"));

/** Certificates, requests and revocations; none has more bytes. */
const document = base64(1, 2_048);

const epoch = v.strictObject({
  epoch: v.pipe(count, v.minValue(1), v.maxValue(0xffff_ffff)),
  secret: base64(32),
  startedAtMs: count,
  /** How long the epoch before this one is still good. */
  graceMs: count,
  /** The signed `GroupKey` that says all of this, in an enrolled formation. */
  proof: v.optional(document),
});

const issued = v.strictObject({
  serial: count,
  nodeId: name,
  deviceId: hex(16),
  role: v.string(),
  issuedAtMs: count,
  expiresAtMs: count,
});

/** An epoch that is over. It lets nobody in any more, and still proves who wrote a document then. */
const ended = v.strictObject({
  epoch: v.pipe(count, v.minValue(1), v.maxValue(0xffff_ffff)),
  authorityPublicKey: base64(32),
});

const common = {
  format: v.literal(FORMAT),
  name,
  id: hex(16),
  epochs: v.pipe(v.array(epoch), v.minLength(1), v.maxLength(MOST_EPOCHS)),
};
const revocations = v.pipe(v.array(document), v.maxLength(MOST_REVOCATIONS));

const sharedRecord = v.strictObject({
  ...common,
  holds: v.literal("secret"),
  ended: v.optional(v.pipe(v.array(ended), v.maxLength(MOST_ENDED))),
});
const authorityRecord = v.strictObject({
  ...common,
  holds: v.literal("authority"),
  authorityKey: base64(32),
  nextSerial: v.pipe(count, v.minValue(1)),
  issued: v.pipe(v.array(issued), v.maxLength(MOST_ISSUED)),
  revocations,
});
const memberRecord = v.strictObject({
  ...common,
  holds: v.literal("membership"),
  authorityPublicKey: base64(32),
  authorityCertificate: document,
  certificate: document,
  serverCertificate: document,
  revocations,
});
const schema = v.variant("holds", [sharedRecord, authorityRecord, memberRecord]);

export type EpochRecord = v.InferOutput<typeof epoch>;
export type EndedRecord = v.InferOutput<typeof ended>;
export type IssuedRecord = v.InferOutput<typeof issued>;
export type SharedRecord = v.InferOutput<typeof sharedRecord>;
export type AuthorityRecord = v.InferOutput<typeof authorityRecord>;
export type MemberRecord = v.InferOutput<typeof memberRecord>;
export type FormationRecord = v.InferOutput<typeof schema>;

/** Reads a formation file. Others must not be able to, or it is refused; see `readPrivateFile`. */
export function readFormationFile(path: string): FormationRecord {
  return parseFormation(readPrivateFile(path, FORMATION_FILE), path);
}

/** Reads a formation file's text; `source` is where it came from. */
export function parseFormation(text: string, source: string): FormationRecord {
  const json = parseJson(text, source);
  const { success, output, issues } = v.safeParse(schema, json);
  if (success && areInOrder(output.epochs)) return output;
  const at = issues === undefined ? "epochs" : v.getDotPath(issues[0]) ?? "its top";
  throw malformed(`Cannot read ${FORMATION_FILE} ${source}: it is wrong at ${at}`, {
    code: "formation-malformed",
    hint: "make sure that it is whole; peat formation create makes a new one",
  });
}

export function createFormationFile(path: string, record: FormationRecord): void {
  createPrivateFile(path, formationText(record), FORMATION_FILE);
}

export function replaceFormationFile(path: string, record: FormationRecord): void {
  replacePrivateFile(path, formationText(record), FORMATION_FILE);
}

export function formationText(record: FormationRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** The parser's own message would show a piece of the text, which is a secret. */
function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(`Cannot read ${FORMATION_FILE} ${source}: it is not JSON`, {
      code: "formation-malformed",
    });
  }
}

function areInOrder(epochs: readonly EpochRecord[]): boolean {
  return epochs.every(({ epoch }, index) => index === 0 || epoch === epochs[index - 1]!.epoch + 1);
}

function isBase64(text: string, leastBytes: number, mostBytes: number): boolean {
  try {
    const { length } = Uint8Array.fromBase64(text);
    return length >= leastBytes && length <= mostBytes;
  } catch {
    return false;
  }
}
