import type { Millis } from "../kernel/time.ts";
import type { Notice } from "../notice.ts";
import type { HybridOutput } from "./hybrid.ts";
import { HEARS } from "./source.ts";

/**
 * What an operator is told of a change. `silentMs` is for how long a peer was not heard that was given
 * up; one that said goodbye, or was put out, has its own notice.
 */
export function noticeOf(output: HybridOutput, silentMs: Millis | undefined): Notice | undefined {
  const { nodeId } = output;
  switch (output.kind) {
    case "found":
      if (HEARS[output.source]) return undefined;
      return { type: "peerDiscovered", nodeId, source: output.source };
    case "changed":
      return undefined;
    case "silent":
      if (silentMs === undefined) return undefined;
      return { type: "peerSilent", nodeId, silentMs, toldBy: output.toldBy };
    case "lost":
      if (silentMs !== undefined) return { type: "peerLost", nodeId, silentMs };
      return output.was === "told" ? { type: "peerForgotten", nodeId } : undefined;
  }
}
