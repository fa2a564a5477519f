import type { JsonValue } from "../../../../src/core/kernel/json_value.ts";
import {
  Affiliation,
  type AffiliationInput,
  type CellSettings,
} from "../../../../src/core/cell/affiliation.ts";
import type { Cell } from "../../../../src/core/cell/cell.ts";
import type { CellPeer } from "../../../../src/core/cell/cell_io.ts";
import type { CellMessage } from "../../../../src/core/cell/message.ts";
import type { Position } from "../../../../src/core/beacon/beacon.ts";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import type { Notice } from "../../../../src/core/notice.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

export interface FleetOptions {
  readonly names: readonly string[];
  /** The cell that each node's configuration names, unless `cellOf` says otherwise. */
  readonly cell?: string;
  readonly cellOf?: (name: string) => string | undefined;
  readonly settingsOf?: (name: string) => CellSettings;
  readonly capabilitiesOf?: (name: string) => Capability[];
  readonly seed?: number;
}

interface Member {
  readonly name: string;
  readonly stored: Record<string, JsonValue>;
  affiliation: Affiliation | undefined;
  boot: number;
  /** What its beacon says of its cell. */
  cell: string | undefined;
  /** The last that it heard of each peer's cell. */
  readonly heard: Map<string, { boot: number; cell: string | undefined }>;
  readonly notices: Notice[];
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const DELAY_MS = 5;
const BEACON_MS = 200;
const DISK_MS = 2;

/** Nodes in cells, which talk to each other in virtual time over links that can be cut. */
export class Fleet {
  readonly members: readonly Member[];
  readonly #options: FleetOptions;
  readonly #random: Random;
  readonly #cut = new Set<string>();
  readonly #events: Event[] = [];
  #order = 0;
  readonly positions = new Map<string, Position>();
  /** Over whom one reaches another that it is not connected with, by both their names. */
  readonly vias = new Map<string, string>();
  now = 0;
  /** Answers whether a message gets through, and sees each that was sent. */
  overhear: (from: string, to: string, cellId: string, message: CellMessage) => boolean = () =>
    true;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
    this.members = options.names.map((name) => ({
      name,
      stored: {},
      affiliation: undefined,
      boot: 0,
      cell: undefined,
      heard: new Map(),
      notices: [],
    }));
  }

  member(name: string): Member {
    return this.members.find((member) => member.name === name)!;
  }

  cell(name: string): Cell {
    return this.member(name).affiliation!.cell!;
  }

  /** The cell that each running node is in. */
  get cells(): Record<string, string | undefined> {
    return Object.fromEntries(
      this.members.filter(({ affiliation }) => affiliation !== undefined)
        .map(({ name, affiliation }) => [name, affiliation!.cell?.cellId]),
    );
  }

  startAll(): void {
    for (const { name } of this.members) this.start(name);
  }

  start(name: string): void {
    const member = this.member(name);
    const { cellOf, cell = "alpha", settingsOf, capabilitiesOf } = this.#options;
    member.boot++;
    member.cell = cellOf === undefined ? cell : cellOf(name);
    if (settingsOf?.(name).gathers) member.cell = undefined;
    member.affiliation = new Affiliation({
      self: name,
      timing: PROFILES.tactical,
      settings: settingsOf?.(name) ?? {},
      capabilities: capabilitiesOf?.(name) ?? [],
      random: this.#random.split(`${name} ${member.boot}`),
      known: () => member.heard.keys(),
      look: (peer) => this.#look(member, peer),
      places: () =>
        this.members
          .filter((peer) => peer.affiliation !== undefined && this.isOpen(name, peer.name))
          .map((peer) => ({ nodeId: peer.name, position: this.positions.get(peer.name) })),
    });
    this.hand(name, { kind: "recall", cellId: member.cell, stored: { ...member.stored } });
    this.hand(name, { kind: "start", boot: member.boot });
    for (const peer of this.members) {
      if (peer !== member && peer.affiliation !== undefined) this.#meet(name, peer.name);
    }
    this.beacon(name);
    for (const peer of this.members) if (peer !== member) this.#hear(peer.name, name);
  }

  kill(name: string): void {
    const member = this.member(name);
    member.affiliation = undefined;
    member.heard.clear();
    for (const peer of this.members) this.#meet(peer.name, name);
  }

  forgetDisk(name: string): void {
    const { stored } = this.member(name);
    for (const key of Object.keys(stored)) delete stored[key];
  }

  part(...groups: string[][]): void {
    this.#cut.clear();
    for (const { name: from } of this.members) {
      for (const { name: to } of this.members) {
        if (!groups.some((group) => group.includes(from) && group.includes(to))) {
          this.#cut.add(`${from} ${to}`);
        }
      }
    }
    this.#meetAll();
  }

  heal(): void {
    this.#cut.clear();
    this.#meetAll();
    for (const { name } of this.members) this.beacon(name);
  }

  hand(name: string, input: AffiliationInput): void {
    const member = this.member(name);
    const { affiliation } = member;
    if (affiliation === undefined) return;
    affiliation.handle(this.now, input);
    this.#follow(member, affiliation);
  }

  /** Brings the message as if that peer had said it. */
  say(from: string, to: string, cellId: string, message: CellMessage): void {
    this.hand(to, { kind: "message", from, cellId, message });
  }

  /** Everybody in reach hears the node's beacon a little later. */
  beacon(name: string): void {
    const { boot, cell, affiliation } = this.member(name);
    if (affiliation === undefined) return;
    for (const peer of this.members) {
      if (peer.name === name) continue;
      this.#push(this.now + BEACON_MS * (0.5 + this.#random.unit()), () => {
        if (!this.isOpen(name, peer.name) || this.member(name).affiliation === undefined) return;
        const known = peer.heard.get(name);
        if (known !== undefined && known.boot > boot) return;
        peer.heard.set(name, { boot, cell });
        this.#meet(peer.name, name);
      });
    }
  }

  isOpen(from: string, to: string): boolean {
    return !this.#cut.has(`${from} ${to}`) && !this.#cut.has(`${to} ${from}`);
  }

  runFor(durationMs: number): void {
    const end = this.now + durationMs;
    for (;;) {
      let next: Event | undefined;
      for (const event of this.#events) {
        if (next === undefined || before(event, next)) next = event;
      }
      const wakeAt = this.#nextWake();
      const at = Math.min(next?.at ?? Infinity, wakeAt);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= wakeAt) {
        this.#events.splice(this.#events.indexOf(next), 1);
        next.run();
      } else {
        this.#wake();
      }
    }
    this.now = end;
  }

  /** Runs until the condition holds, and answers whether it came to that in time. */
  runUntil(withinMs: number, condition: () => boolean): boolean {
    const end = this.now + withinMs;
    while (!condition()) {
      if (this.now >= end) return false;
      this.runFor(50);
    }
    return true;
  }

  /** The one leader that everybody who runs in that cell follows, undefined without one. */
  leaderOf(cellId: string): string | undefined {
    const leaders = this.members.map(({ affiliation }) => affiliation?.cell)
      .filter((cell) => cell?.cellId === cellId)
      .map((cell) => cell!.election.leader?.nodeId);
    const [first] = leaders;
    if (first === undefined || leaders.some((leader) => leader !== first)) return undefined;
    const leads = this.member(first).affiliation?.cell;
    return leads?.cellId === cellId && leads.election.leadership !== undefined ? first : undefined;
  }

  awaitLeader(cellId: string, withinMs = 30_000): string {
    if (!this.runUntil(withinMs, () => this.leaderOf(cellId) !== undefined)) {
      throw new Error(`Nobody leads ${cellId} after ${withinMs} ms`);
    }
    return this.leaderOf(cellId)!;
  }

  #hear(name: string, peer: string): void {
    const { boot, cell, affiliation } = this.member(name);
    if (affiliation === undefined || !this.isOpen(name, peer)) return;
    this.member(peer).heard.set(name, { boot, cell });
    this.#meet(peer, name);
  }

  #look(member: Member, name: string): CellPeer {
    const heard = member.heard.get(name);
    const peer = this.member(name);
    const isThere = peer.affiliation !== undefined && this.isOpen(member.name, name);
    return {
      nodeId: name,
      boot: heard?.boot ?? 0,
      ...(heard === undefined ? {} : { cellId: heard.cell ?? null }),
      isPresent: isThere,
      ...(isThere ? { via: this.vias.get(`${member.name} ${name}`) ?? name } : {}),
      profile: { capabilities: [] },
    };
  }

  #meet(name: string, peer: string): void {
    if (name !== peer) this.hand(name, { kind: "peer", nodeId: peer });
  }

  #meetAll(): void {
    for (const { name } of this.members) {
      for (const peer of this.members) this.#meet(name, peer.name);
    }
  }

  #follow(member: Member, affiliation: Affiliation): void {
    for (let output = affiliation.poll(); output; output = affiliation.poll()) {
      switch (output.kind) {
        case "send":
          if (output.message.kind === "cell") {
            this.#send(member.name, output.peer, output.message.cellId, output.message.message);
          }
          break;
        case "persist": {
          const { key, value } = output;
          this.#push(this.now + DISK_MS, () => {
            if (member.affiliation !== affiliation) return;
            member.stored[key] = value;
            this.hand(member.name, { kind: "persisted", key });
          });
          break;
        }
        case "notice":
          member.notices.push(output.notice);
          break;
        case "named":
          member.cell = output.cellId;
          this.beacon(member.name);
          break;
        case "ranked":
          break;
      }
    }
  }

  #send(from: string, to: string, cellId: string, message: CellMessage): void {
    if (!this.overhear(from, to, cellId, message)) return;
    const { boot } = this.member(to);
    this.#push(this.now + DELAY_MS, () => {
      if (this.isOpen(from, to) && this.member(to).boot === boot) {
        this.say(from, to, cellId, message);
      }
    });
  }

  #nextWake(): number {
    return Math.min(
      ...this.members.map(({ affiliation }) => affiliation?.deadline() ?? Infinity),
    );
  }

  #wake(): void {
    for (const { name, affiliation } of this.members) {
      if (affiliation !== undefined && affiliation.deadline() <= this.now) {
        this.hand(name, { kind: "due" });
      }
    }
  }

  #push(at: number, run: () => void): void {
    this.#events.push({ at, order: this.#order++, run });
  }
}

function before(left: Event, right: Event): boolean {
  return left.at !== right.at ? left.at < right.at : left.order < right.order;
}
