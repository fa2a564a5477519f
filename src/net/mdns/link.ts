import type { Socket } from "node:dgram";
import type { Random } from "../../core/kernel/random.ts";
import type { Millis } from "../../core/kernel/time.ts";
import { isOnNetwork, type NetworkInterface } from "../interfaces.ts";
import { isLinkLocal, printSocketAddress } from "../socket_address.ts";
import { Browser } from "./browser.ts";
import { encodeMdns } from "./encode.ts";
import type { Message } from "./message.ts";
import { Responder } from "./responder.ts";
import type { Announcement, Instance } from "./service.ts";

export interface LinkOptions {
  readonly network: NetworkInterface;
  readonly socket: Socket;
  /** Absent for a node that says nothing of itself, and asks nothing either. */
  readonly announcement: Announcement | undefined;
  /** The interface's own, one of each family that it has. */
  readonly addresses: readonly string[];
  /** All of this machine, which its other interfaces say under the same name. */
  readonly ownAddresses: () => readonly string[];
  readonly random: Random;
  readonly send: (socket: Socket, bytes: Uint8Array, to: string | undefined) => void;
  readonly onSeen: (instance: Instance) => void;
  readonly onLost: (label: string) => void;
}

/** Multicast DNS on one interface: what is said of this node there, and what of others. */
export class MdnsLink {
  readonly network: NetworkInterface;
  readonly addresses: readonly string[];
  readonly #options: LinkOptions;
  readonly #responder: Responder | undefined;
  readonly #browser: Browser;

  constructor(options: LinkOptions) {
    const { network, announcement, ownAddresses, random } = options;
    this.network = network;
    this.addresses = options.addresses;
    this.#options = options;
    this.#browser = new Browser(random.split("browser"));
    if (announcement !== undefined) {
      this.#responder = new Responder(announcement, ownAddresses, random.split("responder"));
    }
  }

  start(now: Millis): void {
    this.#responder?.handle(now, { kind: "start" });
    this.#browser.handle(now, { kind: "start" });
    this.#follow();
  }

  receive(now: Millis, message: Message, hostname: string, port: number, isLegacy: boolean): void {
    const scoped = isLinkLocal(hostname) ? `${hostname}%${this.network.name}` : hostname;
    const from = printSocketAddress({ hostname: scoped, port });
    this.#responder?.handle(now, { kind: "message", message, from, isLegacy });
    // Whoever answers from another port may be beyond this link.
    if (!isLegacy) this.#browser.handle(now, { kind: "message", message, from: hostname });
    this.#follow();
  }

  doubt(now: Millis, label: string): void {
    this.#browser.handle(now, { kind: "doubt", label });
    this.#follow();
  }

  wake(now: Millis): void {
    if (this.#responder !== undefined && this.#responder.deadline() <= now) {
      this.#responder.handle(now, { kind: "due" });
    }
    if (this.#browser.deadline() <= now) this.#browser.handle(now, { kind: "due" });
    this.#follow();
  }

  stop(now: Millis): void {
    this.#responder?.handle(now, { kind: "stop" });
    this.#follow();
  }

  deadline(): Millis {
    return Math.min(this.#browser.deadline(), this.#responder?.deadline() ?? Infinity);
  }

  get socket(): Socket {
    return this.#options.socket;
  }

  get counts(): Browser["counts"] {
    return this.#browser.counts;
  }

  /**
   * Those of the addresses that are on this very link. Anybody can announce anything, and nobody
   * shall make this node speak to a stranger elsewhere.
   */
  onLink(addresses: readonly string[]): string[] {
    return addresses.flatMap((address) => {
      if (isLinkLocal(address)) return [`${address}%${this.network.name}`];
      return isOnNetwork(address, this.network) ? [address] : [];
    });
  }

  #follow(): void {
    const { send, socket, onSeen, onLost, announcement } = this.#options;
    const responder = this.#responder;
    for (let output = responder?.poll(); output; output = responder?.poll()) {
      send(socket, encodeMdns(output.message), output.to);
    }
    for (let output = this.#browser.poll(); output; output = this.#browser.poll()) {
      if (output.kind === "seen") onSeen(output.instance);
      else if (output.kind === "lost") onLost(output.label);
      else if (announcement !== undefined) send(socket, encodeMdns(output.message), undefined);
    }
  }
}
