import { drain } from "../core/kernel/machine.ts";
import type { Millis } from "../core/kernel/time.ts";
import { Random } from "../core/kernel/random.ts";
import { Node } from "../core/node.ts";
import type { NodeOutput } from "../core/node_io.ts";
import {
  OutputDigest,
  type RecordedInput,
  RECORDING_FORMAT,
  type RecordingHeader,
  type RecordingLine,
} from "../core/recording.ts";
import { badTrace } from "./replay_trace.ts";
import { ReplayedDocuments } from "./replayed_documents.ts";

export interface RecordingReplay {
  readonly nodeId: string;
  readonly version: string;
  readonly inputs: number;
  readonly outputs: number;
  /** The virtual time from the first input to the last. */
  readonly durationMs: number;
  /** The first input after which the node wanted something else than it did when recorded. */
  readonly differsAt: { readonly input: number; readonly nowMs: number } | undefined;
  /** Whether the recording has its last line; that of a node that was killed has not. */
  readonly complete: boolean;
  /** The node as it was at the end, to look into. */
  readonly node: Node;
}

/** Hands a node everything that the recorded one was handed, and compares what it wants. */
export function replayRecording(
  lines: Iterable<string>,
  source: string,
  onOutput: (now: Millis, output: NodeOutput) => void = () => {},
): RecordingReplay {
  let header: RecordingHeader | undefined;
  let node: Node | undefined;
  let documents: ReplayedDocuments | undefined;
  const digest = new OutputDigest();
  let inputs = 0;
  let outputs = 0;
  let firstAt = 0;
  let lastAt = 0;
  let differsAt: RecordingReplay["differsAt"];
  let complete = false;
  for (const text of lines) {
    const line = parseLine(text, inputs, source);
    if (line === undefined) break; // The line that the recorder was killed in.
    if (line.type === "header") {
      header = acceptHeader(line, source);
      // A node that only passed through had none.
      const shares = line.advertisement.transient !== true && line.sharesDocuments === true;
      if (shares) documents = new ReplayedDocuments();
      node = new Node({
        ...line,
        random: new Random(line.seed),
        ...(documents === undefined ? {} : { documents: documents.documents }),
      });
      continue;
    }
    if (node === undefined) {
      throw badTrace(`Cannot replay ${source}: it does not begin with a header`);
    }
    if (line.type === "end") {
      complete = true;
      break;
    }
    inputs++;
    if (inputs === 1) firstAt = line.now;
    lastAt = line.now;
    documents?.before(line.input);
    node.handle(line.now, line.input);
    for (const output of drain(node)) {
      documents?.after(output);
      digest.add(output);
      onOutput(line.now, output);
      outputs++;
    }
    if (digest.value !== line.digest) differsAt ??= { input: inputs, nowMs: line.now };
  }
  if (header === undefined || node === undefined) {
    throw badTrace(`Cannot replay ${source}: it is empty`);
  }
  return {
    nodeId: header.nodeId,
    version: header.version,
    inputs,
    outputs,
    durationMs: lastAt - firstAt,
    differsAt,
    complete,
    node,
  };
}

function acceptHeader(header: RecordingHeader, source: string): RecordingHeader {
  if (header.format === RECORDING_FORMAT) return header;
  throw badTrace(
    `Cannot replay ${source}: its format is ${header.format}, not ${RECORDING_FORMAT}`,
  );
}

function parseLine(text: string, inputs: number, source: string): RecordingLine | undefined {
  try {
    return JSON.parse(text) as RecordingLine | RecordedInput;
  } catch {
    if (inputs > 0) return undefined;
    throw badTrace(`Cannot replay ${source}: its first line is not JSON`);
  }
}
