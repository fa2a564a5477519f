import { BoundedMap } from "../kernel/bounded_map.ts";
import { isNodeId, type NodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, MINUTE, SECOND } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { FORGET_AFTER_MS } from "../profile.ts";
import { isSameAddress, type PeerAddress, type SourceEvent } from "./source.ts";

/** How many peers a node remembers across its restarts: those that it met last. */
export const REMEMBERED_PEERS = 64;

/** A change waits so long for others, and two writes are at least so far apart. */
export const SAVE_AFTER_MS: Millis = 10 * SECOND;
export const SAVE_EVERY_MS: Millis = 1 * MINUTE;

export type MemoryInput =
  /** What the disk held when the node started. */
  | { readonly kind: "recall"; readonly value: JsonValue | undefined }
  | { readonly kind: "heard"; readonly nodeId: NodeId; readonly address: PeerAddress }
  /** It is not to be spoken to any more, whoever remembers it. */
  | { readonly kind: "banned"; readonly nodeId: NodeId }
  | { readonly kind: "saveFailed" }
  | { readonly kind: "stopping" }
  | { readonly kind: "due" };

export type MemoryOutput =
  | { readonly kind: "tell"; readonly event: SourceEvent }
  | { readonly kind: "save"; readonly value: JsonValue };

/**
 * Remembers where peers were met, so that a node which starts again knows whom to try where no
 * multicast brings them. What is remembered only tells of a peer; nobody is alive by it.
 */
export class Memory implements Machine<MemoryInput, MemoryOutput> {
  readonly #peers = new BoundedMap<NodeId, PeerAddress>(REMEMBERED_PEERS, "evict-oldest");
  readonly #told = new Set<NodeId>();
  readonly #timers = new TimerTable<"save" | "forget">();
  readonly #outputs: MemoryOutput[] = [];
  #savedAt: Millis = -Infinity;
  #isDirty = false;

  handle(now: Millis, input: MemoryInput): void {
    switch (input.kind) {
      case "recall":
        return this.#recall(now, input.value);
      case "heard":
        return this.#hear(now, input.nodeId, input.address);
      case "banned":
        this.#retract(input.nodeId);
        if (this.#peers.delete(input.nodeId)) this.#saveLater(now);
        return;
      case "saveFailed":
        return this.#saveLater(now);
      case "stopping":
        return this.#isDirty ? this.#save(now) : undefined;
      case "due":
        if (this.#timers.take("save", now)) this.#save(now);
        if (this.#timers.take("forget", now)) this.#retractAll();
        return;
    }
  }

  poll(): MemoryOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#timers.deadline();
  }

  #recall(now: Millis, value: JsonValue | undefined): void {
    for (const { nodeId, address } of readPeers(value)) {
      this.#peers.set(nodeId, address);
      this.#told.add(nodeId);
      this.#tell({ kind: "seen", nodeId, addresses: [address] });
    }
    if (this.#told.size > 0) this.#timers.set("forget", now + FORGET_AFTER_MS);
  }

  #hear(now: Millis, nodeId: NodeId, address: PeerAddress): void {
    this.#retract(nodeId); // Its own word is worth more.
    const known = this.#peers.get(nodeId);
    this.#peers.set(nodeId, address);
    this.#peers.touch(nodeId);
    if (!isSameAddress(known, address)) this.#saveLater(now);
  }

  #saveLater(now: Millis): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#timers.set("save", Math.max(now + SAVE_AFTER_MS, this.#savedAt + SAVE_EVERY_MS));
  }

  #save(now: Millis): void {
    this.#isDirty = false;
    this.#savedAt = now;
    this.#timers.clear("save");
    const value = [...this.#peers].map(([nodeId, { from, port, host }]) => ({
      nodeId,
      from,
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
    }));
    this.#outputs.push({ kind: "save", value });
  }

  #retract(nodeId: NodeId): void {
    if (this.#told.delete(nodeId)) this.#tell({ kind: "lost", nodeId });
  }

  #retractAll(): void {
    this.#told.clear();
    this.#tell({ kind: "ended" });
  }

  #tell(event: SourceEvent): void {
    this.#outputs.push({ kind: "tell", event });
  }
}

/** What another version wrote, or nobody, is no memory and no reason not to start. */
function readPeers(value: JsonValue | undefined): { nodeId: NodeId; address: PeerAddress }[] {
  if (!Array.isArray(value)) return [];
  return value.slice(-REMEMBERED_PEERS).flatMap((entry) => {
    const { nodeId, from, port, host } = (entry ?? {}) as Record<string, unknown>;
    if (typeof nodeId !== "string" || !isNodeId(nodeId) || typeof from !== "string") return [];
    const address = {
      from,
      ...(typeof port === "number" ? { port } : {}),
      ...(typeof host === "string" ? { host } : {}),
    };
    return [{ nodeId, address }];
  });
}
