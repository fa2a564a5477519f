import type { Address } from "../kernel/ids.ts";
import type { BeaconMessage, PulseMessage } from "../messages.ts";
import type { NodeOutput } from "../node_io.ts";
import { BOOT_KEY } from "./boot.ts";
import type { BroadcasterOutput } from "./broadcaster.ts";

/** To whom goes what a node says: to the group, and to its contacts as well. */
export function addressed(output: BroadcasterOutput, contacts: ReadonlySet<Address>): NodeOutput[] {
  switch (output.kind) {
    case "claimBoot":
      return [{ kind: "persist", key: BOOT_KEY, value: output.boot }];
    case "answer": {
      const message: BeaconMessage = { kind: "beacon", beacon: output.beacon, answer: true };
      // Only who is no contact hears this node through the group, and may take this for that (D2).
      return [
        {
          kind: "unicast",
          to: output.to,
          message: contacts.has(output.to) ? direct(message) : message,
        },
      ];
    }
    case "beacon":
    case "pulse": {
      const { families, ...message } = output;
      const outputs: NodeOutput[] = [{ kind: "multicast", message, families }];
      if (contacts.size === 0) return outputs;
      const directly = direct(message); // One message, so that whoever sends it encodes it once.
      for (const to of contacts) outputs.push({ kind: "unicast", to, message: directly });
      return outputs;
    }
  }
}

function direct(message: BeaconMessage | PulseMessage): BeaconMessage | PulseMessage {
  return { ...message, direct: true };
}
