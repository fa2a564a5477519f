import { PEER_MESSAGE_LIMITS } from "../../core/peer_message.ts";
import type { CarriedMessage, CellPeerMessage, Envelope } from "../../core/peer_message.ts";
import type { Checker } from "../checker.ts";
import type { Step } from "../host.ts";
import type { World } from "../world.ts";

/** How many of one node's envelopes may be on their way at once. */
const REMEMBERED = 4_096;

/** F1, F2, F3: what arrives was said, went over few nodes, and never back to where it came from. */
export function forwardedTruth(world: World): Checker {
  const said = world.hosts.map(() => new Set<string>());

  function note({ host, outputs }: Step): void {
    const own = said[host.index]!;
    for (const output of outputs) {
      if (output.kind !== "send" || output.message.kind !== "forwarded") continue;
      const { envelope } = output.message;
      if (envelope.origin !== host.name) continue;
      own.add(keyOf(envelope));
      if (own.size > REMEMBERED) own.delete(own.values().next().value!);
    }
  }

  return {
    name: "forwarded-truth",
    sees: ["message", "send"],
    check(step) {
      note(step);
      const { host, input, outputs } = step;
      if (input.kind !== "message" || input.message.kind !== "forwarded") return undefined;
      const { envelope, hops } = input.message;
      const subject = `${host.name} is handed what ${envelope.origin} says to ${envelope.target}`;
      if (hops < 1 || hops > PEER_MESSAGE_LIMITS.hops) return `${subject} over ${hops} nodes`;
      if (!said[world.indexOf(envelope.origin)]!.has(keyOf(envelope))) {
        return `${subject}, and it did not say that`;
      }
      for (const output of outputs) {
        if (output.kind !== "send" || output.message.kind !== "forwarded") continue;
        if (output.message.envelope !== envelope) continue;
        if (output.peer === input.peer) return `${subject}, and hands it back to ${input.peer}`;
        if (output.peer === envelope.origin) return `${subject}, and hands it to its origin`;
      }
      return undefined;
    },
  };
}

function keyOf({ target, targetBoot, message }: Envelope): string {
  return JSON.stringify([target, targetBoot, saidIn(message)]);
}

/** How long an assignment has left is told by whoever opens it, and not by whoever says it. */
function saidIn(message: CarriedMessage): unknown {
  if (message.kind === "cell") return asCarried(message);
  if (message.message.kind === "assign") return message.message.assignment.proof;
  const { issuer, number, progress: { state, reason, isMember, missingPeers } } = message.message;
  return [issuer, number, state, reason, isMember, missingPeers];
}

/** How long a bond holds, and how long ago its owner was heard, arrives as whole milliseconds. */
function asCarried(said: CellPeerMessage): CellPeerMessage {
  if (said.message.kind !== "election") return said;
  const answer = said.message.message;
  if (answer.kind !== "pollAnswer" || answer.bond === undefined) return said;
  const { heardMsAgo, forMs } = answer.bond;
  const bond = {
    ...answer.bond,
    forMs: Math.ceil(forMs),
    ...(heardMsAgo === undefined ? {} : { heardMsAgo: Math.ceil(heardMsAgo) }),
  };
  return { ...said, message: { kind: "election", message: { ...answer, bond } } };
}
