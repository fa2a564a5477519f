import type { CellApproval, CellOrder } from "../core/cell/message.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type { Envelope } from "../core/peer_message.ts";
import { draftCellMessage, readCellMessage } from "./cell.ts";
import { Envelope as EnvelopeType } from "./generated/peat/peer.js";
import { decodeMessage, encodeMessage } from "./message.ts";
import { readCount, readNodeId } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** What is sealed of an envelope. Who its origin is, the seal proves. */
export function encodeEnvelope({ target, targetBoot, message }: Envelope): Uint8Array<ArrayBuffer> {
  const cell = draftCellMessage(message.cellId, message.message);
  return encodeMessage(EnvelopeType, {
    target,
    targetBoot: BigInt(targetBoot),
    message: { cell },
  });
}

/** Undefined for an order in it that does not hold. */
export function decodeEnvelope(
  bytes: Uint8Array,
  origin: NodeId,
  openOrder: (signed: Uint8Array) => CellOrder | CellApproval | undefined,
): Envelope | undefined {
  const { target, targetBoot, message } = decodeMessage(EnvelopeType, bytes);
  if (message === null || message.cell === null) {
    throw new WireError("badValue", "Cannot decode envelope: there is no message of a cell in it");
  }
  const read = readCellMessage(message.cell, openOrder);
  return read && {
    origin,
    target: readNodeId(target),
    targetBoot: readCount("boot of the target", targetBoot),
    message: { kind: "cell", ...read },
  };
}
