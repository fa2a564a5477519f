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
      const message: BeaconMessage = { kind: "beacon", beacon: output.beacon };
      // Only who is no contact hears this node through the group, and may take this for that (D2).
      return [
        contacts.has(output.to)
          ? directly(output.to, message)
          : { kind: "unicast", to: output.to, message },
      ];
    }
    case "beacon":
    case "pulse": {
      const { families, ...message } = output;
      return [
        { kind: "multicast", message, families },
        ...[...contacts].map((to) => directly(to, message)),
      ];
    }
  }
}

function directly(to: Address, message: BeaconMessage | PulseMessage): NodeOutput {
  return { kind: "unicast", to, message: { ...message, direct: true } };
}
