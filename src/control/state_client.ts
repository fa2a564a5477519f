import type { ControlClient } from "./client.ts";
import {
  DocumentSummaries,
  type DocumentSummary,
  DocumentView,
  STATE_PATHS,
  WriteAnswer,
  type WriteRequest,
} from "./state_contract.ts";

/** How much longer than the node a command waits, so that it is the node that says what is missing. */
const SLACK_MS = 2_000;

/** Every document, or those of one collection. */
export function listDocuments(
  control: ControlClient,
  collection: string | undefined,
): Promise<DocumentSummary[]> {
  const query = collection === undefined ? "" : `?collection=${encodeURIComponent(collection)}`;
  return control.ask("GET", `${STATE_PATHS.documents}${query}`, DocumentSummaries);
}

/** Throws when there is no such document. */
export function readDocument(control: ControlClient, key: string): Promise<DocumentView> {
  const path = `${STATE_PATHS.document}?key=${encodeURIComponent(key)}`;
  return control.ask("GET", path, DocumentView);
}

/** What became of each write. Waits for peers for as long as the request says. */
export function writeDocuments(
  control: ControlClient,
  request: WriteRequest,
): Promise<WriteAnswer> {
  const timeoutMs = control.timeoutMs + (request.withinMs ?? 0) + SLACK_MS;
  return control.ask("POST", STATE_PATHS.write, WriteAnswer, {
    body: JSON.stringify(request),
    timeoutMs,
  });
}
