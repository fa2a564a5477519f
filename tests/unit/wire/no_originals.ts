import type { Originals } from "../../../src/wire/peer_message.ts";

/** Of a node that has kept nothing that was sealed or signed, and takes nothing. */
export const NO_ORIGINALS: Originals = {
  datagramOf: () => undefined,
  open: () => undefined,
  openOrder: () => undefined,
  openAssignment: () => undefined,
  sealedOf: () => undefined,
  unseal: () => undefined,
  proofs: {
    nodeId: "nobody",
    seal: () => undefined,
    hasEnded: () => false,
    prove: () => undefined,
  },
  statements: {
    revocationOf: () => undefined,
    groupKeysAfter: () => [],
    takeRevocations: () => {},
    takeGroupKeys: () => {},
  },
};
