import type { Broadcaster } from "../beacon/broadcaster.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import type { NodeInput, NodeOutput } from "../node_io.ts";
import type { Rival } from "../notice.ts";
import { Rivalry, type RivalryOutput } from "./rivalry.ts";

/** A node's part in deciding which of two of one name goes on, in the words of the node. */
export class Contest {
  readonly #nodeId: NodeId;
  readonly #rivalry: Rivalry;
  #yieldedTo: Rival | undefined;

  constructor(nodeId: NodeId, random: Random) {
    this.#nodeId = nodeId;
    this.#rivalry = new Rivalry(random);
  }

  /** To whom the node gives way, from when it does. */
  get yieldedTo(): Rival | undefined {
    return this.#yieldedTo;
  }

  meet(now: Millis, { from, message, own, rival }: Extract<NodeInput, { kind: "rival" }>): void {
    const meeting = { from, own, rival };
    if (message.kind !== "pong") return this.#rivalry.handle(now, { kind: "heard", ...meeting });
    this.#rivalry.handle(now, { kind: "answered", nonce: message.nonce, ...meeting });
  }

  /** What a node itself did not say and that comes under its name, where nobody has to prove it. */
  note(
    now: Millis,
    { from, message }: Extract<NodeInput, { kind: "datagram" }>,
    { boot, sequence }: Broadcaster,
  ): void {
    if (message.kind !== "beacon" || message.beacon.nodeId !== this.#nodeId) return;
    const isOwn = message.beacon.boot === boot && message.beacon.sequence <= sequence;
    if (!isOwn) this.#rivalry.handle(now, { kind: "claimed", from });
  }

  /** Runs what is due and answers what the node wants on account of rivals. */
  follow(now: Millis): NodeOutput[] {
    if (this.deadline() <= now) this.#rivalry.handle(now, { kind: "due" });
    const outputs: NodeOutput[] = [];
    for (let output = this.#rivalry.poll(); output; output = this.#rivalry.poll()) {
      outputs.push(this.#translate(output));
    }
    return outputs;
  }

  deadline(): Millis {
    return this.#rivalry.deadline();
  }

  #translate(output: RivalryOutput): NodeOutput {
    const nodeId = this.#nodeId;
    switch (output.kind) {
      case "ask": {
        const message = { kind: "ping", from: nodeId, nonce: output.nonce } as const;
        return { kind: "unicast", to: output.to, message };
      }
      case "claimed":
        return { kind: "notice", notice: { type: "idClaimed", nodeId, address: output.address } };
      case "stays":
      case "yields": {
        const stays = output.kind === "stays";
        const { address, rival: { deviceId }, isCopy } = output;
        const rival = { address, deviceId, isCopy };
        if (!stays) this.#yieldedTo = rival;
        return { kind: "notice", notice: { type: "rivalFound", nodeId, stays, ...rival } };
      }
    }
  }
}
