import type { NodeView } from "../src/control/contract.ts";

/** The peers that are here, and here to stay. */
export function peersAmong(nodes: readonly NodeView[]): NodeView[] {
  return nodes.filter(({ self, state, transient }) =>
    self !== true && transient !== true && state === "alive"
  );
}
