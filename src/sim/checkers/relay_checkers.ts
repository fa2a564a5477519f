import type { Beacon, Numbers } from "../../core/beacon/beacon.ts";
import { isPresent } from "../../core/beacon/observer.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { RepeatedMessage } from "../../core/messages.ts";
import type { NodeOutput } from "../../core/node_io.ts";
import { type Introduction, PEER_MESSAGE_LIMITS } from "../../core/peer_message.ts";
import type { Checker } from "../checker.ts";
import type { Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";

/** Ages are whole milliseconds. */
const ROUNDING_MS: Millis = 1;

/** How many beacons of a node are remembered. An earlier one is not listed any more. */
const REMEMBERED = 64;

/** Until when the last beacons of each node hold good where they are, by their own time to live. */
type Lives = Map<NodeId, Map<string, Millis>>;

/** What one process was told, by its own clock. */
interface Books {
  readonly heard: Lives;
  readonly introduced: Lives;
  readonly connected: Set<NodeId>;
}

/**
 * Y1 to Y4: whoever is listed as relayed really said what is handed on, stays listed only as long as
 * that holds good, through a peer that is connected or repeats it, and not once it is heard directly.
 */
export function relayedTruth(): Checker {
  const said = new Map<NodeId, Set<string>>();
  const memory = new LifeMemory((): Books => ({
    heard: new Map(),
    introduced: new Map(),
    connected: new Set(),
  }));
  return {
    name: "relayed-truth",
    check(step) {
      const books = memory.of(step.host);
      takeDown(books, step);
      for (const output of step.outputs) {
        if (output.kind !== "multicast" && output.kind !== "unicast") continue;
        if (output.message.kind !== "beacon") continue;
        const { nodeId } = output.message.beacon;
        said.set(nodeId, (said.get(nodeId) ?? new Set()).add(keyOf(output.message.beacon)));
      }
      return whatIsWronglySent(books, step) ?? whatIsWronglyListed(books, said, step);
    },
  };
}

function takeDown(books: Books, { host, now, input }: Step): void {
  if (input.kind === "connected") books.connected.add(input.peer);
  if (input.kind === "disconnected") books.connected.delete(input.peer);
  if (input.kind === "datagram" && input.message.kind === "beacon") {
    const { beacon } = input.message;
    // The copy of a datagram that the network makes is no news, nor is a stranger's goodbye.
    const isNews = !beacon.leaving || host.node!.observer.peer(beacon.nodeId) !== undefined;
    if (isNews) note(books.heard, beacon, (known) => known ?? now + beacon.ttlMs);
  }
  const introduction = introductionIn(input);
  if (introduction !== undefined) {
    const { beacon, ageMs } = introduction;
    // What one says of a beacon's age is as good as what another does; they differ by the way here.
    const until = now + beacon.ttlMs - ageMs;
    note(books.introduced, beacon, (known = until) => Math.max(known, until));
  }
}

function introductionIn(input: Step["input"]): Introduction | RepeatedMessage | undefined {
  if (input.kind !== "message" && input.kind !== "datagram") return undefined;
  const { message } = input;
  return message.kind === "introduction" || message.kind === "repeated" ? message : undefined;
}

function introductionOf(output: NodeOutput): Introduction | RepeatedMessage | undefined {
  if (output.kind === "repeat") return output.message;
  if (output.kind !== "send" || output.message.kind !== "introduction") return undefined;
  return output.message;
}

function note(lives: Lives, beacon: Beacon, until: (known?: Millis) => Millis): void {
  const beacons = lives.get(beacon.nodeId) ?? new Map<string, Millis>();
  lives.set(beacon.nodeId, beacons);
  const key = keyOf(beacon);
  beacons.set(key, until(beacons.get(key)));
  if (beacons.size > REMEMBERED) beacons.delete(beacons.keys().next().value!);
}

function lifeOf(lives: Lives, beacon: Beacon): Millis {
  return lives.get(beacon.nodeId)?.get(keyOf(beacon)) ?? -Infinity;
}

function whatIsWronglySent(books: Books, { host, now, outputs }: Step): string | undefined {
  for (const output of outputs) {
    const introduction = introductionOf(output);
    if (introduction === undefined) continue;
    const { beacon, ageMs, hops } = introduction;
    const subject = `${host.name} hands on ${beacon.nodeId}`;
    if (hops < 1 || hops > PEER_MESSAGE_LIMITS.hops) return `${subject} over ${hops} nodes`;
    const until = Math.max(lifeOf(books.heard, beacon), lifeOf(books.introduced, beacon));
    if (now + beacon.ttlMs - ageMs > until + ROUNDING_MS) return `${subject} for too long`;
  }
  return undefined;
}

function whatIsWronglyListed(
  { introduced, connected }: Books,
  said: ReadonlyMap<NodeId, ReadonlySet<string>>,
  { host, now }: Step,
): string | undefined {
  const { relay, observer, state } = host.node!;
  if (state !== "running" || relay.size === 0) return undefined;
  for (const { nodeId, via, hops, beacon, isRepeated } of relay.peers()) {
    const subject = `${host.name} lists ${nodeId} through ${via}`;
    if (!said.get(nodeId)?.has(keyOf(beacon))) return `${subject}, which never said so`;
    const until = lifeOf(introduced, beacon);
    if (until + ROUNDING_MS < now) return `${subject} after its beacon ran out`;
    if (hops > PEER_MESSAGE_LIMITS.hops) return `${subject} over ${hops} nodes`;
    if (!isRepeated && !connected.has(via)) return `${subject}, with which it is not connected`;
    const heard = observer.peer(nodeId);
    if (heard !== undefined && isPresent(heard.state)) return `${subject}, and hears it itself`;
  }
  return undefined;
}

function keyOf({ boot, sequence }: Numbers): string {
  return `${boot}.${sequence}`;
}
