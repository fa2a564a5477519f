import type { OperatorOrder } from "../core/cell/message.ts";
import type { AssignmentMessage, NodeAssignment } from "../core/assignment/node_assignment.ts";
import type { CellMessage } from "../core/cell/message.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Datagram } from "../core/messages.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import type { TrustMessage } from "../core/trust/trust_message.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import type { Step } from "./host.ts";
import type { Plan } from "./plan.ts";
import { finish, runInSlices, type RunResult, type Violation } from "./run.ts";

/** The shape of a trace file. A file of another shape is refused, not guessed at. */
export const TRACE_FORMAT = 1;

/** A trace ends here, so that a large run cannot fill a disk. The run itself goes on. */
const STEP_LIMIT = 5_000_000;

/** A trace file: one JSON object a line, the plan first, which is enough to run it again. */
export type TraceLine =
  | { readonly type: "plan"; readonly format: typeof TRACE_FORMAT; readonly plan: Plan }
  | StepLine
  | { readonly type: "truncated"; readonly steps: number }
  | ({ readonly type: "violation" } & Violation)
  | { readonly type: "end"; readonly steps: number; readonly convergedMs?: number };

export interface StepLine {
  readonly type: "step";
  /** True time in milliseconds. */
  readonly at: number;
  readonly node: string;
  readonly in: string;
  readonly out?: readonly string[];
}

/** Runs a plan and hands over its trace line by line. Equal plans give equal lines. */
export function runTraced(plan: Plan, write: (line: string) => void): RunResult {
  return finish(runTracedInSlices(plan, write));
}

export function* runTracedInSlices(
  plan: Plan,
  write: (line: string) => void,
): Generator<Millis, RunResult> {
  let steps = 0;
  const put = (line: TraceLine) => write(JSON.stringify(line));
  put({ type: "plan", format: TRACE_FORMAT, plan });
  const result = yield* runInSlices(plan, (step) => {
    steps++;
    if (steps <= STEP_LIMIT) put(stepLine(step));
  });
  if (steps > STEP_LIMIT) put({ type: "truncated", steps: steps - STEP_LIMIT });
  if (result.violation !== undefined) put({ type: "violation", ...result.violation });
  const { convergedMs } = result;
  put({ type: "end", steps: result.steps, ...(convergedMs === undefined ? {} : { convergedMs }) });
  return result;
}

function stepLine({ host, at, input, outputs }: Step): StepLine {
  const line = { type: "step", at, node: host.name, in: describeInput(input) } as const;
  return outputs.length === 0 ? line : { ...line, out: outputs.map(describeOutput) };
}

function describeInput(input: NodeInput): string {
  switch (input.kind) {
    case "start":
      return `start ${JSON.stringify(input.stored)}`;
    case "datagram":
      return `${describeMessage(input.message)} from ${input.from}`;
    case "rival":
      return `${
        describeMessage(input.message)
      } of rival ${input.rival.deviceId} from ${input.from}`;
    case "cellOrder":
      return describeOrder(input.order);
    case "assign":
      return describeAssignment(input.assignment);
    case "stepDown":
      return "order to step down";
    case "persisted":
      return `persisted ${input.key}`;
    case "persistFailed":
      return `persist failed ${input.key}: ${input.reason}`;
    case "connected":
      return `connected with ${input.peer}`;
    case "connectFailed":
    case "disconnected":
      return `${input.kind} ${input.peer}: ${input.reason}`;
    case "revoked":
    case "expired":
    case "succeeded":
      return `${input.kind} ${input.peer}`;
    case "trust":
      return `trust ${input.epoch} ${input.digest}`;
    case "discovered":
      return `${input.source} ${JSON.stringify(input.event)}`;
    case "contacts":
      return `contacts ${input.addresses.join(" ")}`;
    case "message":
      return `${describePeerMessage(input.message)} from ${input.peer}`;
    case "relocated":
      return `relocated to ${input.position.latitude},${input.position.longitude}`;
    case "changeCapability":
      return `change ${JSON.stringify(input.change)}`;
    case "ask":
      return `ask everybody about ${input.about} within ${input.withinMs} ms`;
    case "documentsReady":
      return `${input.stored.length} documents ready`;
    case "write":
      return `write ${input.write.key} ${JSON.stringify(input.write.edits)}`;
    case "saved":
      return `saved ${input.ticket}`;
    case "saveFailed":
      return `save failed ${input.ticket}: ${input.reason}`;
    case "resources":
    case "wake":
    case "stop":
      return input.kind;
  }
}

function describeOutput(output: NodeOutput): string {
  switch (output.kind) {
    case "multicast":
      return `multicast ${describeMessage(output.message)}`;
    case "repeat":
      return `${describeMessage(output.message)} but on ${output.exceptLinks.join()}`;
    case "unicast":
      return `send ${describeMessage(output.message)} to ${output.to}`;
    case "connect":
    case "disconnect":
    case "doubt":
      return `${output.kind} ${output.peer}`;
    case "send":
      return `send ${describePeerMessage(output.message)} to ${output.peer}`;
    case "persist":
      return `persist ${output.key} ${JSON.stringify(output.value)}`;
    case "capabilityChange":
      return `${output.kind} ${JSON.stringify(output.outcome)}`;
    case "asked":
      return `asked ${output.answered.map(({ nodeId }) => nodeId).join(" ")}`;
    case "save":
      return `save ${output.ticket} ${JSON.stringify(output.documents)}`;
    case "written":
      return `written ${JSON.stringify(output.outcome)}`;
    case "documentChanged":
      return `changed ${output.key}`;
    case "notice":
      return `notice ${JSON.stringify(output.notice)}`;
    case "stopped":
      return output.kind;
  }
}

function describeMessage(message: Datagram): string {
  if (message.kind === "pulse") {
    const { nodeId, boot, sequence } = message.pulse;
    return `pulse ${nodeId} ${boot}.${sequence}`;
  }
  if (message.kind === "ping" || message.kind === "pong") return `${message.kind} ${message.nonce}`;
  if (message.kind === "repeated") {
    const { beacon: { nodeId, boot, sequence }, hops } = message;
    return `repeated ${nodeId} ${boot}.${sequence} over ${hops}`;
  }
  const { nodeId, boot, sequence, leaving } = message.beacon;
  return `${leaving ? "goodbye" : "beacon"} ${nodeId} ${boot}.${sequence}`;
}

function describeCellMessage(message: CellMessage): string {
  const said = message.kind === "election" ? message.message : message;
  const { kind, ...fields } = said;
  return `${kind} ${JSON.stringify(fields)}`;
}

function describeTrustMessage({ kind, ...fields }: TrustMessage): string {
  return `${kind} ${JSON.stringify(fields)}`;
}

function describeAssignment({ nodeId, cellId, issuer, number, leftMs }: NodeAssignment): string {
  return `assignment ${number} of ${issuer}: ${nodeId} to ${cellId} within ${
    Math.round(leftMs)
  } ms`;
}

function describeAssignmentMessage(message: AssignmentMessage): string {
  if (message.kind === "assign") return describeAssignment(message.assignment);
  const { issuer, number, progress } = message;
  return `report on assignment ${number} of ${issuer}: ${JSON.stringify(progress)}`;
}

function describePeerMessage(message: PeerMessage): string {
  switch (message.kind) {
    case "peersWanted": {
      const { heard, relayed, room } = message;
      return `question for peers (${heard.length} heard, ${relayed.length} relayed, room ${room})`;
    }
    case "introduction": {
      const { beacon: { nodeId, boot, sequence }, hops } = message;
      return `introduction of ${nodeId} ${boot}.${sequence} over ${hops}`;
    }
    case "cell":
      return `${message.cellId}: ${describeCellMessage(message.message)}`;
    case "assignment":
      return describeAssignmentMessage(message.message);
    case "trust":
      return describeTrustMessage(message.message);
    case "capability":
      return `${message.message.kind} ${message.message.nonce}`;
    case "state": {
      const { kind, ...fields } = message.message;
      return `${kind} ${JSON.stringify(fields)}`;
    }
    case "forwarded": {
      const { envelope: { origin, target, message: said }, hops } = message;
      return `for ${target} over ${hops} from ${origin}: ${describePeerMessage(said)}`;
    }
  }
}

function describeOrder(order: OperatorOrder): string {
  switch (order.kind) {
    case "approval":
      return `approval of ${order.cellId}`;
    case "policy":
      return `order that ${order.cellId} ranks by ${order.policy}`;
    case "order":
      return `order that ${order.leader} leads ${order.cellId}`;
  }
}
