import type { JsonValue } from "../../../../src/core/kernel/json_value.ts";
import { Assignments } from "../../../../src/core/assignment/assignments.ts";
import type {
  AssignmentsOutput,
  AssignmentView,
} from "../../../../src/core/assignment/assignments_io.ts";
import type {
  AssignmentMessage,
  NodeAssignment,
} from "../../../../src/core/assignment/node_assignment.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import type { Notice } from "../../../../src/core/notice.ts";

const DELAY_MS = 5;
const DISK_MS = 2;

interface Post {
  readonly name: string;
  readonly stored: Record<string, JsonValue>;
  readonly notices: Notice[];
  /** What the node was told to join, and of peers, in order. */
  readonly told: AssignmentsOutput[];
  readonly connected: Set<string>;
  assignments: Assignments | undefined;
  cell: { cellId: string; hasLeader: boolean } | undefined;
  /** A leader is there as soon as the cell is joined. */
  isLed: boolean;
  isCellless: boolean;
  isDiskFull: boolean;
  life: number;
}

/** Nodes that assign each other in virtual time, over links that can be cut, with disks. */
export class Staff {
  readonly posts: readonly Post[];
  now = 0;
  /** Every message, as it is sent: whether it gets through. */
  overhear: (from: string, to: string, message: AssignmentMessage) => boolean = () => true;
  readonly #cut = new Set<string>();
  readonly #events: { at: number; run: () => void }[] = [];
  #numbers = 1_000;

  constructor(names: readonly string[]) {
    this.posts = names.map((name) => ({
      name,
      stored: {},
      notices: [],
      told: [],
      connected: new Set(),
      assignments: undefined,
      cell: undefined,
      isLed: true,
      isCellless: false,
      isDiskFull: false,
      life: 0,
    }));
    for (const name of names) this.start(name);
  }

  post(name: string): Post {
    return this.posts.find((post) => post.name === name)!;
  }

  at(name: string): Assignments {
    return this.post(name).assignments!;
  }

  start(name: string): void {
    const post = this.post(name);
    post.life++;
    post.assignments = new Assignments({
      self: name,
      isCellless: () => post.isCellless,
      cell: () => post.cell,
      isConnected: (peer) => post.connected.has(peer),
      isReachable: (peer) => this.#reaches(name, peer),
      random: new Random(`${name} ${post.life}`),
    });
    const stored = JSON.parse(JSON.stringify(post.stored));
    this.#hand(name, (its) => its.handle(this.now, { kind: "recall", stored }));
    this.#hand(name, (its) => its.handle(this.now, { kind: "start" }));
    this.#tellAll();
  }

  kill(name: string): void {
    this.post(name).assignments = undefined;
    this.#tellAll();
  }

  cut(name: string): void {
    this.#cut.add(name);
    this.#tellAll();
  }

  mend(name: string): void {
    this.#cut.delete(name);
    this.#tellAll();
  }

  make(wishes: Partial<NodeAssignment> = {}): NodeAssignment {
    const timeoutMs = wishes.timeoutMs ?? 10_000;
    return {
      nodeId: "b",
      cellId: "red",
      peers: [],
      issuer: "a",
      number: ++this.#numbers,
      timeoutMs,
      leftMs: timeoutMs,
      proof: "AAAA",
      ...wishes,
    };
  }

  assign(wishes: Partial<NodeAssignment> = {}): NodeAssignment {
    const assignment = this.make(wishes);
    this.#hand(
      assignment.issuer,
      (its) => its.handle(this.now, { kind: "issue", assignment }),
    );
    return assignment;
  }

  /** Somebody says it to the node, whoever issued it. */
  say(to: string, message: AssignmentMessage, from = "z"): void {
    this.#hand(to, (its) => its.handle(this.now, { kind: "message", from, message }));
  }

  changed(name: string): void {
    this.#hand(name, () => {});
  }

  runFor(forMs: number): void {
    const end = this.now + forMs;
    for (;;) {
      const wakes = this.posts.map(({ assignments }) => assignments?.deadline() ?? Infinity);
      const at = Math.max(this.now, Math.min(...wakes, ...this.#events.map((event) => event.at)));
      if (at > end) break;
      this.now = at;
      const due = this.#events.filter((event) => event.at <= at);
      for (const event of due) {
        this.#events.splice(this.#events.indexOf(event), 1);
        event.run();
      }
      for (const { name } of this.posts) this.#hand(name, () => {});
    }
    this.now = end;
  }

  stateAt(name: string, number: number): string | undefined {
    const view = this.viewAt(name, number);
    return view && [view.state, ...view.reason === undefined ? [] : [view.reason]].join(" ");
  }

  viewAt(name: string, number: number): AssignmentView | undefined {
    return this.at(name).all.find(({ assignment }) => assignment.number === number);
  }

  #reaches(from: string, to: string): boolean {
    const isThere = this.posts.some(({ name, assignments }) => name === to && assignments);
    return isThere && !this.#cut.has(from) && !this.#cut.has(to);
  }

  #tellAll(): void {
    for (const { name } of this.posts) {
      this.#hand(name, (its) => its.handle(this.now, { kind: "peer" }));
    }
  }

  #hand(name: string, act: (assignments: Assignments) => void): void {
    const post = this.post(name);
    if (post.assignments === undefined) return;
    act(post.assignments);
    this.#follow(post);
    post.assignments.handle(this.now, { kind: "due" });
    this.#follow(post);
  }

  #follow(post: Post): void {
    const { assignments } = post;
    for (let output = assignments!.poll(); output; output = assignments!.poll()) {
      this.#carryOut(post, output);
    }
  }

  #carryOut(post: Post, output: AssignmentsOutput): void {
    const { name, life } = post;
    switch (output.kind) {
      case "send": {
        const { peer, message } = output;
        if (!this.overhear(name, peer, message) || !this.#reaches(name, peer)) return;
        return this.#later(DELAY_MS, () => this.#deliver(name, peer, message));
      }
      case "persist": {
        const { key, value } = output;
        return this.#later(DISK_MS, () => {
          if (post.life !== life || post.assignments === undefined) return;
          if (!post.isDiskFull) post.stored[key] = value;
          const kind = post.isDiskFull ? "persistFailed" : "persisted";
          this.#hand(name, (its) => its.handle(this.now, { kind, key }));
        });
      }
      case "join":
        post.cell = { cellId: output.cellId, hasLeader: post.isLed };
        post.told.push(output);
        return;
      case "directed":
        return void post.told.push(output);
      case "notice":
        return void post.notices.push(output.notice);
    }
  }

  /** Whoever opens an assignment tells how much of its time is left. */
  #deliver(from: string, to: string, message: AssignmentMessage): void {
    if (!this.#reaches(from, to)) return;
    this.say(to, message, from);
  }

  #later(delayMs: number, run: () => void): void {
    this.#events.push({ at: this.now + delayMs, run });
  }
}
