import type { NodeId } from "../core/kernel/ids.ts";
import type { CarriedMessage, Envelope } from "../core/peer_message.ts";
import { draftAssignmentMessage, readAssignmentMessage } from "./assignment.ts";
import { draftCellMessage, readCellMessage } from "./cell.ts";
import {
  Envelope as EnvelopeType,
  type PeerMessage as PeerMessageOnWire,
} from "./generated/peat/peer.js";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { Draft } from "./message_type.ts";
import type { OrderOpener } from "./order_opener.ts";
import { readCount, readNodeId } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** What is sealed of an envelope. Who its origin is, the seal proves. */
export function encodeEnvelope({ target, targetBoot, message }: Envelope): Uint8Array<ArrayBuffer> {
  return encodeMessage(EnvelopeType, {
    target,
    targetBoot: BigInt(targetBoot),
    message: draftCarried(message),
  });
}

/** How what may be carried looks on the wire, over others or not. */
export function draftCarried(message: CarriedMessage): Draft<PeerMessageOnWire> {
  return message.kind === "cell"
    ? { cell: draftCellMessage(message.cellId, message.message) }
    : { assignment: draftAssignmentMessage(message.message) };
}

/** Null for what is not carried, and undefined for an order in it that does not hold. */
export function readCarried(
  { cell, assignment }: PeerMessageOnWire,
  opener: OrderOpener,
): CarriedMessage | undefined | null {
  if (cell !== null) {
    const read = readCellMessage(cell, opener);
    return read && { kind: "cell", ...read };
  }
  if (assignment === null) return null;
  const message = readAssignmentMessage(assignment, opener);
  return message && { kind: "assignment", message };
}

/** Undefined for an order in it that does not hold. */
export function decodeEnvelope(
  bytes: Uint8Array,
  origin: NodeId,
  opener: OrderOpener,
): Envelope | undefined {
  const { target, targetBoot, message } = decodeMessage(EnvelopeType, bytes);
  const read = message && readCarried(message, opener);
  if (read === null) {
    throw new WireError("badValue", "Cannot decode envelope: there is nothing in it to carry");
  }
  return read && {
    origin,
    target: readNodeId(target),
    targetBoot: readCount("boot of the target", targetBoot),
    message: read,
  };
}
