import { command } from "../src/cli/command.ts";
import { Failure } from "../src/cli/failure.ts";
import { optionalArgument, STREAM_FLAGS } from "../src/cli/flags.ts";
import { printableJson } from "../src/cli/printable.ts";
import { bounded } from "../src/cli/watch.ts";
import type { ControlClient } from "../src/control/client.ts";
import type { DocumentView } from "../src/control/state_contract.ts";
import { collectionOrDocument, type Target } from "./state/document_kind.ts";

/** What a document is now, or that there is none any more. */
type Seen = DocumentView | {
  readonly collection: string;
  readonly id: string;
  readonly deleted: true;
};

export const watch = command({
  examples: [
    ["peat state watch", "every document that the node here has, and whatever becomes of them"],
    ["peat state watch notes/plan-1", "its value now, and whenever it changes"],
    ["peat state watch alerts -o ndjson | jq -r .id", "which alerts come"],
    ["peat state watch cells/alpha --count 2 --timeout 1m", "wait for the next change"],
  ],
  description:
    "What is there comes first. A document that is written several times at once may be " +
    "shown once, as it is then.",
  flags: STREAM_FLAGS,
  args: {
    document: optionalArgument(
      collectionOrDocument,
      "the document, or a collection; all if left out",
    ),
  },
  stopsCleanly: true,
  async run({ args: { document: target }, flags, settings, out, env, signal }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    await control.status();
    out.beginItems();
    for await (const seen of bounded(changes(control, target, signal), flags, signal)) {
      out.item("document", seen, textOf);
    }
  },
});

async function* changes(
  control: ControlClient,
  target: Target | undefined,
  signal: AbortSignal,
): AsyncGenerator<Seen> {
  const { listDocuments } = await import("../src/control/state_client.ts");
  // The stream is open before the first look, so that nothing falls between them.
  const events = control.events(signal);
  const first = events.next();
  first.catch(() => {});
  const shown = new Map<string, string>();
  for (const { collection, id } of await listDocuments(control, target?.collection)) {
    if (isMeant(target, collection, id)) yield* news(control, collection, id, shown);
  }
  for (let event = await first; !event.done; event = await events.next()) {
    const { type, key } = event.value;
    if (type === "fellBehind") {
      throw new Failure("Cannot watch any longer: the reader of this is too slow for the node", {
        code: "fell-behind",
        hint: "see what there is now with: peat state ls",
      });
    }
    if (type !== "documentChanged" || typeof key !== "string") continue;
    const [collection = "", id = ""] = key.split("/");
    if (isMeant(target, collection, id)) yield* news(control, collection, id, shown);
  }
  if (signal.aborted) return;
  throw new Failure("Cannot watch any longer: the node stopped", {
    code: "node-stopped",
    hint: "start it again with: peat node run",
  });
}

function isMeant(target: Target | undefined, collection: string, id: string): boolean {
  if (target === undefined) return true;
  return collection === target.collection && (target.id === undefined || target.id === id);
}

/**
 * The document, unless it was shown like this already. Of what was shown only a digest is kept, and
 * nothing once it is deleted, so that watching all there is takes no more memory than that.
 */
async function* news(
  control: ControlClient,
  collection: string,
  id: string,
  shown: Map<string, string>,
): AsyncGenerator<Seen> {
  const { readDocument } = await import("../src/control/state_client.ts");
  const key = `${collection}/${id}`;
  const view = await readDocument(control, key).catch((error) => {
    if ((error as { code?: string }).code === "no-such-document") return undefined;
    throw error;
  });
  if (view === undefined) {
    if (shown.delete(key)) yield { collection, id, deleted: true };
    return;
  }
  const mark = await digestOf([view.generation, view.value]);
  if (shown.get(key) === mark) return;
  shown.set(key, mark);
  yield view;
}

async function digestOf(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}

function textOf(seen: Seen): string {
  const { collection, id } = seen;
  const value = "value" in seen ? printableJson(JSON.stringify(seen.value)) : "deleted";
  return `${collection}/${id} ${value}\n`;
}
