import * as v from "valibot";

/** What a node answers about the documents that it shares. */
export const STATE_PATHS = {
  /** With `collection=NAME`, or nothing, as its query. */
  documents: "/v1/state",
  /** With `key=COLLECTION/ID` as its query. */
  document: "/v1/state/document",
  /** With a `WriteRequest` as its body. */
  write: "/v1/state/write",
} as const;

/** What one request may carry. */
export const WRITE_LIMITS = { writes: 512, bodyBytes: 4 << 20 } as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const jsonObject = v.record(v.string(), v.any());

const edit = v.variant("kind", [
  v.strictObject({ kind: v.picklist(["put", "set"]), value: jsonObject }),
  v.strictObject({ kind: v.literal("remove"), path: v.pipe(v.string(), v.startsWith("/")) }),
  v.strictObject({ kind: v.literal("delete") }),
]);

export const WriteRequest = v.strictObject({
  writes: v.pipe(
    v.array(v.strictObject({
      key: v.string(),
      edits: v.pipe(v.array(edit), v.minLength(1), v.maxLength(64)),
    })),
    v.minLength(1),
    v.maxLength(WRITE_LIMITS.writes),
  ),
  /** Only tell whether it would be done. */
  dryRun: v.exactOptional(v.boolean()),
  /** Answer when so many peers have it on their disks, or when the time is over. */
  peers: v.exactOptional(count),
  withinMs: v.exactOptional(count),
});
export type WriteRequest = v.InferOutput<typeof WriteRequest>;

export const WriteResult = v.object({
  collection: v.string(),
  id: v.string(),
  /** False when it was so already. */
  changed: v.boolean(),
  generation: v.exactOptional(count),
  /** The peers that have it on their disks, as far as is known. */
  acknowledgedBy: v.array(v.string()),
  /** It was only asked whether it would be done. */
  dryRun: v.exactOptional(v.literal(true)),
});
export type WriteResult = v.InferOutput<typeof WriteResult>;

/** What became of each write, in their order. */
export const WriteAnswer = v.array(v.union([
  WriteResult,
  v.object({
    error: v.object({
      message: v.string(),
      code: v.string(),
      hint: v.exactOptional(v.string()),
      exitCode: v.exactOptional(v.number()),
    }),
  }),
]));
export type WriteAnswer = v.InferOutput<typeof WriteAnswer>;

const summary = {
  collection: v.string(),
  id: v.string(),
  /** Rises with every deletion and every fresh start. */
  generation: count,
  /** Of this generation, and their bytes. */
  changes: count,
  sizeBytes: count,
  /** When it was last written, by this machine's clock. */
  writtenAt: v.string(),
  /** Who wrote it. */
  writers: v.array(v.string()),
  /** The connected peers that are known to have it as it is here. */
  heldBy: v.array(v.string()),
};

export const DocumentSummary = v.object(summary);
export type DocumentSummary = v.InferOutput<typeof DocumentSummary>;
export const DocumentSummaries = v.array(DocumentSummary);

export const DocumentView = v.object({ ...summary, value: jsonObject });
export type DocumentView = v.InferOutput<typeof DocumentView>;

/** Says in the stream of events that a document is another, or is no more. */
export const DocumentEvent = v.looseObject({
  type: v.literal("documentChanged"),
  ts: v.string(),
  key: v.string(),
});
