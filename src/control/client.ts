import type { BaseIssue, BaseSchema } from "valibot";
import { safeParse } from "valibot";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { notPermitted, timedOut } from "../core/kernel/refusals.ts";
import {
  EventLine,
  MoveAnswer,
  NodeStatus,
  NodeView,
  NodeViews,
  PATHS,
  PowerAnswer,
  type PowerView,
  StopAnswer,
} from "./contract.ts";
import { writeAssignRequest } from "./assign_request.ts";
import {
  AssignAnswer,
  ASSIGNMENT_PATHS,
  AssignmentViews,
  type AssignRequest,
} from "./assignment_contract.ts";
import { ApprovalAnswer, CELL_PATHS, CellsView, CellView } from "./cell_contract.ts";
import {
  ELECTION_PATHS,
  ElectionView,
  ExplanationView,
  LeaderChanges,
  OrderAnswer,
  PolicyAnswer,
  Refusal,
} from "./election_contract.ts";
import { HttpReader, type ResponseHead } from "./http_reader.ts";
import { locateSocket, type WhichNode } from "./locate.ts";

const LINE_LIMIT = 1024 * 1024;

type Schema<T> = BaseSchema<unknown, T, BaseIssue<unknown>>;

interface Asked {
  readonly body?: string;
  readonly timeoutMs?: number;
}

/** Finds the node that is meant. Throws when there is none, or more than one. */
export async function openControl(
  which: WhichNode & { readonly timeoutMs: number },
): Promise<ControlClient> {
  return new ControlClient(await locateSocket(which), which.timeoutMs);
}

/** Asks one running node, over its control socket. Every question is a connection of its own. */
export class ControlClient {
  constructor(readonly socket: string, readonly timeoutMs: number) {}

  status(): Promise<NodeStatus> {
    return this.ask("GET", PATHS.status, NodeStatus);
  }

  /** Everyone the node knows, itself first. */
  nodes(): Promise<NodeView[]> {
    return this.ask("GET", PATHS.nodes, NodeViews);
  }

  /** Tells the node where it is now. */
  move(position: MoveAnswer["position"]): Promise<MoveAnswer> {
    const query = Object.entries(position).map(([name, value]) => `${name}=${value}`).join("&");
    return this.ask("POST", `${PATHS.move}?${query}`, MoveAnswer);
  }

  /** Tells the node what feeds it. */
  setPower(power: PowerView): Promise<PowerAnswer> {
    const query = "onMains" in power ? "onMains=1" : `batteryPercent=${power.batteryPercent}`;
    return this.ask("POST", `${PATHS.power}?${query}`, PowerAnswer);
  }

  /** Asks the node to say goodbye and end. It answers before it does. */
  stop(): Promise<StopAnswer> {
    return this.ask("POST", PATHS.stop, StopAnswer);
  }

  /** Who leads the node's cell. Throws when it is in none. */
  election(): Promise<ElectionView> {
    return this.ask("GET", ELECTION_PATHS.status, ElectionView);
  }

  /** Why that one leads. */
  explanation(): Promise<ExplanationView> {
    return this.ask("GET", ELECTION_PATHS.explain, ExplanationView);
  }

  /** Who led before, the oldest first. */
  leaderChanges(): Promise<LeaderChanges> {
    return this.ask("GET", ELECTION_PATHS.history, LeaderChanges);
  }

  /** Orders that the node leads the cell, or only asks whether that would be done. */
  override(nodeId: string, isDryRun: boolean): Promise<OrderAnswer> {
    const query = `nodeId=${encodeURIComponent(nodeId)}${isDryRun ? "&dryRun=1" : ""}`;
    return this.ask("POST", `${ELECTION_PATHS.override}?${query}`, OrderAnswer);
  }

  /** Orders by what members rank each other, or only asks whether that would be done. */
  orderPolicy(policy: string, isDryRun: boolean): Promise<PolicyAnswer> {
    const query = `policy=${encodeURIComponent(policy)}${isDryRun ? "&dryRun=1" : ""}`;
    return this.ask("POST", `${ELECTION_PATHS.policy}?${query}`, PolicyAnswer);
  }

  /** Orders that whoever leads does not any more, or only asks whether that would be done. */
  stepDown(isDryRun: boolean): Promise<OrderAnswer> {
    const query = isDryRun ? "?dryRun=1" : "";
    return this.ask("POST", `${ELECTION_PATHS.stepDown}${query}`, OrderAnswer);
  }

  /** How far the node's cell is. Throws when it is in none. */
  cell(): Promise<CellView> {
    return this.ask("GET", CELL_PATHS.status, CellView);
  }

  /** What every cell comes to that the node knows of. */
  cells(): Promise<CellsView> {
    return this.ask("GET", CELL_PATHS.list, CellsView);
  }

  /** Agrees to what the cell can do, or only asks whether that would be done. */
  approve(isDryRun: boolean): Promise<ApprovalAnswer> {
    return this.ask("POST", `${CELL_PATHS.approve}${isDryRun ? "?dryRun=1" : ""}`, ApprovalAnswer);
  }

  /** Which nodes were put in which cells, as far as the node knows, the earliest first. */
  assignments(): Promise<AssignmentViews> {
    return this.ask("GET", ASSIGNMENT_PATHS.list, AssignmentViews);
  }

  /** Puts a node in a cell, or only asks whether that would be done. */
  assign(request: AssignRequest): Promise<AssignAnswer> {
    const path = `${ASSIGNMENT_PATHS.assign}?${writeAssignRequest(request)}`;
    return this.ask("POST", path, AssignAnswer);
  }

  /** What happens at the node from now on, until it stops, hangs up on a slow reader, or the signal. */
  async *events(signal: AbortSignal): AsyncGenerator<EventLine> {
    using connection = await connect(this.socket);
    const hangUp = () => connection.close();
    signal.addEventListener("abort", hangUp, { once: true });
    try {
      await send(connection, "GET", PATHS.events);
      const reader = new HttpReader(connection);
      const head = await reader.head();
      if (head.status !== 200) throw refused(head.status);
      for await (const line of lines(reader, head)) yield parse(EventLine, line);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", hangUp);
    }
  }

  /** One question and its answer, for whichever part of the API they are of. */
  async ask<T>(
    method: "GET" | "POST",
    path: string,
    schema: Schema<T>,
    { body = "", timeoutMs = this.timeoutMs }: Asked = {},
  ): Promise<T> {
    const connection = await connect(this.socket);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      connection.close();
    }, timeoutMs);
    try {
      await send(connection, method, path, body);
      const reader = new HttpReader(connection);
      const head = await reader.head();
      const text = await reader.text(head);
      if (head.status >= 300) throw refusalIn(text) ?? refused(head.status);
      return parse(schema, text);
    } catch (error) {
      throw timedOut ? silent(this.socket, timeoutMs) : error;
    } finally {
      clearTimeout(timer);
      if (!timedOut) connection.close();
    }
  }
}

/** Connects, or says what is wrong with this socket. */
export async function connect(socket: string): Promise<Deno.UnixConn> {
  try {
    return await Deno.connect({ transport: "unix", path: socket });
  } catch (error) {
    throw unreachable(socket, error);
  }
}

async function send(
  connection: Deno.UnixConn,
  method: string,
  path: string,
  body = "",
): Promise<void> {
  const content = new TextEncoder().encode(body);
  const head = `${method} ${path} HTTP/1.1\r\nhost: peat\r\nconnection: close\r\n` +
    `content-length: ${content.byteLength}\r\n\r\n`;
  const bytes = new Uint8Array([...new TextEncoder().encode(head), ...content]);
  for (let written = 0; written < bytes.byteLength;) {
    written += await connection.write(bytes.subarray(written));
  }
}

async function* lines(reader: HttpReader, head: ResponseHead): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of reader.parts(head)) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = pieces.pop() ?? "";
    if (rest.length > LINE_LIMIT) throw garbled("a line of it is too long");
    for (const piece of pieces) if (piece !== "") yield piece;
  }
}

function parse<T>(schema: Schema<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw garbled("it is not JSON");
  }
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map((step) => String(step.key)).join(".");
  throw garbled(path === undefined ? issue.message : `${path}: ${issue.message}`);
}

function unreachable(socket: string, error: unknown): OperatingError {
  if (error instanceof Deno.errors.NotFound) {
    return new OperatingError(`Cannot reach a node: there is no socket at ${socket}`, {
      code: "node-not-running",
      hint: "start one with: peat node run",
      cause: error,
    });
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return new OperatingError(`Cannot reach a node: nobody listens on ${socket} any more`, {
      code: "node-not-running",
      hint: "its node was killed; start it again with: peat node run",
      cause: error,
    });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return notPermitted(`Cannot reach a node: this user may not open ${socket}`, {
      code: "not-permitted",
      hint: "run the command as the user that runs the node",
      cause: error,
    });
  }
  const state = error instanceof Error ? error.message : String(error);
  return new OperatingError(`Cannot reach a node: ${socket}: ${state}`, {
    code: "node-unreachable",
    hint: "check --socket",
    cause: error,
  });
}

function silent(socket: string, timeoutMs: number): OperatingError {
  return timedOut(
    `Cannot ask the node: it did not answer on ${socket} within ${timeoutMs} ms`,
    { code: "timed-out", hint: "try a longer --timeout, or see whether it is stuck" },
  );
}

function refused(status: number): OperatingError {
  return new OperatingError(`Cannot ask the node: it answered ${status}`, {
    code: "node-refused",
    hint: "see whether node and command are the same version: peat version",
  });
}

/** What the node itself says about why it refuses, if it does. */
function refusalIn(text: string): OperatingError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = safeParse(Refusal, value);
  if (!result.success || result.output.error.code === undefined) return undefined;
  const { message, code, hint, exitCode } = result.output.error;
  return new OperatingError(message, {
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

function garbled(state: string): OperatingError {
  return new OperatingError(`Cannot read the node's answer: ${state}`, {
    code: "node-answer-unreadable",
    hint: "see whether node and command are the same version: peat version",
  });
}
