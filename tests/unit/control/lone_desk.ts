import type { Capability } from "../../../src/core/capability/capability.ts";
import { STANDARD_RULES } from "../../../src/core/capability/composition/standard_rules.ts";
import { drain } from "../../../src/core/kernel/machine.ts";
import { Random } from "../../../src/core/kernel/random.ts";
import { Node } from "../../../src/core/node.ts";
import type { NodeInput } from "../../../src/core/node_io.ts";
import { PROFILES } from "../../../src/core/profile.ts";
import { CapabilityDesk } from "../../../src/daemon/capability_desk.ts";

/** The desk of a node that is alone, with a disk that keeps what it is handed, or nothing. */
export function loneDesk(
  capabilities: readonly Capability[],
  { isDiskFull = () => false }: { isDiskFull?: () => boolean } = {},
): CapabilityDesk {
  const node = new Node({
    nodeId: "self",
    timing: PROFILES.standard,
    advertisement: { version: "0.1.0", level: 0, cell: "alpha", capabilities },
    random: new Random("desk"),
  });
  const hand = (input: NodeInput) => {
    node.handle(0, input);
    for (const output of drain(node)) {
      if (output.kind === "capabilityChange" || output.kind === "asked") desk.settle(output);
      if (output.kind !== "persist") continue;
      const { key } = output;
      hand(
        isDiskFull()
          ? { kind: "persistFailed", key, reason: "no room" }
          : { kind: "persisted", key },
      );
    }
  };
  const desk = new CapabilityDesk({ node, hand, rules: STANDARD_RULES });
  hand({ kind: "start", stored: {}, firstBoot: 1 });
  return desk;
}
