import type { Millis } from "../core/kernel/time.ts";
import type { Host } from "./host.ts";
import { type Carrier, StreamConnection, type StreamEvents } from "./stream_connection.ts";
import type { Act, Stage } from "./stage.ts";

/** How long a handshake may take. */
export const CONNECT_TIMEOUT_MS: Millis = 10_000;
/** An end that hears nothing for this long gives the connection up. */
export const IDLE_TIMEOUT_MS: Millis = 15_000;
/** How often an end says that it is there, so often that loss alone breaks no connection. */
const KEEP_ALIVE_MS: Millis = 1_000;
/** How soon a packet that got lost is sent again, and how rarely at the most. */
const RESEND_MS: Millis = 250;
const LONGEST_RESEND_MS: Millis = 2_000;
/** How many connections one process may hold; a handshake beyond that is refused. */
export const CONNECTION_LIMIT = 1_024;
/** What a packet carries besides its payload. */
const HEADER_BYTES = 40;

/** What happens when a packet arrives, and with a second copy of it, where that is something else. */
interface Arrival extends Act {
  readonly again?: Act;
}

/** A packet that is sent again until it arrives at a process. */
interface Carriage {
  readonly from: StreamConnection;
  readonly bytes: number;
  readonly take: () => void;
  /** Until when somebody wants it, though its sender may have closed the connection. */
  readonly wantedUntil: Millis | undefined;
  resendMs: Millis;
}

/** Decides what to do with a newcomer: events to take it, or undefined to refuse. */
export type Accept = (connection: StreamConnection) => StreamEvents | undefined;

export interface StreamCounts {
  connecting: number;
  opened: number;
  refused: number;
  closed: number;
  timedOut: number;
  reset: number;
  packets: number;
  resent: number;
  bytes: number;
}

/**
 * Connections with streams between the hosts of a world. Their packets share the links, and so the
 * loss, delay, cuts and queues, with the world's datagrams. A lost packet is sent again until its
 * connection ends, which makes loss a delay.
 */
export class StreamNetwork implements Carrier {
  readonly counts: StreamCounts = {
    connecting: 0,
    opened: 0,
    refused: 0,
    closed: 0,
    timedOut: 0,
    reset: 0,
    packets: 0,
    resent: 0,
    bytes: 0,
  };
  readonly #stage: Stage;
  readonly #listeners = new Map<Host, { readonly life: number; readonly accept: Accept }>();
  readonly #ends = new Map<Host, Set<StreamConnection>>();
  /** The arrival of the packet that is being sent, and how many copies of it will arrive. */
  #underWay: Arrival | undefined;
  #copies = 0;
  readonly #arrive: (at: Millis) => void;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#arrive = (at) => {
      const arrival = this.#underWay!;
      this.#stage.put(at, this.#copies++ === 0 ? arrival : arrival.again ?? arrival);
    };
  }

  /** Takes connections for the process that runs on the host now; the next must listen again. */
  listen(host: Host, accept: Accept): void {
    this.#listeners.set(host, { life: host.life, accept });
  }

  /** Begins a handshake; undefined when no process runs or it holds all that it may. */
  connect(from: Host, to: Host, events: StreamEvents): StreamConnection | undefined {
    const end = from.node === undefined ? undefined : this.#makeEnd(from, to, events);
    if (end === undefined) return undefined;
    this.counts.connecting++;
    this.#carry(end, HEADER_BYTES, () => this.#greet(end));
    return end;
  }

  /** How many connections are held by the process on the host, or still remembered of it. */
  heldBy(host: Host): number {
    return this.#ends.get(host)?.size ?? 0;
  }

  carrySegment(from: StreamConnection, stream: number, offset: number, bytes: Uint8Array): void {
    this.#carry(from, HEADER_BYTES + bytes.length, () => {
      const peer = from.peer!;
      if (this.#hear(peer, from)) peer.takeSegment(stream, offset, bytes);
    });
  }

  carryAcknowledgement(from: StreamConnection, stream: number, offset: number): void {
    this.#carry(from, HEADER_BYTES, () => {
      const peer = from.peer!;
      if (this.#hear(peer, from)) peer.takeAcknowledgement(stream, offset);
    });
  }

  /** The end is closed already, so the farewell is sent again for as long as the peer may wait. */
  carryClose(from: StreamConnection, reason: string): void {
    this.counts.closed++;
    this.#forget(from);
    const wantedUntil = this.#stage.now + IDLE_TIMEOUT_MS;
    this.#carry(from, HEADER_BYTES, () => this.#part(from.peer, reason), wantedUntil);
  }

  #makeEnd(host: Host, peerHost: Host, events: StreamEvents): StreamConnection | undefined {
    const ends = this.#ends.get(host) ?? new Set();
    this.#ends.set(host, ends);
    if (ends.size === CONNECTION_LIMIT) {
      this.counts.refused++;
      return undefined;
    }
    const end = new StreamConnection({ host, peerHost, now: this.#stage.now, carrier: this });
    end.events = events;
    ends.add(end);
    const keepAlive: Act = { kind: "act", act: () => this.#hearKeepAlive(end) };
    const tick: Act = { kind: "act", act: () => this.#tick(end, tick, keepAlive) };
    this.#scheduleTick(end, tick);
    return end;
  }

  /** The first packet of a handshake has arrived. Its copies find the connection made. */
  #greet(client: StreamConnection): void {
    if (client.peer !== undefined) return;
    const host = client.peerHost;
    const listener = this.#listeners.get(host);
    const server = listener?.life === host.life ? this.#makeEnd(host, client.host, {}) : undefined;
    const events = server === undefined ? undefined : listener!.accept(server);
    if (server === undefined || events === undefined) {
      if (server !== undefined) this.#forget(server);
      this.counts.refused++;
      return this.#answer(host, client, "refused");
    }
    server.events = events;
    server.peer = client;
    client.peer = server;
    server.open();
    this.#carry(server, HEADER_BYTES, () => this.#hear(client, server));
  }

  /** Anything that arrives proves the sender alive and the handshake done. */
  #hear(end: StreamConnection, from: StreamConnection): boolean {
    if (!end.isHeld) this.#answer(end.host, from, end.epitaph);
    else {
      end.heardAt = this.#stage.now;
      if (end.state === "connecting") this.counts.opened++;
      end.open();
    }
    return end.isHeld;
  }

  /** Sends a packet until it arrives at a process, for as long as somebody wants it to. */
  #carry(
    from: StreamConnection,
    bytes: number,
    take: () => void,
    wantedUntil?: Millis,
  ): void {
    this.#sendOn({ from, bytes, take, wantedUntil, resendMs: RESEND_MS });
  }

  #sendOn(carriage: Carriage): void {
    if (!this.#isWanted(carriage)) return;
    const { from, bytes, take } = carriage;
    const arrives = this.#send(from.host, from.peerHost, bytes, {
      kind: "act",
      act: () => {
        // A process that is down takes nothing off its socket, and one that is paused takes it later.
        const { peerHost } = from;
        if (peerHost.state === "up") take();
        else if (!peerHost.holdPacket(take)) this.#sendLater(carriage);
      },
      again: { kind: "act", act: () => from.peerHost.state === "up" ? take() : undefined },
    });
    if (!arrives) this.#sendLater(carriage);
  }

  #sendLater(carriage: Carriage): void {
    this.#stage.schedule(this.#stage.now + carriage.resendMs, () => {
      this.counts.resent++;
      carriage.resendMs = Math.min(LONGEST_RESEND_MS, 2 * carriage.resendMs);
      this.#sendOn(carriage);
    });
  }

  #isWanted({ from, wantedUntil }: Carriage): boolean {
    if (wantedUntil === undefined) return from.isHeld;
    return this.#stage.now < wantedUntil && isRunning(from);
  }

  /** Puts one packet on its link. Answers whether any copy of it will arrive. */
  #send(from: Host, to: Host, bytes: number, arrival: Arrival): boolean {
    const { network, now } = this.#stage;
    this.counts.packets++;
    this.counts.bytes += bytes;
    this.#underWay = arrival;
    this.#copies = 0;
    network.transmit(now, from.index, to.index, bytes, this.#arrive);
    return this.#copies > 0;
  }

  /** A host that knows nothing of a connection says so, once per packet, as a stateless peer does. */
  #answer(host: Host, to: StreamConnection, reason: string): void {
    const act = () => {
      if (!to.isHeld || to.host.state !== "up") return;
      if (reason === "reset") this.counts.reset++;
      this.#part(to, reason);
    };
    this.#send(host, to.host, HEADER_BYTES, { kind: "act", act });
  }

  #part(end: StreamConnection | undefined, reason: string): void {
    if (end === undefined) return;
    this.#forget(end);
    end.end(reason);
  }

  #forget(end: StreamConnection): void {
    this.#ends.get(end.host)?.delete(end);
  }

  #scheduleTick(end: StreamConnection, tick: Act): void {
    const { now } = this.#stage;
    // The patience of a paused process may have run out; it is asked again when it may run.
    const giveUpAt = end.heardAt + patienceOf(end);
    const at = giveUpAt > now ? Math.min(giveUpAt, now + KEEP_ALIVE_MS) : now + KEEP_ALIVE_MS;
    this.#stage.put(at, tick);
  }

  #tick(end: StreamConnection, tick: Act, keepAlive: Act): void {
    if (!end.isHeld) return this.#forget(end);
    if (end.host.state === "up") {
      if (this.#stage.now - end.heardAt >= patienceOf(end)) {
        this.counts.timedOut++;
        return this.#part(end, "timeout");
      }
      // One packet that nobody answers; the next comes soon enough.
      if (end.state === "open") this.#send(end.host, end.peerHost, HEADER_BYTES, keepAlive);
    }
    this.#scheduleTick(end, tick);
  }

  #hearKeepAlive(end: StreamConnection): void {
    if (end.peerHost.state === "up") this.#hear(end.peer!, end);
  }
}

function patienceOf({ state }: StreamConnection): Millis {
  return state === "connecting" ? CONNECT_TIMEOUT_MS : IDLE_TIMEOUT_MS;
}

function isRunning({ host, life }: StreamConnection): boolean {
  return host.node !== undefined && host.life === life;
}
