import type { CellMessage } from "../../core/cell/message.ts";
import type { ElectionMessage } from "../../core/election/message.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { NodeInput, NodeOutput } from "../../core/node_io.ts";
import type { Host } from "../host.ts";

/** A message between members of a cell: to whom it goes, or from whom it came. */
export interface CellTalk {
  readonly cellId: string;
  readonly other: NodeId;
  readonly message: CellMessage;
}

export function saidIn(output: NodeOutput): CellTalk | undefined {
  if (output.kind !== "send" || output.message.kind !== "cell") return undefined;
  const { cellId, message } = output.message;
  return { cellId, other: output.peer, message };
}

export function heardIn(input: NodeInput): CellTalk | undefined {
  if (input.kind !== "message" || input.message.kind !== "cell") return undefined;
  const { cellId, message } = input.message;
  return { cellId, other: input.peer, message };
}

/** What members say to each other about who leads. */
export function electionIn(talk: CellTalk | undefined): ElectionMessage | undefined {
  return talk?.message.kind === "election" ? talk.message.message : undefined;
}

/**
 * What a host can be held to over its lives. Whatever its disk lost it does not know any more, and
 * cannot; it is then a node of the same name that starts anew.
 */
export function memoryKey({ name, disk }: Host, cellId: string): string {
  return `${name} ${disk.wipes} ${cellId}`;
}
