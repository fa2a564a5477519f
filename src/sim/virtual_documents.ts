import type { CapabilityChange } from "../core/capability/change.ts";
import { Random } from "../core/kernel/random.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import type { DocumentKey } from "../core/state/collection.ts";
import { type Change, FIRST_GENERATION, type Seal, type Writer } from "../core/state/document.ts";
import { loadAutomerge } from "../store/automerge.ts";
import { AutomergeDocuments } from "../store/automerge_documents.ts";
import type { Proofs, Statement } from "../wire/state.ts";
import type { Host } from "./host.ts";
import { nodeName } from "./node_name.ts";
import type { Stage } from "./stage.ts";
import type { Credentials } from "./credentials.ts";
import { VirtualChangeDisk } from "./virtual_change_disk.ts";
import { fieldOf, TEXT_FIELD, type Work } from "./work.ts";

/** How long a disk takes to make a save safe. */
const SAVE_MS: Millis = 8;
/** How long a node takes from its start until it has its documents. */
const OPEN_MS: Millis = 60;

// A run is over before anything could be waited for, so Automerge is there before any begins.
export const AUTOMERGE = await loadAutomerge();

interface Desk {
  readonly disk: VirtualChangeDisk;
  documents: AutomergeDocuments;
  /** How often the host had lost its disk when a process last began. */
  wipes: number;
}

/** The documents of all hosts: Automerge itself, on disks that forget what was not synced. */
export class VirtualDocuments {
  readonly #stage: Stage;
  /** By host, and by the formation that it was in. */
  readonly #desks = new Map<string, Desk>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** What the process that is about to start on the host gets. */
  start(host: Host): AutomergeDocuments {
    const desk = this.#desk(host);
    if (desk.wipes === host.disk.wipes) desk.disk.crash();
    else desk.disk.wipe();
    desk.wipes = host.disk.wipes;
    desk.documents.close();
    desk.documents = new AutomergeDocuments(AUTOMERGE, desk.disk);
    return desk.documents;
  }

  /** Hands the process what the disk held, a little after it began. */
  open(host: Host): void {
    const { disk } = this.#desk(host);
    this.#tellLater(host, OPEN_MS, (at) => {
      return { kind: "documentsReady", stored: disk.load(at), awayMs: 0 };
    });
  }

  save(host: Host, at: Millis, output: Extract<NodeOutput, { kind: "save" }>): void {
    const { disk, documents } = this.#desk(host);
    const { ticket } = output;
    if (host.disk.full) {
      const reason = "the disk is full";
      return this.#tellLater(host, SAVE_MS, () => ({ kind: "saveFailed", ticket, reason }));
    }
    disk.write(at, documents.take(output.documents));
    this.#tellLater(host, SAVE_MS, () => {
      disk.sync();
      documents.settle();
      return { kind: "saved", ticket };
    });
  }

  /** Lets somebody do what the plan says, if its node runs and is a member. */
  carryOut(at: Millis, work: Work, index: number): void {
    const host = this.#stage.hosts[work.node]!;
    if (work.kind === "plant") return this.#plant(at, host, work, index);
    if (host.node === undefined || this.#stage.standings.isStranger(host.index)) return;
    if (work.kind === "ability") {
      return host.tell(at, host.life, {
        kind: "changeCapability",
        requestId: index,
        change: changeOf(work),
      });
    }
    const { key } = work;
    const edit = work.kind === "delete" ? { kind: "delete" } as const : {
      kind: "set",
      value: { [fieldOf(index)]: host.name, ...textOfWork(work, index) },
    } as const;
    host.tell(at, host.life, { kind: "write", write: { key, edits: [edit], requestId: index } });
  }

  /**
   * Whether the field, or a deletion where none is named, is safe on the host's disk, unless that has
   * a later generation, which ended it before it came there. For checkers.
   */
  isKept(host: Host, key: DocumentKey, generation: number, field?: string): boolean {
    const { disk } = this.#desk(host);
    const kept = disk.generation(key) ?? -1;
    if (kept > generation || field === undefined) return kept >= generation;
    return disk.changes(key, generation).some(({ body }) =>
      AUTOMERGE.decodeChange(Uint8Array.fromBase64(body)).ops.some((operation) =>
        "key" in operation && operation.key === `/${field}`
      )
    );
  }

  proofsOf(host: Host): Proofs {
    const { standings } = this.#stage;
    return {
      nodeId: host.name,
      seal: (statement) => sealOf(standings.credentials(host.index), statement),
      hasEnded: (certificate) =>
        standings.endOf(host.index, JSON.parse(textOf(certificate))) !== undefined,
      prove: (statement, seal, voucher) => this.#prove(host, statement, seal, voucher),
    };
  }

  #prove(
    host: Host,
    statement: Statement,
    { signature, certificate }: Seal,
    voucher: NodeId | undefined,
  ): Writer | undefined {
    const { standings } = this.#stage;
    const credentials: Credentials = JSON.parse(textOf(certificate));
    const { formation } = standings.credentials(host.index);
    if (credentials.formation !== formation) return standings.reject("wrongFormation");
    if (sealOf(credentials, statement).signature !== signature) return standings.reject("badProof");
    const author = nodeName(credentials.owner);
    const end = standings.endOf(host.index, credentials);
    const isVouched = voucher !== undefined && voucher !== author;
    if (end !== undefined && !isVouched) return standings.reject(end);
    return { author, mayCommand: true };
  }

  #plant(at: Millis, host: Host, work: Extract<Work, { kind: "plant" }>, index: number): void {
    const victim = nodeName(work.victim);
    const key = `nodes/${victim}`;
    const author = work.as === "itself" ? host.name : victim;
    const maker = new AutomergeDocuments(AUTOMERGE, { changes: () => [] });
    const value = { [fieldOf(index)]: host.name };
    const by = { author, boot: 1, number: 1, mayCommand: true };
    const change = maker.edit(key, FIRST_GENERATION, [{ kind: "put", value }], by);
    maker.close();
    host.crash();
    this.#desk(host).disk.plant(
      at,
      { key, generation: FIRST_GENERATION, quietMs: 0 },
      [
        work.as === "signed"
          ? this.#forge(host, work.victim, key, change as Change)
          : change as Change,
      ],
    );
    this.#stage.startSoon(host, 1);
  }

  /** The change with the victim's certificate, and a signature that only its thief could make. */
  #forge(host: Host, victim: number, key: DocumentKey, change: Change): Change {
    const { standings } = this.#stage;
    const of = { key, generation: FIRST_GENERATION, changeHash: change.hash };
    const { certificate } = sealOf(standings.credentials(victim), of);
    return { ...change, seal: { ...sealOf(standings.credentials(host.index), of), certificate } };
  }

  #tellLater(host: Host, delayMs: Millis, make: (at: Millis) => NodeInput): void {
    const { life } = host;
    this.#stage.schedule(this.#stage.now + delayMs, (at) => {
      if (host.life === life && host.node !== undefined) host.tell(at, life, make(at));
    });
  }

  #desk(host: Host): Desk {
    const { formation } = this.#stage.standings.credentials(host.index);
    const name = `${host.name} ${formation}`;
    const known = this.#desks.get(name);
    if (known !== undefined) return known;
    const random = new Random(this.#stage.plan.seed).split(`documents ${name}`);
    const disk = new VirtualChangeDisk(random);
    const desk: Desk = {
      disk,
      documents: new AutomergeDocuments(AUTOMERGE, disk),
      wipes: host.disk.wipes,
    };
    this.#desks.set(name, desk);
    return desk;
  }
}

/** A signature is the words themselves and who says them, which nobody else can write here. */
function sealOf(credentials: Credentials, statement: Statement): Seal {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).toBase64();
  return { signature: encode([credentials.owner, statement]), certificate: encode(credentials) };
}

/** Nothing packs it, so that it takes its time on links. */
function textOfWork(
  { textLength = 0 }: Extract<Work, { kind: "write" }>,
  index: number,
): { [TEXT_FIELD]?: string } {
  if (textLength === 0) return {};
  const random = new Random(index).split("text");
  const parts = Array.from(
    { length: Math.ceil(textLength / 7) },
    () => random.uint32().toString(36),
  );
  return { [TEXT_FIELD]: parts.join("").slice(0, textLength) };
}

function textOf(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}

/** Nobody is ranked by what it can lift, so that changes of it depose nobody. */
function changeOf({ name, confidence }: Extract<Work, { kind: "ability" }>): CapabilityChange {
  if (confidence === 0) return { kind: "clear", type: "payload", name };
  // With a few of these no beacon has room for all.
  const metadata = { lift_capacity: confidence * 100, one: "x".repeat(60), other: "y".repeat(60) };
  return { kind: "set", capability: { type: "payload", name, confidence, metadata } };
}
