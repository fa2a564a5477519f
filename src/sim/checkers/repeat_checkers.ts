import type { Beacon } from "../../core/beacon/beacon.ts";
import type { LinkName } from "../../core/kernel/ids.ts";
import { PEER_MESSAGE_LIMITS } from "../../core/peer_message.ts";
import type { Checker } from "../checker.ts";
import type { Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";

/** How many beacons are remembered of those that a process heard. */
const REMEMBERED = 2_048;

interface Hearing {
  /** Over how few nodes it came. */
  hops: number;
  readonly links: Set<LinkName>;
  isRepeated: boolean;
}

/**
 * E1, E2: what a node says again it heard, it says it once, over no more nodes than may be, and never
 * where it was heard.
 */
export function repeatedTruth(): Checker {
  const memory = new LifeMemory(() => new Map<string, Hearing>());
  return {
    name: "repeated-truth",
    sees: ["beacon", "repeated", "repeat"],
    check(step) {
      const heard = memory.of(step.host);
      takeDown(heard, step);
      for (const output of step.outputs) {
        if (output.kind !== "repeat") continue;
        const { message: { beacon, hops }, exceptLinks } = output;
        const subject = `${step.host.name} repeats ${keyOf(beacon)}`;
        const hearing = heard.get(keyOf(beacon));
        if (hearing === undefined) return `${subject}, which it did not hear`;
        if (hearing.isRepeated) return `${subject} again`;
        hearing.isRepeated = true;
        if (hops > PEER_MESSAGE_LIMITS.hops) return `${subject} over ${hops} nodes`;
        if (hops <= hearing.hops) return `${subject} as if it had come over fewer nodes`;
        const back = [...hearing.links].find((link) => !exceptLinks.includes(link));
        if (back !== undefined) return `${subject} on ${back}, where it was heard`;
      }
      return undefined;
    },
  };
}

function takeDown(heard: Map<string, Hearing>, { input }: Step): void {
  if (input.kind !== "datagram" || input.link === undefined) return;
  const { message, link } = input;
  if (message.kind !== "beacon" && message.kind !== "repeated") return;
  const hops = message.kind === "repeated" ? message.hops : 0;
  const key = keyOf(message.beacon);
  const hearing = heard.get(key) ?? { hops, links: new Set(), isRepeated: false };
  hearing.hops = Math.min(hearing.hops, hops);
  hearing.links.add(link);
  heard.set(key, hearing);
  if (heard.size > REMEMBERED) heard.delete(heard.keys().next().value!);
}

function keyOf({ nodeId, boot, sequence }: Beacon): string {
  return `${nodeId} ${boot}.${sequence}`;
}
