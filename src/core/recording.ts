import type { Advertisement } from "./beacon/beacon.ts";
import type { CellSettings } from "./cell/affiliation.ts";
import type { SourceOptions } from "./discovery/beacon_sources.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { Millis } from "./kernel/time.ts";
import type { NodeInput, NodeOutput } from "./node_io.ts";
import type { Timing } from "./profile.ts";

/**
 * What a node went through, a JSON line each: one header, then every input in the order in which
 * it was handled. A node built from the header and handed the same inputs at the same times wants
 * the same outputs, and the digest beside each input shows the first moment at which it does not.
 */
export type RecordingLine = RecordingHeader | RecordedInput | RecordingEnd;

export const RECORDING_FORMAT = 1;

export interface RecordingHeader {
  readonly type: "header";
  readonly format: typeof RECORDING_FORMAT;
  /** The software that recorded. Another one may rightly decide otherwise. */
  readonly version: string;
  /** Wall-clock time in RFC 3339, for people. */
  readonly startedAt: string;
  /** Together with `seed`, the options that the node was made with. */
  readonly nodeId: NodeId;
  readonly profile: string;
  readonly timing: Timing;
  readonly advertisement: Advertisement;
  readonly contacts: readonly Address[];
  /** The node sent nothing. Absent in recordings of before. */
  readonly emcon?: boolean;
  /** Absent: peers might speak for others. */
  readonly relays?: boolean;
  /** Absent: it did not say the beacons of one link again on the others. */
  readonly repeats?: boolean;
  /** Absent: nobody was told of by what its beacons said. */
  readonly sources?: SourceOptions;
  /** The node's part in its cell. Absent in recordings of before. */
  readonly cell?: CellSettings;
  /** The node could share documents. Absent in recordings of before. */
  readonly sharesDocuments?: boolean;
  /** `new Random(seed)` is the node's generator. */
  readonly seed: string;
}

export interface RecordedInput {
  readonly type: "input";
  readonly now: Millis;
  readonly input: NodeInput;
  /** The digest of every output so far, those of this input included. */
  readonly digest: string;
}

/** The last line, absent from the recording of a node that was killed. */
export interface RecordingEnd {
  readonly type: "end";
  readonly reason: "stopped" | "full" | "failed";
}

export function encodeRecordingLine(line: RecordingLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * A running digest of outputs: two lanes of FNV-1a with different starts, over the JSON of each
 * output. It tells apart what differs by accident. Nobody is meant to be kept from forging it.
 */
export class OutputDigest {
  #left = 0x811c9dc5;
  #right = 0x01234567;

  add(output: NodeOutput): void {
    const text = JSON.stringify(output);
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      this.#left = Math.imul(this.#left ^ unit, 0x01000193);
      this.#right = Math.imul(this.#right ^ unit ^ (this.#left >>> 16), 0x01000193);
    }
    // Ends the output, so that two outputs never digest like one that is both.
    this.#left = Math.imul(this.#left ^ 0x1_0000, 0x01000193);
  }

  get value(): string {
    return hex(this.#left) + hex(this.#right);
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
