import type { CellMessage } from "../../core/cell/message.ts";
import type { CellBeat, HeardCellBeat } from "../../core/cell/beat.ts";
import type { ElectionMessage } from "../../core/election/message.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { Datagram } from "../../core/messages.ts";
import type { NodeInput, NodeOutput } from "../../core/node_io.ts";
import type { Host } from "../host.ts";

/** A message between members of a cell: to whom it goes, or from whom it came. */
export interface CellTalk {
  readonly cellId: string;
  readonly other: NodeId;
  readonly message: CellMessage;
}

/** What this node says itself, whether directly or over others; not what it carries for them. */
export function saidIn(output: NodeOutput, self: NodeId): CellTalk | undefined {
  if (output.kind !== "send") return undefined;
  const { peer, message: post } = output;
  if (post.kind === "cell") return { cellId: post.cellId, other: peer, message: post.message };
  if (post.kind !== "forwarded" || post.envelope.origin !== self) return undefined;
  const { target, message: said } = post.envelope;
  return said.kind === "cell"
    ? { cellId: said.cellId, other: target, message: said.message }
    : undefined;
}

/** What is said to this node itself, whoever brings it. */
export function heardIn(input: NodeInput, self: NodeId): CellTalk | undefined {
  if (input.kind !== "message") return undefined;
  const { peer, message: post } = input;
  if (post.kind === "cell") return { cellId: post.cellId, other: peer, message: post.message };
  if (post.kind !== "forwarded" || post.envelope.target !== self) return undefined;
  const { origin, message: said } = post.envelope;
  return said.kind === "cell"
    ? { cellId: said.cellId, other: origin, message: said.message }
    : undefined;
}

/** What members say to each other about who leads. */
export function electionIn(talk: CellTalk | undefined): ElectionMessage | undefined {
  return talk?.message.kind === "election" ? talk.message.message : undefined;
}

/** What this node's own sign of life says to its cell, to whomever it goes. */
export function beatSaidIn(output: NodeOutput): CellBeat | undefined {
  if (output.kind !== "multicast" && output.kind !== "unicast") return undefined;
  return beatIn(output.message)?.beat;
}

/** What a peer's sign of life says to its cell. */
export function beatHeardIn(input: NodeInput): HeardCellBeat | undefined {
  return input.kind === "datagram" ? beatIn(input.message) : undefined;
}

function beatIn(message: Datagram): HeardCellBeat | undefined {
  if (message.kind !== "beacon" && message.kind !== "pulse") return undefined;
  const { nodeId: from, sequence, beat } = message.kind === "beacon"
    ? message.beacon
    : message.pulse;
  return beat && { from, sequence, beat };
}

/**
 * What a host can be held to over its lives. Whatever its disk lost it does not know any more, and
 * cannot; it is then a node of the same name that starts anew.
 */
export function memoryKey({ name, disk }: Host, cellId: string): string {
  return `${name} ${disk.wipes} ${cellId}`;
}
