import { safeParse } from "valibot";
import { type ElectionPolicy, isPolicy } from "../core/cell/policy.ts";
import { isNodeId } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import {
  type MoveAnswer,
  type NodeStatus,
  type NodeView,
  PATHS,
  PositionView,
  type PowerAnswer,
  PowerView,
  type StopAnswer,
} from "./contract.ts";
import { readAssignRequest } from "./assign_request.ts";
import {
  type AssignAnswer,
  ASSIGNMENT_PATHS,
  type AssignmentView,
  type AssignRequest,
} from "./assignment_contract.ts";
import { answerCapabilities, type CapabilityControl } from "./capability_routes.ts";
import { type ApprovalAnswer, CELL_PATHS, type CellsView, type CellView } from "./cell_contract.ts";
import {
  ELECTION_PATHS,
  type ElectionView,
  type ExplanationView,
  type LeaderChange,
  type OrderAnswer,
  type PolicyAnswer,
} from "./election_contract.ts";
import type { EventFeed } from "./event_feed.ts";
import { answerState, type StateService } from "./state_routes.ts";

/** What the control socket can be asked for. */
export interface ControlledNode {
  status(): NodeStatus;
  nodes(): NodeView[];
  /** Tells the node, and through it its peers, that it is somewhere else now. */
  move(position: MoveAnswer["position"]): MoveAnswer;
  /** Tells the node what feeds it. */
  setPower(power: PowerView): PowerAnswer;
  stop(): StopAnswer;
  /** What follows throws an `OperatingError` when the node refuses, and why. */
  election(): ElectionView;
  explanation(): ExplanationView;
  leaderChanges(): readonly LeaderChange[];
  /** Orders who is to lead, or that whoever leads shall not any more. */
  orderLeader(order: { nodeId?: string; isDryRun: boolean }): OrderAnswer;
  /** Orders by what members are to rank each other. */
  orderPolicy(order: { policy: ElectionPolicy; isDryRun: boolean }): PolicyAnswer;
  /** How far the node's cell is. */
  cell(): CellView;
  /** What every cell comes to that the node knows of. */
  cells(): CellsView;
  /** Agrees to what the cell can do, in the operator's name. */
  approve(isDryRun: boolean): ApprovalAnswer;
  /** Which nodes were put in which cells, as far as this node knows. */
  assignments(): AssignmentView[];
  /** Puts a node in a cell, in the operator's name. */
  assign(request: AssignRequest): AssignAnswer;
  readonly state: StateService;
  /** What the node and others can do. */
  readonly capabilities: CapabilityControl;
  readonly events: EventFeed;
}

/** Nobody but the owner, from the moment that the socket exists. */
const OWNER_ONLY = 0o177;

const CONFLICT = 409;

/** How long open connections may take to end once the node stops. */
const SHUTDOWN_MS = 500;

/** The local API of a running node, on a Unix socket that only its owner can open. */
export class ControlServer {
  readonly #server: Deno.HttpServer<Deno.UnixAddr>;
  readonly #abort: AbortController;

  private constructor(server: Deno.HttpServer<Deno.UnixAddr>, abort: AbortController) {
    this.#server = server;
    this.#abort = abort;
  }

  /** The path must be free. Whoever holds the data directory's lock may remove what is left there. */
  static open(socket: string, node: ControlledNode): ControlServer {
    const abort = new AbortController();
    const previousMask = Deno.umask(OWNER_ONLY);
    try {
      const server = Deno.serve(
        { path: socket, signal: abort.signal, onListen: () => {}, onError: internalError },
        (request) => answerOrRefuse(node, request),
      );
      return new ControlServer(server, abort);
    } catch (error) {
      const state = error instanceof Error ? error.message : String(error);
      throw new OperatingError(`Cannot listen on the control socket ${socket}: ${state}`, {
        code: "socket-unavailable",
        hint: "choose another place with --data-dir",
        cause: error,
      });
    } finally {
      Deno.umask(previousMask);
    }
  }

  /** Lets answers that are under way finish, for a bounded time. The socket is gone afterwards. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), SHUTDOWN_MS);
    await this.#server.shutdown();
    clearTimeout(timer);
  }
}

/** What the node refuses, with what the command is to say and to exit with. */
async function answerOrRefuse(node: ControlledNode, request: Request): Promise<Response> {
  try {
    return await answerState(node.state, request) ?? await answer(node, request);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const { message, code, hint, exitCode } = error;
    return Response.json({ error: { message, code, hint, exitCode } }, { status: CONFLICT });
  }
}

async function answer(node: ControlledNode, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const route = `${request.method} ${pathname}`;
  switch (route) {
    case `GET ${PATHS.status}`:
      return Response.json(node.status());
    case `GET ${PATHS.nodes}`:
      return Response.json(node.nodes());
    case `POST ${PATHS.move}`:
      return move(node, searchParams);
    case `POST ${PATHS.power}`:
      return setPower(node, searchParams);
    case `POST ${PATHS.stop}`:
      return Response.json(node.stop());
    case `GET ${ELECTION_PATHS.status}`:
      return Response.json(node.election());
    case `GET ${ELECTION_PATHS.explain}`:
      return Response.json(node.explanation());
    case `GET ${ELECTION_PATHS.history}`:
      return Response.json(node.leaderChanges());
    case `POST ${ELECTION_PATHS.override}`:
      return override(node, searchParams);
    case `POST ${ELECTION_PATHS.policy}`:
      return orderPolicy(node, searchParams);
    case `POST ${ELECTION_PATHS.stepDown}`:
      return Response.json(node.orderLeader({ isDryRun: searchParams.get("dryRun") === "1" }));
    case `GET ${CELL_PATHS.status}`:
      return Response.json(node.cell());
    case `GET ${CELL_PATHS.list}`:
      return Response.json(node.cells());
    case `POST ${CELL_PATHS.approve}`:
      return Response.json(node.approve(searchParams.get("dryRun") === "1"));
    case `GET ${ASSIGNMENT_PATHS.list}`:
      return Response.json(node.assignments());
    case `POST ${ASSIGNMENT_PATHS.assign}`:
      return assign(node, searchParams);
    case `GET ${PATHS.events}`:
      return eventStream(node.events);
    default:
      return await answerCapabilities(route, searchParams, node.capabilities) ??
        refusal(404, `Cannot answer ${route}: there is no such thing here`);
  }
}

function override(node: ControlledNode, query: URLSearchParams): Response {
  const nodeId = query.get("nodeId") ?? "";
  const isDryRun = query.get("dryRun") === "1";
  if (isNodeId(nodeId)) return Response.json(node.orderLeader({ nodeId, isDryRun }));
  return refusal(400, "Cannot order who leads: that is no node's name");
}

function orderPolicy(node: ControlledNode, query: URLSearchParams): Response {
  const policy = query.get("policy") ?? "";
  const isDryRun = query.get("dryRun") === "1";
  if (isPolicy(policy)) return Response.json(node.orderPolicy({ policy, isDryRun }));
  return refusal(400, "Cannot order by what members are ranked: that is no policy");
}

function assign(node: ControlledNode, query: URLSearchParams): Response {
  const request = readAssignRequest(query);
  if (request !== undefined) return Response.json(node.assign(request));
  return refusal(400, "Cannot assign a node: it is not said which, to what, and for how long");
}

function setPower(node: ControlledNode, query: URLSearchParams): Response {
  const isMains = query.size === 1 && query.get("onMains") === "1";
  const power = safeParse(PowerView, isMains ? { onMains: true } : numbersIn(query));
  if (power.success) return Response.json(node.setPower(power.output));
  return refusal(400, "Cannot set the node's power: it is neither a charge nor the mains");
}

function numbersIn(query: URLSearchParams): Record<string, number> {
  const numbers = [...query].map(([name, text]) => [name, text === "" ? NaN : Number(text)]);
  return Object.fromEntries(numbers);
}

function move(node: ControlledNode, query: URLSearchParams): Response {
  const position = safeParse(PositionView, numbersIn(query));
  if (position.success) return Response.json(node.move(position.output));
  return refusal(400, "Cannot move the node: its new position is none");
}

function eventStream(events: EventFeed): Response {
  const stream = events.subscribe();
  if (stream === undefined) return refusal(503, "Cannot open a stream: too many are open");
  return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
}

function internalError(error: unknown): Response {
  return refusal(500, error instanceof Error ? error.message : String(error));
}

function refusal(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
