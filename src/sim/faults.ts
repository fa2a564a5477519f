import type { Millis } from "../core/kernel/time.ts";

interface Timed {
  /** True time at which it begins. */
  readonly atMs: Millis;
}

interface Lasting extends Timed {
  readonly forMs: Millis;
}

/**
 * A node orders that a node joins a cell, and gives it that long. It may have no right to. The node
 * may be told of a peer as well, that it shall find there.
 */
export interface AssignFault extends Lasting {
  readonly kind: "assign";
  readonly node: number;
  readonly by: number;
  readonly cell: string;
  readonly peer?: number;
}

/**
 * One thing that goes wrong. Faults are data and independent of each other, so that a failing run
 * can be repeated with any of them left out, until only the ones that matter remain.
 */
export type Fault =
  /** The process dies without a word and un-synced writes are lost; it starts again later. */
  | (Lasting & { readonly kind: "crash"; readonly node: number })
  /** The process dies and its disk is lost; the node starts again later, and knows nothing. */
  | (Lasting & { readonly kind: "wipe"; readonly node: number })
  /** The operator stops the node cleanly and starts it again later. */
  | (Lasting & { readonly kind: "restart"; readonly node: number })
  /** The process is paused: its clock goes on, it does not. */
  | (Lasting & { readonly kind: "pause"; readonly node: number })
  /** Others have the processor again and again, for half a second at the most. */
  | (Lasting & { readonly kind: "starve"; readonly node: number })
  /** Nothing passes between groups. Who is in none of them is in a group of its own. */
  | (Lasting & { readonly kind: "partition"; readonly groups: readonly (readonly number[])[] })
  /** Nothing passes from one node to another; the way back stays open. */
  | (Lasting & { readonly kind: "cut"; readonly from: number; readonly to: number })
  | (Lasting & {
    readonly kind: "isolate";
    readonly node: number;
    readonly direction: "in" | "out" | "both";
  })
  /** Loss on every link, on top of the network's own. */
  | (Lasting & { readonly kind: "storm"; readonly loss: number })
  /** Somebody sets the wall clock. */
  | (Timed & { readonly kind: "clockStep"; readonly node: number; readonly byMs: number })
  | (Timed & { readonly kind: "drift"; readonly node: number; readonly partsPerMillion: number })
  | (Lasting & { readonly kind: "diskFull"; readonly node: number })
  /** The next read of the node's disk fails. */
  | (Timed & { readonly kind: "corruptRead"; readonly node: number })
  /** An outsider sends everybody an old datagram again, from an address of its own. */
  | (Timed & { readonly kind: "replay"; readonly pick: number })
  /** An outsider makes a newer one of an old datagram, which it cannot seal. */
  | (Timed & { readonly kind: "forge"; readonly pick: number })
  /** The formation puts the node out for good, and tells one node, which hands it on. */
  | (Timed & { readonly kind: "revoke"; readonly node: number; readonly toldTo: number })
  /** The node's certificate has expired, until it gets a new one. */
  | (Lasting & { readonly kind: "expire"; readonly node: number })
  /** The node is started with another formation's credentials, and later with its own again. */
  | (Lasting & { readonly kind: "stranger"; readonly node: number })
  /** The node claims another's id wherever it says who it is, with no key but its own. */
  | (Lasting & { readonly kind: "impersonate"; readonly node: number; readonly victim: number })
  | AssignFault
  /** Who dials the node reaches another. */
  | (Lasting & { readonly kind: "misdirect"; readonly node: number; readonly to: number });

export type FaultKind = Fault["kind"];

export const FAULT_KINDS: readonly FaultKind[] = [
  "crash",
  "wipe",
  "restart",
  "pause",
  "starve",
  "partition",
  "cut",
  "isolate",
  "storm",
  "clockStep",
  "drift",
  "diskFull",
  "corruptRead",
  "replay",
  "forge",
  "revoke",
  "expire",
  "stranger",
  "impersonate",
  "misdirect",
  "assign",
];

/** Those after which not everybody is what it seems to be. */
export const STANDING_FAULTS: readonly FaultKind[] = [
  "forge",
  "revoke",
  "expire",
  "stranger",
  "impersonate",
];

/** The fault in words, for the report of a violation. */
export function describeFault(fault: Fault, nameOf: (node: number) => string): string {
  const at = `at ${fault.atMs} ms`;
  const lasting = "forMs" in fault ? ` for ${fault.forMs} ms` : "";
  switch (fault.kind) {
    case "crash":
      return `${at} ${nameOf(fault.node)} crashes${lasting}`;
    case "wipe":
      return `${at} ${nameOf(fault.node)} crashes and loses its disk${lasting}`;
    case "restart":
      return `${at} ${nameOf(fault.node)} is stopped${lasting}`;
    case "pause":
      return `${at} ${nameOf(fault.node)} is paused${lasting}`;
    case "starve":
      return `${at} ${nameOf(fault.node)} is short of processor time${lasting}`;
    case "partition":
      return `${at} the network parts into ${
        fault.groups.map((group) => `{${group.map(nameOf).join(" ")}}`).join(" ")
      }${lasting}`;
    case "cut":
      return `${at} nothing passes from ${nameOf(fault.from)} to ${nameOf(fault.to)}${lasting}`;
    case "isolate":
      return `${at} ${nameOf(fault.node)} is cut off (${fault.direction})${lasting}`;
    case "storm":
      return `${at} every link loses ${Math.round(fault.loss * 100)}% more${lasting}`;
    case "clockStep":
      return `${at} the wall clock of ${nameOf(fault.node)} steps by ${fault.byMs} ms`;
    case "drift":
      return `${at} the clock of ${nameOf(fault.node)} drifts by ${fault.partsPerMillion} ppm`;
    case "diskFull":
      return `${at} the disk of ${nameOf(fault.node)} is full${lasting}`;
    case "corruptRead":
      return `${at} the disk of ${nameOf(fault.node)} will fail its next read`;
    case "replay":
      return `${at} an outsider replays an old datagram`;
    case "forge":
      return `${at} an outsider forges a datagram`;
    case "revoke":
      return `${at} ${nameOf(fault.node)} is revoked, as ${nameOf(fault.toldTo)} is told`;
    case "expire":
      return `${at} the certificate of ${nameOf(fault.node)} has expired${lasting}`;
    case "stranger":
      return `${at} ${nameOf(fault.node)} is in another formation${lasting}`;
    case "impersonate":
      return `${at} ${nameOf(fault.node)} claims to be ${nameOf(fault.victim)}${lasting}`;
    case "assign":
      return `${at} ${nameOf(fault.by)} assigns ${nameOf(fault.node)} to ${fault.cell}${lasting}`;
    case "misdirect":
      return `${at} who dials ${nameOf(fault.node)} reaches ${nameOf(fault.to)}${lasting}`;
  }
}

/** The highest number of a node that the fault names, -1 when it names none. */
export function highestNode(fault: Fault): number {
  switch (fault.kind) {
    case "partition":
      return Math.max(-1, ...fault.groups.flat());
    case "cut":
      return Math.max(fault.from, fault.to);
    case "impersonate":
      return Math.max(fault.node, fault.victim);
    case "misdirect":
      return Math.max(fault.node, fault.to);
    case "assign":
      return Math.max(fault.node, fault.by, fault.peer ?? -1);
    case "revoke":
      return Math.max(fault.node, fault.toldTo);
    case "storm":
    case "replay":
    case "forge":
      return -1;
    default:
      return fault.node;
  }
}
