import { safeParse } from "valibot";
import {
  type DocumentSummary,
  type DocumentView,
  STATE_PATHS,
  WRITE_LIMITS,
  type WriteAnswer,
  WriteRequest,
} from "./state_contract.ts";

/** The documents of a node, for its control socket. Throws an `OperatingError` for what cannot be. */
export interface StateService {
  documents(collection: string | undefined): Promise<DocumentSummary[]>;
  document(key: string): Promise<DocumentView>;
  write(request: WriteRequest): Promise<WriteAnswer>;
}

/** Undefined for what is not about documents. */
export async function answerState(
  state: StateService,
  request: Request,
): Promise<Response | undefined> {
  const { pathname, searchParams } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case `GET ${STATE_PATHS.documents}`:
      return Response.json(await state.documents(searchParams.get("collection") ?? undefined));
    case `GET ${STATE_PATHS.document}`:
      return Response.json(await state.document(searchParams.get("key") ?? ""));
    case `POST ${STATE_PATHS.write}`:
      return await write(state, request);
    default:
      return undefined;
  }
}

async function write(state: StateService, request: Request): Promise<Response> {
  const body = await readBody(request);
  const read = safeParse(WriteRequest, body);
  if (read.success) return Response.json(await state.write(read.output));
  const message = `Cannot write documents: ${read.issues[0].message}`;
  return Response.json({ error: { message, code: "malformed" } }, { status: 400 });
}

async function readBody(request: Request): Promise<unknown> {
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (!(length <= WRITE_LIMITS.bodyBytes)) return undefined;
  try {
    return await request.json();
  } catch {
    return undefined; // Not JSON, which the schema says.
  }
}
