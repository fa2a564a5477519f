import {
  CAPABILITY_PATHS,
  type CapabilityList,
  type ChangeAnswer,
  type HoldersAnswer,
  type QueryAnswer,
} from "./capability_contract.ts";

/** What can be asked of a node about what it and others can do. Each throws what it refuses. */
export interface CapabilityControl {
  query(text: string, liveMs: number | undefined): Promise<QueryAnswer>;
  list(): CapabilityList;
  change(change: ChangeRequest, isDryRun: boolean): Promise<ChangeAnswer>;
  holders(withinMs: number): Promise<HoldersAnswer>;
}

/** As it was typed; the node reads it. */
export type ChangeRequest =
  | { readonly set: string }
  | { readonly clear: string }
  | { readonly health: string };

/** How long a question to all peers may take. */
const LONGEST_MS = 60_000;

/** Answers, unless the route is another's or its query makes no sense. */
export async function answerCapabilities(
  route: string,
  query: URLSearchParams,
  control: CapabilityControl,
): Promise<Response | undefined> {
  switch (route) {
    case `GET ${CAPABILITY_PATHS.query}`:
      return Response.json(
        await control.query(query.get("text") ?? "", milliseconds(query, "liveMs")),
      );
    case `GET ${CAPABILITY_PATHS.list}`:
      return Response.json(control.list());
    case `GET ${CAPABILITY_PATHS.holders}`:
      return Response.json(await control.holders(milliseconds(query, "withinMs") ?? LONGEST_MS));
    case `POST ${CAPABILITY_PATHS.change}`: {
      const request = changeIn(query);
      if (request === undefined) return undefined;
      return Response.json(await control.change(request, query.get("dryRun") === "1"));
    }
    default:
      return undefined;
  }
}

function changeIn(query: URLSearchParams): ChangeRequest | undefined {
  const [set, clear, health] = [query.get("set"), query.get("clear"), query.get("health")];
  if (set !== null) return { set };
  if (clear !== null) return { clear };
  return health === null ? undefined : { health };
}

function milliseconds(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), LONGEST_MS) : undefined;
}
