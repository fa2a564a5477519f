import type { Address, NodeId } from "../../core/kernel/ids.ts";
import type { Closing } from "./closing.ts";

interface Closable {
  close(closing: Closing): void;
}

/** An attempt to reach a peer. */
export class Dial {
  #cancelled: Closing | undefined;
  #link: Closable | undefined;

  constructor(readonly peer: NodeId, readonly address: Address) {}

  get isCancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  cancel(closing: Closing): void {
    this.#cancelled = closing;
    this.#link?.close(closing);
  }

  /** From here on, cancelling the dial closes its link. */
  reached(link: Closable): void {
    this.#link = link;
    if (this.#cancelled !== undefined) link.close(this.#cancelled);
  }
}
