import { isFresher, type Numbers } from "../../core/beacon/beacon.ts";
import { isPresent } from "../../core/beacon/observer.ts";
import type { Datagram } from "../../core/messages.ts";
import type { Checker } from "../checker.ts";
import type { Host, Step } from "../host.ts";
import { LifeMemory } from "../life_memory.ts";
import type { World } from "../world.ts";

/** What is told of a connection is told within the same millisecond, or when a pause is over. */
const TELLING_MS = 1;

/** B12: a member lists nobody for words that it never said, or said when it was no member. */
export function provenAlive(world: World): Checker {
  const { standings } = world;
  /** The last that each host said, as itself and as a member, though it may have been revoked. */
  const said: (Numbers | undefined)[] = [];
  /** What the other had said when the host learnt that it was revoked. */
  const limits = new Map<Host, Map<number, Numbers | undefined>>();

  function noteRevoked(host: Host): void {
    const own = limits.get(host) ?? new Map<number, Numbers | undefined>();
    limits.set(host, own);
    for (const other of standings.knownRevoked(host.index)) {
      if (!own.has(other)) own.set(other, said[other]);
    }
  }
  return {
    name: "proven-alive",
    sees: ["beacon", "pulse", "trust", "revoked", "multicast", "unicast"],
    check({ host, input, outputs }) {
      for (const output of outputs) {
        if (output.kind !== "multicast" && output.kind !== "unicast") continue;
        const numbers = numbersOf(output.message);
        const isHonest = standings.isMember(host.index) &&
          standings.nameOf(host.index) === host.name;
        const before = said[host.index];
        if (numbers === undefined || !isHonest) continue;
        if (before === undefined || isFresher(numbers, before)) said[host.index] = numbers;
      }
      if (input.kind === "trust") noteRevoked(host);
      if (input.kind === "revoked") return stillKnown(host, input.peer);
      if (input.kind !== "datagram" || standings.isStranger(host.index)) return undefined;
      const nodeId = nodeIdOf(input.message);
      const peer = nodeId === undefined ? undefined : host.node!.observer.peer(nodeId);
      if (peer === undefined || !isPresent(peer.state)) return undefined;
      const index = world.indexOf(peer.nodeId);
      const limit = limits.get(host);
      const last = limit?.has(index) === true ? limit.get(index) : said[index];
      if (last !== undefined && !isFresher(peer, last)) return undefined;
      return `${host.name} lists ${peer.nodeId} for ${peer.boot}.${peer.sequence}, ` +
        "which it did not say as a member";
    },
  };
}

/** Whoever was put out is listed no more from that moment on, however it was known. */
function stillKnown({ name, node }: Host, peer: string): string | undefined {
  const { observer, relay } = node!;
  const listed = observer.peer(peer);
  const isListed = listed !== undefined && isPresent(listed.state);
  const isKnown = isListed || relay.peer(peer) !== undefined;
  return isKnown ? `${name} lists ${peer}, which was revoked` : undefined;
}

/** K5: nobody counts as connected without a proof that was good when it was given. */
export function provenConnected(world: World): Checker {
  const memory = new LifeMemory(() => ({ held: new Set<string>(), steppedAt: -Infinity }));
  return {
    name: "proven-connected",
    check(step) {
      const { host, at, input, outputs } = step;
      const life = memory.of(host);
      const sleptMs = at - life.steppedAt;
      life.steppedAt = at;
      if (input.kind === "connected") {
        const detail = unproven(world, host, input.peer, at - sleptMs - TELLING_MS);
        if (detail !== undefined) return detail;
        life.held.add(input.peer);
      }
      if (input.kind === "disconnected") life.held.delete(input.peer);
      for (const output of outputs) {
        if (output.kind === "disconnect") life.held.delete(output.peer);
      }
      const peer = peerOf(step);
      if (peer === undefined || life.held.has(peer)) return undefined;
      const isTaken = host.node!.keeper.state(peer) === "connected";
      return isTaken ? `${host.name} takes ${peer} for connected, without proof` : undefined;
    },
  };
}

function unproven(world: World, host: Host, peer: string, since: number): string | undefined {
  const conclusion = world.transport.conclusion(host, world.indexOf(peer));
  if (conclusion === undefined || conclusion.at < since) {
    return `${host.name} is connected with ${peer}, and somebody else is at the other end`;
  }
  return conclusion.wasMember
    ? undefined
    : `${host.name} is connected with ${peer}, which is no member`;
}

/** Whom the step may have changed the connection with. */
function peerOf({ input, outputs }: Step): string | undefined {
  switch (input.kind) {
    case "connected":
    case "disconnected":
    case "connectFailed":
      return input.peer;
    case "datagram":
      return nodeIdOf(input.message);
    default:
      return outputs.find((output) => output.kind === "connect")?.peer;
  }
}

function nodeIdOf(message: Datagram): string | undefined {
  if (message.kind === "beacon") return message.beacon.nodeId;
  return message.kind === "pulse" ? message.pulse.nodeId : undefined;
}

function numbersOf(message: Datagram): Numbers | undefined {
  if (message.kind === "beacon") return message.beacon;
  return message.kind === "pulse" ? message.pulse : undefined;
}
