import type { Position } from "./beacon/beacon.ts";
import type { CapabilityChange, ChangeOutcome } from "./capability/change.ts";
import type { Answered, Subject } from "./capability/inquirer.ts";
import type { Resources } from "./beacon/resources.ts";
import type { NodeAssignment } from "./assignment/node_assignment.ts";
import type { OperatorOrder } from "./cell/message.ts";
import type { RepeaterOutput } from "./discovery/repeater.ts";
import type { SourceEvent, SourceName } from "./discovery/source.ts";
import type { Address, LinkName, NodeId } from "./kernel/ids.ts";
import type { JsonValue, Stored } from "./kernel/json_value.ts";
import type { Held } from "./trust/spreader.ts";
import type { Datagram, Families } from "./messages.ts";
import type { Notice, Rival } from "./notice.ts";
import type { Standing } from "./rivalry/standing.ts";
import type { PeerMessage } from "./peer_message.ts";
import type { PriorityClass } from "./priority.ts";
import type { DocumentKey } from "./state/collection.ts";
import type { Saved, StoredDocument } from "./state/document.ts";
import type { Write, Written } from "./state/writer.ts";

/** Everything that can happen to a node. Plain data, so that a recording of it replays. */
export type NodeInput =
  /** The driver is ready. Nothing else is handed in before this. */
  | { readonly kind: "start"; readonly stored: Stored; readonly firstBoot: number }
  | {
    readonly kind: "datagram";
    readonly from: Address;
    /** The link that it came by, as far as that is known and leads out of this machine. */
    readonly link?: LinkName;
    readonly message: Datagram;
  }
  /** Proven to be said by another that runs under this node's id. */
  | {
    readonly kind: "rival";
    readonly from: Address;
    readonly message: Datagram;
    readonly own: Standing;
    readonly rival: Standing;
  }
  /** A `persist` output is on the disk to stay, or could not be put there. */
  | { readonly kind: "persisted"; readonly key: string }
  | { readonly kind: "persistFailed"; readonly key: string; readonly reason: string }
  /** What became of connections. Who is at the other end was proven by the transport. */
  | { readonly kind: "connected"; readonly peer: NodeId }
  | { readonly kind: "connectFailed"; readonly peer: NodeId; readonly reason: string }
  | { readonly kind: "disconnected"; readonly peer: NodeId; readonly reason: string }
  /** The peer's device was put out of the formation. */
  | { readonly kind: "revoked"; readonly peer: NodeId }
  /** The peer's certificate is good no more. */
  | { readonly kind: "expired"; readonly peer: NodeId }
  /** Another device is the node of that name from now on, and counts its boots otherwise. */
  | { readonly kind: "succeeded"; readonly peer: NodeId }
  /** What a way of learning of peers says that is not the node's own, such as a name service. */
  | { readonly kind: "discovered"; readonly source: SourceName; readonly event: SourceEvent }
  /** Where others hear beacons that the group does not bring them: these from now on, and no more. */
  | { readonly kind: "contacts"; readonly addresses: readonly Address[] }
  /** The node is somewhere else now. */
  | { readonly kind: "relocated"; readonly position: Position }
  /** What the machine has to spare, as the driver found it. */
  | { readonly kind: "resources"; readonly resources: Resources }
  /** A connected peer said something. */
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: PeerMessage }
  /** What this node knows now of its formation's revocations and group keys. */
  | ({ readonly kind: "trust" } & Held)
  /** Somebody who was proven to have the right to, orders something of the cell. */
  | { readonly kind: "cellOrder"; readonly order: OperatorOrder }
  /** Somebody who was proven to have the right to, puts a node in a cell. */
  | { readonly kind: "assign"; readonly assignment: NodeAssignment }
  /** Whoever leads the cell here shall not any more. */
  | { readonly kind: "stepDown" }
  /** The node can do something else from now on. `capabilityChange` says what became of it. */
  | {
    readonly kind: "changeCapability";
    readonly requestId: number;
    readonly change: CapabilityChange;
  }
  /** Everybody connected is to be asked. `asked` says who answered. */
  | {
    readonly kind: "ask";
    readonly requestId: number;
    readonly about: Subject;
    readonly withinMs: number;
  }
  /** What the disk held of documents, and for how long the node did not run. */
  | {
    readonly kind: "documentsReady";
    readonly stored: readonly StoredDocument[];
    readonly awayMs: number;
  }
  /** Somebody wants something written. `written` says what became of it, if it has a number. */
  | { readonly kind: "write"; readonly write: Write }
  /** What a `save` output was about is on the disk to stay, or could not be put there. */
  | { readonly kind: "saved"; readonly ticket: number }
  | { readonly kind: "saveFailed"; readonly ticket: number; readonly reason: string }
  /** Nothing but time passed: a deadline came. */
  | { readonly kind: "wake" }
  /** The operator, or the system, wants the node to say goodbye and end. */
  | { readonly kind: "stop" };

/** Everything that a node can want. The driver carries it out; the node never waits for it. */
export type NodeOutput =
  | { readonly kind: "multicast"; readonly message: Datagram; readonly families: Families }
  | { readonly kind: "unicast"; readonly to: Address; readonly message: Datagram }
  /** Say it to the group on every link but these. */
  | RepeaterOutput
  /** Make for a connection with the peer, at the host that `from` is an address of. */
  | {
    readonly kind: "connect";
    readonly peer: NodeId;
    readonly from: Address;
    readonly port: number;
  }
  | { readonly kind: "disconnect"; readonly peer: NodeId }
  /**
   * Say something to a connected peer. What finds the queue full, or no connection, is dropped and
   * counted: whoever needs it to arrive says it again.
   */
  | {
    readonly kind: "send";
    readonly peer: NodeId;
    readonly priorityClass: PriorityClass;
    readonly message: PeerMessage;
  }
  /** The peer fell silent: let whoever tells of it make sure that it is still there. */
  | { readonly kind: "doubt"; readonly peer: NodeId }
  | { readonly kind: "persist"; readonly key: string; readonly value: JsonValue }
  /** What became of a change of what the node can do. */
  | { readonly kind: "capabilityChange"; readonly outcome: ChangeOutcome }
  /** These peers answered. What they told of themselves is known from here on. */
  | { readonly kind: "asked"; readonly requestId: number; readonly answered: Answered }
  /** Put these documents on the disk, all of them or none, with the changes that are not there. */
  | { readonly kind: "save"; readonly ticket: number; readonly documents: readonly Saved[] }
  | ({ readonly kind: "written" } & Written)
  /** The document has another value than before, or there is none any more. */
  | { readonly kind: "documentChanged"; readonly key: DocumentKey }
  | { readonly kind: "notice"; readonly notice: Notice }
  /** All is said. The driver closes its sockets. */
  | { readonly kind: "stopped"; readonly yieldedTo?: Rival };
