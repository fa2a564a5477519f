import { MemoryNetwork, MemoryTransport } from "../../../src/net/memory_transport.ts";
import { EventLog } from "./event_log.ts";
import type { Member, Mesh, MeshKind } from "./mesh.ts";

class MemoryMesh implements Mesh {
  readonly #network = new MemoryNetwork({
    clock: {
      now: () => performance.now(),
      schedule: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
    },
    delayMs: 1,
    lostAfterMs: 1_000,
  });
  readonly #members = new Set<Member>();

  async start(nodeId: string): Promise<Member> {
    const log = new EventLog();
    const transport = new MemoryTransport({
      nodeId,
      network: this.#network,
      onEvent: log.receive,
    });
    const member = { nodeId, address: await transport.start(), transport, log };
    this.#members.add(member);
    return member;
  }

  partition(): void {
    const ids = [...this.#members].map(({ nodeId }) => nodeId);
    for (const left of ids) for (const right of ids) this.#network.partition(left, right);
  }

  heal(): void {
    this.#network.heal();
  }

  // deno-lint-ignore require-await -- The other kinds take their time.
  async kill(member: Member): Promise<void> {
    this.#network.crash(member.nodeId);
    this.#members.delete(member);
  }

  async close(): Promise<void> {
    for (const { transport } of this.#members) await transport.stop();
  }
}

export const memoryMeshes: MeshKind = {
  name: "memory",
  nobody: "memory:0",
  open: () => new MemoryMesh(),
};
