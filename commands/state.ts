import { command } from "../src/cli/command.ts";
import { argument, option, optionalArgument, toggle } from "../src/cli/flags.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { Failure, usageFailure } from "../src/cli/failure.ts";
import { toJsonText } from "../src/cli/json.ts";
import { text } from "../src/cli/kind.ts";
import { printable, printableJson } from "../src/cli/printable.ts";
import { formatAgo } from "../src/cli/duration.ts";
import { type Column, table, TABLE_FLAGS } from "../src/cli/table.ts";
import type { ControlClient } from "../src/control/client.ts";
import type { DocumentSummary, DocumentView, WriteResult } from "../src/control/state_contract.ts";
import { confirmed } from "./formation/confirmed.ts";
import { collectionOrDocument, document } from "./state/document_kind.ts";
import { putLines } from "./state/put_lines.ts";
import { checkAcknowledged, peersCondition } from "./state/wait.ts";
import { isObject, oneResult } from "./state/write_results.ts";

const WRITE_FLAGS = {
  wait: option(peersCondition, "wait until peers have it on their disks, such as peers>=3", {
    implied: "peers>=1",
  }),
  dryRun: toggle("only tell whether it would be done"),
};

const WAITS =
  "It is on this node's disk when the command ends. With --wait it is on the disks of " +
  "so many peers as well, or the exit code is 5 and it goes on to them when they can be reached.";

export const get = command({
  examples: [
    ["peat state get notes/plan-1", "its value"],
    ["peat state get notes/plan-1 --json | jq .value.route", "one field of it"],
    ["peat state get cells -o ndjson", "every document of a collection, a line each"],
  ],
  args: { document: argument(collectionOrDocument, "the document, or a collection") },
  async run({ args: { document: { collection, id } }, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const { listDocuments, readDocument } = await import("../src/control/state_client.ts");
    const control = await openControl({ ...settings, env });
    if (id !== undefined) {
      const view = await readDocument(control, `${collection}/${id}`);
      return out.value("document", view, () => toJsonText(view.value));
    }
    const views: DocumentView[] = [];
    for (const { id } of await listDocuments(control, collection)) {
      views.push(await readDocument(control, `${collection}/${id}`));
    }
    out.list("document", views, (views) => views.map(lineOf).join("\n"));
  },
});

export const put = command({
  examples: [
    ['peat state put notes/plan-1 \'{"route": "north"}\'', "the document's value from now on"],
    ["peat state put notes/plan-1 '{\"eta\": 12}' --merge", "set some of its fields"],
    [
      "peat state put alerts/fire-7 '{\"at\": \"ridge\"}' --wait='peers>=2'",
      "two peers have it too",
    ],
    ["jq -c '{id, value: .}' plans.json | peat state put notes - -o ndjson", "one for each line"],
  ],
  description: `${WAITS} Lines of standard input are objects with \`value\` and, where the ` +
    "collection alone is named, `id`; one line answers each, and the exit code is 6 when some failed. " +
    "`peat help state` says who may write what.",
  flags: { ...WRITE_FLAGS, merge: toggle("set these fields and leave the others") },
  args: {
    document: argument(collectionOrDocument, "the document, or for lines a collection"),
    value: argument(text, "an object as JSON, or - for lines of standard input"),
  },
  async run({ args: { document: target, value }, flags, settings, out, env }) {
    const object = value === "-" ? undefined : parseObject(value);
    if (object !== undefined && target.id === undefined) {
      throw usageFailure(
        `Cannot write ${target.collection}: it is a collection and needs an id`,
        `write it like ${target.collection}/plan-1, or give lines with -`,
      );
    }
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const { timeoutMs } = settings;
    if (object === undefined) return await putLines({ control, target, flags, out, timeoutMs });
    const edits = [{ kind: flags.merge ? "set" : "put", value: object } as const];
    const result = await oneResult(control, { key: `${target.collection}/${target.id}`, edits }, {
      dryRun: flags.dryRun,
      peers: flags.wait,
      timeoutMs,
    });
    out.value("written", result, () => resultText(result, WROTE));
    if (flags.wait !== undefined) checkAcknowledged(result, flags.wait, timeoutMs);
    return ExitCode.done;
  },
});

export const remove = command({
  examples: [
    ["peat state delete notes/plan-1 --yes", "it is gone everywhere"],
    ["peat state delete notes/plan-1 --field /route", "one field of it"],
  ],
  description: `${WAITS} What others wrote without knowing of the deletion goes with it.`,
  flags: {
    ...WRITE_FLAGS,
    field: option(text, "delete this field alone, by its JSON pointer"),
    yes: toggle("do not ask"),
  },
  args: { document: argument(document, "the document") },
  async run({ args: { document: key }, flags, settings, out, env }) {
    const { field, wait: peers, dryRun } = flags;
    if (field !== undefined && !field.startsWith("/")) {
      throw usageFailure(`Cannot delete ${JSON.stringify(field)}: it is no field`, "begin with /");
    }
    if (!dryRun && field === undefined) confirmed(`delete ${key} everywhere`, flags.yes);
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const edits = [
      field === undefined ? { kind: "delete" } as const : { kind: "remove", path: field } as const,
    ];
    const { timeoutMs } = settings;
    const result = await oneResult(control, { key, edits }, { dryRun, peers, timeoutMs });
    out.value("deleted", result, () => resultText(result, field === undefined ? DELETED : WROTE));
    if (peers !== undefined) checkAcknowledged(result, peers, timeoutMs);
  },
});

export const list = command({
  examples: [
    ["peat state ls", "every document that this node has"],
    ["peat state ls cells --json | jq '.[] | {id, heldBy}'", "who has which"],
  ],
  description:
    "`held by` are the connected peers that are known to have the document as it is here.",
  flags: TABLE_FLAGS,
  args: { document: optionalArgument(collectionOrDocument, "a collection") },
  async run({ args: { document: target }, flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const { listDocuments } = await import("../src/control/state_client.ts");
    const control: ControlClient = await openControl({ ...settings, env });
    const all = await listDocuments(control, target?.collection);
    const documents = all.filter(({ id }) => target?.id === undefined || target.id === id);
    out.list("document", documents, (documents) => table(out, COLUMNS, documents, flags));
  },
});

const COLUMNS: readonly Column<DocumentSummary>[] = [
  { name: "document", cell: ({ collection, id }) => `${collection}/${id}` },
  { name: "bytes", cell: ({ sizeBytes }) => sizeBytes },
  { name: "changes", cell: ({ changes }) => changes },
  { name: "written", cell: ({ writtenAt }) => formatAgo(Date.now() - Date.parse(writtenAt)) },
  { name: "by", cell: ({ writers }) => writers.join(" ") },
  { name: "held by", cell: ({ heldBy }) => heldBy.join(" ") },
];

function lineOf({ collection, id, value }: DocumentView): string {
  return `${collection}/${id} ${printableJson(JSON.stringify(value))}`;
}

const WROTE = { would: "would write", did: "wrote" } as const;
const DELETED = { would: "would delete", did: "deleted" } as const;

function resultText(
  { collection, id, changed, acknowledgedBy, dryRun }: WriteResult,
  { would, did }: typeof WROTE | typeof DELETED,
): string {
  if (dryRun) return printable(`${would} ${collection}/${id}`);
  const done = changed ? did : "found nothing to change in";
  const peers = acknowledgedBy.length === 0 ? "" : `, on the disks of ${acknowledgedBy.join(", ")}`;
  return printable(`${done} ${collection}/${id}${peers}`);
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw usageFailure(
      `Cannot read the value: ${(error as SyntaxError).message}`,
      'write an object like \'{"route": "north"}\'',
    );
  }
  if (isObject(value)) return value;
  throw new Failure("Cannot write the value: it is not an object", {
    exitCode: ExitCode.usage,
    hint: 'put it into a field, like \'{"route": "north"}\'',
  });
}
