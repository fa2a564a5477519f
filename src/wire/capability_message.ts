import { CAPABILITY_LIMITS } from "../core/capability/capability.ts";
import type { CapabilityMessage } from "../core/capability/inquirer.ts";
import { draftCapability, isKnown, readCapability, readCapabilityDigest } from "./beacon.ts";
import type {
  CapabilitiesTold as CapabilitiesToldOnWire,
  PeerMessage as PeerMessageOnWire,
} from "./generated/peat/peer.js";
import type { Draft } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

/** How a question of what a node can do, or the answer, looks on the wire. */
export function draftCapabilityMessage(message: CapabilityMessage): Draft<PeerMessageOnWire> {
  const { nonce } = message;
  switch (message.kind) {
    case "capabilitiesWanted":
      return { capabilitiesWanted: { nonce } };
    case "holdingWanted":
      return { holdingWanted: { nonce } };
    case "holdingTold": {
      const { digest } = message;
      const bytes = digest === undefined ? {} : { digest: Uint8Array.fromHex(digest) };
      return { holdingTold: { nonce, ...bytes } };
    }
    case "capabilitiesTold": {
      const capabilities = message.capabilities.slice(0, CAPABILITY_LIMITS.capabilities);
      return { capabilitiesTold: { nonce, capabilities: capabilities.map(draftCapability) } };
    }
  }
}

/** Undefined for another message. Refuses with a `WireError`. */
export function readCapabilityMessage(on: PeerMessageOnWire): CapabilityMessage | undefined {
  const { capabilitiesWanted, capabilitiesTold, holdingWanted, holdingTold } = on;
  if (capabilitiesWanted !== null) {
    return { kind: "capabilitiesWanted", nonce: capabilitiesWanted.nonce };
  }
  if (holdingWanted !== null) return { kind: "holdingWanted", nonce: holdingWanted.nonce };
  if (holdingTold !== null) {
    const digest = readCapabilityDigest(holdingTold.digest);
    const { nonce } = holdingTold;
    return { kind: "holdingTold", nonce, ...(digest === undefined ? {} : { digest }) };
  }
  return capabilitiesTold === null ? undefined : readTold(capabilitiesTold);
}

function readTold({ nonce, capabilities }: CapabilitiesToldOnWire): CapabilityMessage {
  if (capabilities.length > CAPABILITY_LIMITS.capabilities) {
    throw new WireError(
      "tooMany",
      `Cannot decode capabilities: there are ${capabilities.length}, the limit is ` +
        CAPABILITY_LIMITS.capabilities,
    );
  }
  const known = capabilities.filter(isKnown).map(readCapability);
  return { kind: "capabilitiesTold", nonce, capabilities: known };
}
