import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import type { Millis } from "../../../../src/core/kernel/time.ts";
import type { Change, Edit, JsonObject, Saved } from "../../../../src/core/state/document.ts";
import { SharedState } from "../../../../src/core/state/shared_state.ts";
import type { StateMessage } from "../../../../src/core/state/state_message.ts";
import type { Relation } from "../../../../src/core/state/ways.ts";
import type { WriteOutcome } from "../../../../src/core/state/writer.ts";
import { VirtualChangeDisk } from "../../../../src/sim/virtual_change_disk.ts";
import { loadAutomerge } from "../../../../src/store/automerge.ts";
import { AutomergeDocuments } from "../../../../src/store/automerge_documents.ts";

export const AUTOMERGE = await loadAutomerge();

/** One node with its documents, on a disk that answers at once unless it is told to wait. */
export class Member {
  readonly disk: VirtualChangeDisk;
  documents: AutomergeDocuments;
  state: SharedState;
  boot = 1;
  cell = "alpha";
  /** Whether others follow its orders. */
  mayCommand = false;
  relations: Record<string, Relation> = {};
  /** What the disk does: at once, not before `release`, or never. */
  diskMode: "prompt" | "slow" | "full" = "prompt";
  readonly saves: { ticket: number; documents: readonly Saved[] }[] = [];
  readonly outcomes = new Map<number, WriteOutcome>();
  readonly hungUp: string[] = [];
  #requestId = 0;

  constructor(readonly name: string, readonly mesh: Mesh) {
    this.disk = new VirtualChangeDisk(new Random(name));
    this.documents = new AutomergeDocuments(AUTOMERGE, this.disk);
    this.state = this.#make();
    this.start();
  }

  #make(): SharedState {
    return new SharedState({
      self: this.name,
      documents: this.documents,
      random: new Random(`${this.name} ${this.boot}`),
      cellOf: (nodeId) => this.mesh.members.find(({ name }) => name === nodeId)?.cell,
      relationOf: (peer) => this.relations[peer] ?? "lateral",
      boot: () => this.boot,
    });
  }

  start(awayMs = 0): void {
    const { now } = this.mesh;
    this.state.handle(now, { kind: "ready", stored: this.disk.load(now), awayMs });
    this.mesh.follow(this);
  }

  /** Ends without a word and starts again with what is on the disk, at once or when told to. */
  restart({ awayMs = 0, losesDisk = false, isLate = false } = {}): void {
    this.mesh.disconnect(this);
    this.disk.crash();
    if (losesDisk) this.disk.wipe();
    this.boot++;
    this.documents.close();
    this.documents = new AutomergeDocuments(AUTOMERGE, this.disk);
    this.state = this.#make();
    if (!isLate) this.start(awayMs);
  }

  write(key: string, ...edits: Edit[]): WriteOutcome | undefined {
    const requestId = ++this.#requestId;
    const write = { key, edits, requestId, mayCommand: this.mayCommand };
    this.state.handle(this.mesh.now, { kind: "write", write });
    this.mesh.follow(this);
    return this.outcomes.get(requestId);
  }

  set(key: string, value: JsonObject): WriteOutcome | undefined {
    return this.write(key, { kind: "set", value });
  }

  value(key: string): JsonObject | undefined {
    return this.state.value(key);
  }

  /** The disk does what it was asked for. */
  release(): void {
    for (const { ticket, documents } of this.saves.splice(0)) {
      this.disk.write(this.mesh.now, this.documents.take(documents));
      this.disk.sync();
      this.documents.settle();
      this.state.handle(this.mesh.now, { kind: "saved", ticket });
    }
    this.mesh.follow(this);
  }
}

interface Said {
  readonly from: string;
  readonly to: string;
  readonly message: StateMessage;
}

/** Members, the connections between them, and a clock. */
export class Mesh {
  readonly members: Member[] = [];
  readonly said: Said[] = [];
  now: Millis = 0;
  loses: (said: Said) => boolean = () => false;
  readonly #links = new Set<string>();
  readonly #posts: Said[] = [];

  constructor(size: number) {
    for (let index = 0; index < size; index++) this.members.push(new Member(`n${index + 1}`, this));
  }

  static connected(size: number): Mesh {
    const mesh = new Mesh(size);
    mesh.members.forEach((one, index) =>
      mesh.members.slice(index + 1).forEach((other) => mesh.connect(one, other))
    );
    return mesh;
  }

  connect(one: Member, other: Member): void {
    this.#links.add(linkOf(one.name, other.name));
    one.state.handle(this.now, { kind: "connected", peer: other.name });
    other.state.handle(this.now, { kind: "connected", peer: one.name });
    this.follow(one);
    this.follow(other);
  }

  disconnect(member: Member): void {
    for (const other of this.members) {
      if (!this.#links.delete(linkOf(member.name, other.name))) continue;
      other.state.handle(this.now, { kind: "disconnected", peer: member.name });
      member.state.handle(this.now, { kind: "disconnected", peer: other.name });
    }
  }

  follow(member: Member): void {
    for (const output of drain(member.state)) {
      if (output.kind === "send" && output.message.kind === "state") {
        this.#posts.push({ from: member.name, to: output.peer, message: output.message.message });
      } else if (output.kind === "save") {
        member.saves.push(output);
        if (member.diskMode === "prompt") member.release();
        if (member.diskMode !== "full") continue;
        member.saves.length = 0;
        const { ticket } = output;
        member.state.handle(this.now, { kind: "saveFailed", ticket, reason: "no space" });
        this.follow(member);
      } else if (output.kind === "written") {
        member.outcomes.set(output.requestId, output.outcome);
      } else if (output.kind === "disconnect") {
        member.hungUp.push(output.peer);
      }
    }
  }

  /** Lets time pass; what is said arrives at once. */
  run(forMs: Millis): void {
    const end = this.now + forMs;
    for (;;) {
      this.#deliver();
      const next = Math.min(...this.members.map(({ state }) => state.deadline()));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const member of this.members) {
        if (member.state.deadline() > this.now) continue;
        member.state.handle(this.now, { kind: "due" });
        this.follow(member);
      }
    }
    this.now = end;
  }

  #deliver(): void {
    for (let post = this.#posts.shift(); post; post = this.#posts.shift()) {
      this.said.push(post);
      const { from, to, message } = post;
      if (this.loses(post) || !this.#links.has(linkOf(from, to))) continue;
      const receiver = this.members.find(({ name }) => name === to)!;
      receiver.state.handle(this.now, { kind: "message", peer: from, message });
      this.follow(receiver);
    }
  }
}

function linkOf(one: string, other: string): string {
  return [one, other].sort().join(" ");
}

/** Writes the document until its history has so many bytes. */
export function writeLong(member: Member, bytes: number, key = "notes/long"): void {
  const text = "x".repeat(20_000);
  for (let round = 0; (member.state.archive.mark(key)?.bytes ?? 0) < bytes; round++) {
    const outcome = member.set(key, { [`f${round % 5}`]: `${round} ${text}` });
    if (outcome?.kind !== "written") throw new Error(`Cannot write ${key}: it was refused`);
  }
}

export function pairOf(mesh: Mesh): [Member, Member] {
  return mesh.members as [Member, Member];
}

/** A change that somebody made outside of any node. */
export function changeBy(
  author: string,
  key: string,
  value: JsonObject,
  generation = 2,
): Change {
  const documents = new AutomergeDocuments(AUTOMERGE, { changes: () => [] });
  const by = { author, boot: 1, number: 1, mayCommand: false };
  const change = documents.edit(key, generation, [{ kind: "put", value }], by);
  documents.close();
  if (typeof change === "string") throw new Error(`Cannot make a change: ${change}`);
  return change;
}
