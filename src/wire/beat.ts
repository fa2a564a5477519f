import type { CellBeat } from "../core/cell/beat.ts";
import { readPromise, readTerm } from "./election.ts";
import type { Beat as BeatOnWire } from "./generated/peat/datagram.js";
import type { Draft } from "./message_type.ts";
import { readCount, readLabel, readNodeId } from "./values.ts";

export function draftBeat(beat: CellBeat): Draft<BeatOnWire> {
  const { cellId } = beat;
  if (beat.kind === "heartbeat") {
    const { term, authority, promiseMs } = beat;
    return { cellId, term: BigInt(term), hasQuorum: authority === "quorum", promiseMs };
  }
  const { claim: { term, nodeId: leaderId }, heard } = beat;
  return { cellId, term: BigInt(term), leaderId, heard: BigInt(heard) };
}

/** Of a beacon or a pulse, either of which may say nothing of a cell. */
export function readBeatOf({ beat }: { beat: BeatOnWire | null }): { beat?: CellBeat } {
  return beat === null ? {} : { beat: readBeat(beat) };
}

function readBeat(on: BeatOnWire): CellBeat {
  const cellId = readLabel("cell", on.cellId);
  const term = readTerm(on.term);
  if (on.leaderId !== null) {
    const claim = { term, nodeId: readNodeId(on.leaderId) };
    return { kind: "acknowledgement", cellId, claim, heard: readCount("heard", on.heard) };
  }
  const authority = on.hasQuorum ? "quorum" : "autonomous";
  return { kind: "heartbeat", cellId, term, authority, promiseMs: readPromise(on.promiseMs) };
}
