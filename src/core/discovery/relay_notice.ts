import type { Notice } from "../notice.ts";
import type { RelayOutput } from "./relay_io.ts";

/** What an operator is told of a peer that is known through another. */
export function relayNoticeOf(output: RelayOutput): Notice | undefined {
  switch (output.kind) {
    case "send":
      return undefined;
    case "relayed": {
      const { nodeId, via, hops } = output.peer;
      return { type: "peerRelayed", nodeId, via, hops };
    }
    case "restarted":
      return { type: "peerRestarted", nodeId: output.nodeId, boot: output.boot };
    case "changed":
      return { type: "peerChanged", nodeId: output.nodeId, changed: output.aspects };
    case "lost": {
      const { nodeId, via, why } = output;
      // That it was found, or put out, says more.
      return why === "heard" || why === "putOut"
        ? undefined
        : { type: "relayedPeerLost", nodeId, via };
    }
  }
}
