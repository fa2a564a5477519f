import type { NodeId } from "../kernel/ids.ts";
import type { NodeOutput, Rival } from "../node_io.ts";
import type { Rivalry } from "./rivalry.ts";

/** Turns what the rivalry wants into what the node wants, and says to whom the node gives way. */
export function followRivalry(
  rivalry: Rivalry,
  nodeId: NodeId,
): { outputs: readonly NodeOutput[]; yieldedTo: Rival | undefined } {
  const outputs: NodeOutput[] = [];
  let yieldedTo: Rival | undefined;
  for (let output = rivalry.poll(); output; output = rivalry.poll()) {
    switch (output.kind) {
      case "ask": {
        const message = { kind: "ping", from: nodeId, nonce: output.nonce } as const;
        outputs.push({ kind: "unicast", to: output.to, message });
        break;
      }
      case "claimed": {
        const notice = { type: "idClaimed", nodeId, address: output.address } as const;
        outputs.push({ kind: "notice", notice });
        break;
      }
      case "stays":
      case "yields": {
        const stays = output.kind === "stays";
        const { address, rival: { deviceId }, isCopy } = output;
        const rival = { address, deviceId, isCopy };
        outputs.push({ kind: "notice", notice: { type: "rivalFound", nodeId, stays, ...rival } });
        if (!stays) yieldedTo = rival;
        break;
      }
    }
  }
  return { outputs, yieldedTo };
}
