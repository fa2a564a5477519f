/**
 * Prints what shared documents cost: to apply a change that came from somebody else to a cell's
 * document, to bring a peer a thousand changes, to change a field for an hour, and to do nothing for
 * a day. Everything is real but the network between the nodes and, for the day, the clock.
 */
import { cpuUsage } from "node:process";
import { drain } from "../../src/core/kernel/machine.ts";
import { Random } from "../../src/core/kernel/random.ts";
import type { JsonObject } from "../../src/core/state/document.ts";
import { SharedState } from "../../src/core/state/shared_state.ts";
import type { StateMessage } from "../../src/core/state/state_message.ts";
import { AutomergeDocuments } from "../../src/store/automerge_documents.ts";
import { loadAutomerge } from "../../src/store/automerge.ts";
import { DocumentStore } from "../../src/store/document_store.ts";
import { DocumentProofs } from "../../src/daemon/document_proofs.ts";
import { Credentials } from "../../src/security/credentials.ts";
import { createFormation } from "../../src/security/formation_life.ts";
import { createFormationFile } from "../../src/security/formation_record.ts";
import { FormationTime } from "../../src/security/formation_time.ts";
import { run } from "../../src/sim/run.ts";
import type { Host } from "../../src/sim/host.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  type Originals,
} from "../../src/wire/peer_message.ts";
import { quantile } from "./quantile.ts";

const MEMBERS = 50;
const ROUNDS = 300;
const CHANGES = 1_000;
const HOUR_OF_CHANGES = 1_800;
const DAY_MS = 24 * 3_600_000;

const automerge = await loadAutomerge();
const folder = await Deno.makeTempDir({ prefix: "peat-bench-" });
const formationPath = `${folder}/formation.json`;
createFormationFile(formationPath, createFormation("bench", "shared", Date.now()));

/** A node's documents as they are on a machine: SQLite, signatures, the wire. */
class Member {
  readonly state: SharedState;
  readonly store: DocumentStore;
  readonly documents: AutomergeDocuments;
  readonly originals: Pick<Originals, "proofs">;
  bytesOut = 0;

  private constructor(readonly name: string, store: DocumentStore) {
    const dataDir = `${folder}/${name}`;
    const credentials = Credentials.open({ formationPath, dataDir, nodeId: name });
    const clock = { monotonicMs: () => performance.now(), wallMs: Date.now };
    this.originals = {
      proofs: new DocumentProofs(credentials, new FormationTime(credentials, clock)),
    };
    this.store = store;
    this.documents = new AutomergeDocuments(automerge, store);
    this.state = new SharedState({
      self: name,
      documents: this.documents,
      random: new Random(name),
      cellOf: () => "alpha",
      relationOf: () => "lateral",
      boot: () => 1,
    });
    this.state.handle(performance.now(), { kind: "ready", stored: [], awayMs: 0 });
  }

  static async make(name: string): Promise<Member> {
    Deno.mkdirSync(`${folder}/${name}`, { mode: 0o700 });
    return new Member(name, await DocumentStore.open(`${folder}/${name}/documents.db`));
  }

  set(key: string, value: JsonObject): void {
    const write = { key, edits: [{ kind: "set", value } as const] };
    this.state.handle(performance.now(), { kind: "write", write });
    this.follow(() => {});
  }

  /** Carries out what the node wants. What is for the peer goes over the wire's bytes. */
  follow(send: (bytes: Uint8Array) => void): void {
    for (const output of drain(this.state)) {
      if (output.kind === "save") {
        this.store.save(this.documents.take(output.documents), Date.now());
        this.documents.settle();
        this.state.handle(performance.now(), { kind: "saved", ticket: output.ticket });
        this.follow(send);
      } else if (output.kind === "send") {
        const bytes = encodePeerMessage(output.message, this.originals as Originals)!;
        this.bytesOut += bytes.length;
        send(bytes);
      }
    }
  }

  receive(from: string, bytes: Uint8Array): void {
    const message = decodePeerMessage(bytes, from, this.originals as Originals);
    if (message?.kind !== "state") throw new Error("Cannot read what was sent");
    this.state.handle(performance.now(), { kind: "message", peer: from, message: message.message });
  }
}

/** Connects the two and lets them talk until the second has the document as it should be. */
function bring(one: Member, other: Member, isDone: () => boolean): void {
  const posts: (() => void)[] = [];
  const follow = () => {
    one.follow((bytes) => posts.push(() => other.receive(one.name, bytes)));
    other.follow((bytes) => posts.push(() => one.receive(other.name, bytes)));
  };
  for (const [here, there] of [[one, other], [other, one]] as const) {
    here.state.handle(performance.now(), { kind: "connected", peer: there.name });
  }
  const giveUpAt = performance.now() + 60_000;
  while (!isDone() && performance.now() < giveUpAt) {
    follow();
    const post = posts.shift();
    if (post !== undefined) post();
    else for (const { state } of [one, other]) state.handle(performance.now(), { kind: "due" });
  }
  if (!isDone()) throw new Error("Cannot bring the documents over: it takes too long");
}

async function applyToCell(): Promise<void> {
  const [author, reader] = [await Member.make("author"), await Member.make("reader")];
  const key = "cells/alpha";
  const members = Object.fromEntries(Array.from({ length: MEMBERS }, (_, index) => [
    `member-${index}`,
    { role: "scout", joined: index, objective: "ridge", fitness: 0.5 },
  ]));
  author.set(key, members);
  bring(author, reader, () => reader.state.value(key) !== undefined);
  const times: number[] = [];
  let processorMicros = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const known = author.state.archive.mark(key)!;
    author.set(key, { [`member-${round % MEMBERS}`]: { fitness: round } });
    const changes = [...author.state.archive.since(key, known)];
    const message = {
      kind: "documentChanges",
      key,
      generation: 2,
      quietMs: 0,
      changes,
      isLast: true,
    } as const;
    const startedAt = performance.now();
    const before = cpuUsage();
    const { isNews } = reader.state.archive.take(
      startedAt,
      message satisfies StateMessage,
      "author",
    );
    const { user, system } = cpuUsage(before);
    processorMicros += user + system;
    times.push(performance.now() - startedAt);
    if (!isNews) throw new Error("Cannot measure: the change was not taken");
  }
  console.log(
    `a remote change to a cell's document of ${MEMBERS} members: ${ms(quantile(times, 0.5))} ` +
      `in the middle, ${ms(quantile(times, 0.99))} for the slowest hundredth, ` +
      `${ms(processorMicros / ROUNDS / 1_000)} of a processor each`,
  );
}

async function bringThousand(): Promise<void> {
  const [writer, late] = [await Member.make("writer"), await Member.make("late")];
  const key = "notes/log";
  for (let count = 1; count <= CHANGES; count++) writer.set(key, { count });
  const lacked = writer.state.archive.mark(key)!.bytes;
  const startedAt = performance.now();
  bring(
    writer,
    late,
    () => late.state.value(key)?.count === CHANGES && !late.state.archive.isUnsaved(key),
  );
  const tookMs = performance.now() - startedAt;
  const moved = writer.bytesOut + late.bytesOut;
  console.log(
    `${CHANGES} changes to a peer that lacks them, signatures checked, on its disk: ${
      ms(tookMs)
    }, ` +
      `${moved} bytes for ${lacked} bytes of changes (${(moved / lacked).toFixed(2)} times)`,
  );
}

async function changeForAnHour(): Promise<void> {
  const node = await Member.make("busy");
  for (let count = 1; count <= HOUR_OF_CHANGES; count++) {
    node.set("nodes/busy", { load: count, state: "up" });
  }
  const [stored] = node.store.load(Date.now()).stored;
  console.log(
    `a field that changed ${HOUR_OF_CHANGES} times, where the latest counts: ${
      stored!.bytes
    } bytes, ` +
      `${stored!.changeCount} changes on the disk`,
  );
}

function doNothingForADay(): void {
  const hosts = new Set<Host>();
  const bytes = () =>
    [...hosts].reduce((sum, { node }) => {
      const { archive } = node!.shared!;
      return sum + [...archive.keys()].reduce((its, key) => its + archive.mark(key)!.bytes, 0);
    }, 0);
  let early = -1;
  const result = run({
    seed: 1,
    nodes: 3,
    durationMs: DAY_MS,
    profile: "standard",
    network: PERFECT_NETWORK,
    driftPpm: 0,
    wallErrorMs: 0,
    startWithinMs: 0,
    connections: true,
    cell: true,
    scores: "different",
    discovery: "multicast",
    emcon: 0,
    faults: [],
    work: [0, 1, 2].map((node) => ({
      kind: "write",
      atMs: 20_000 + node,
      node,
      key: `nodes/n${node + 1}`,
    })),
  }, ({ host, at }) => {
    hosts.add(host);
    if (early < 0 && at >= 120_000) early = bytes();
  });
  if (result.violation !== undefined) throw new Error(result.violation.detail);
  console.log(
    `24 virtual hours of beacons among 3 nodes (${result.steps} steps): documents grew by ` +
      `${bytes() - early} bytes from ${early}`,
  );
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

try {
  await applyToCell();
  await bringThousand();
  await changeForAnHour();
  doNothingForADay();
} finally {
  await Deno.remove(folder, { recursive: true });
}
