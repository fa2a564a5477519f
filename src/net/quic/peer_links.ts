import type { Address, NodeId } from "../../core/kernel/ids.ts";
import type { Closing } from "./closing.ts";
import type { Dial } from "./dial.ts";
import type { QuicLimits } from "./limits.ts";
import type { Link } from "./link.ts";
import { Timer } from "./timer.ts";

export interface PeerLinksOptions {
  readonly self: NodeId;
  readonly peer: NodeId;
  readonly limits: QuicLimits;
  readonly dial: (address: Address) => Dial;
  readonly onConnected: (link: Link) => void;
  readonly onDisconnected: (closing: Closing) => void;
  readonly onConnectFailed: (address: Address, closing: Closing) => void;
  readonly onDuplicate: (address: Address) => void;
}

/**
 * All links to one peer, of which at most one is current. The lower node id of the two decides
 * which: its own dial's, if both dialled. Until it says so no link carries a message.
 *
 * A link that comes while there is a current one means that the peer lost the current one, or that
 * two dials crossed, or that two nodes have one id. The current link is asked whether it lives:
 * if it does, it stays.
 */
export class PeerLinks {
  readonly #options: PeerLinksOptions;
  readonly #decides: boolean;
  readonly #candidates = new Set<Link>();
  #current: Link | undefined;
  /** The candidate that the peer decided for, where the peer decides. */
  #chosen: Link | undefined;
  #dial: Dial | undefined;
  /** Where a connection was asked for and has neither come nor failed. */
  #wanted: Address | undefined;
  #lastClosing: Closing = { code: "unreachable", reason: "no answer" };
  /** Runs while the current link has to show that it is alive. */
  readonly #probe = new Timer();
  /** Runs while one link is held back for another that is about to come. */
  readonly #patience = new Timer();
  #patienceIsOver = false;

  constructor(options: PeerLinksOptions) {
    this.#options = options;
    this.#decides = options.self < options.peer;
  }

  get current(): Link | undefined {
    return this.#current;
  }

  get dial(): Dial | undefined {
    return this.#dial;
  }

  get isEmpty(): boolean {
    return this.#current === undefined && this.#candidates.size === 0 && this.#wanted === undefined;
  }

  connect(address: Address): void {
    if (this.#current !== undefined || this.#wanted !== undefined) return;
    this.#wanted = address;
    this.#dial = this.#options.dial(address);
  }

  disconnect(closing: Closing): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#chosen = undefined;
    this.#closeOthers(closing);
    this.#current?.close(closing);
    this.dispose();
    if (wanted !== undefined) this.#options.onConnectFailed(wanted, closing);
  }

  dialFailed(dial: Dial, closing: Closing): void {
    if (dial !== this.#dial) return;
    this.#dial = undefined;
    this.#lastClosing = closing;
    this.#evaluate();
  }

  greeted(link: Link): void {
    if (link.isDialled) this.#dial = undefined;
    for (const other of [...this.#candidates]) {
      if (other.isDialled === link.isDialled) other.close({ code: "replaced", reason: "" });
    }
    this.#candidates.add(link);
    this.#evaluate();
  }

  adopted(link: Link): void {
    if (!this.#candidates.has(link)) {
      return link.close({ code: "badFrame", reason: "this link is nobody's to adopt" });
    }
    this.#chosen = link;
    this.#evaluate();
  }

  /** The current link answered a probe, so its rivals lose. */
  alive(link: Link): void {
    if (link !== this.#current || !this.#probe.isRunning) return;
    this.#probe.stop();
    for (const rival of this.#rivals()) {
      if (rival.peerInstance === link.peerInstance) {
        rival.close({ code: "superseded", reason: "there is a connection" });
      } else {
        rival.close({ code: "duplicateNode", reason: "another node has this id" });
        this.#options.onDuplicate(rival.address);
      }
    }
  }

  closed(link: Link, closing: Closing): void {
    this.#candidates.delete(link);
    if (this.#chosen === link) this.#chosen = undefined;
    if (this.#current === link) {
      this.#current = undefined;
      this.#probe.stop();
      this.#options.onDisconnected(closing);
    } else if (link.isDialled) {
      this.#lastClosing = closing;
    }
    this.#evaluate();
  }

  dispose(): void {
    this.#probe.stop();
    this.#stopPatience();
  }

  #evaluate(): void {
    const rival = this.#rivals()[0];
    if (this.#current !== undefined) {
      if (rival !== undefined) this.#contest(this.#current, rival);
    } else if (rival !== undefined) {
      if (this.#mayBeBettered(rival)) this.#bePatient();
      else this.#adopt(rival);
    } else if (this.#wanted !== undefined) {
      this.#evaluateFailure(this.#wanted);
    }
  }

  /** Whether this side's own dial is still under way, and is worth waiting for. */
  #mayBeBettered(rival: Link): boolean {
    return this.#decides && !rival.isDialled && this.#dial !== undefined && !this.#patienceIsOver;
  }

  /** The links that may become current, the preferred one first. */
  #rivals(): Link[] {
    if (!this.#decides) return this.#chosen === undefined ? [] : [this.#chosen];
    return [...this.#candidates].sort((left, right) =>
      Number(right.isDialled) - Number(left.isDialled)
    );
  }

  #contest(current: Link, rival: Link): void {
    if (!this.#decides && rival.peerInstance === current.peerInstance) {
      return current.close({ code: "replaced", reason: "the peer dialled anew" });
    }
    if (this.#probe.isRunning) return;
    const giveUp = () => current.close({ code: "lost", reason: "the peer came back without it" });
    this.#probe.start(this.#options.limits.probeMs, giveUp);
    current.probe();
  }

  #adopt(link: Link): void {
    this.#stopPatience();
    this.#candidates.delete(link);
    this.#chosen = undefined;
    this.#current = link;
    this.#wanted = undefined;
    link.adopt({ tell: this.#decides });
    this.#closeOthers({ code: "superseded", reason: "the other dial won" });
    this.#options.onConnected(link);
  }

  /** Forgets them first, since each tells of its end before the next is closed. */
  #closeOthers(closing: Closing): void {
    const [dial, candidates] = [this.#dial, [...this.#candidates]];
    this.#dial = undefined;
    this.#candidates.clear();
    dial?.cancel(closing);
    for (const link of candidates) link.close(closing);
  }

  /** Where the peer decided for its own dial, that one's link may still be on its way here. */
  #evaluateFailure(wanted: Address): void {
    if (this.#dial !== undefined || this.#candidates.size > 0) return;
    if (this.#lastClosing.code === "superseded") this.#bePatient();
    if (this.#patience.isRunning) return;
    this.#wanted = undefined;
    this.#patienceIsOver = false;
    this.#options.onConnectFailed(wanted, this.#lastClosing);
  }

  #bePatient(): void {
    if (this.#patienceIsOver) return;
    this.#patience.start(this.#options.limits.preferOwnDialMs, () => {
      this.#patienceIsOver = true;
      this.#evaluate();
    });
  }

  #stopPatience(): void {
    this.#patience.stop();
    this.#patienceIsOver = false;
  }
}
