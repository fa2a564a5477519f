import type { Claim } from "../election/claim.ts";
import type { ElectionMessage } from "../election/message.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Charter } from "./charter.ts";
import type { ElectionPolicy } from "./policy.ts";
import type { RoleOf } from "./roles.ts";
import type { RosterRecord } from "./roster.ts";
import type { MemberProfile } from "./standings.ts";

/** What members of a cell say to each other. The cell's id travels with each. */
export type CellMessage =
  | { readonly kind: "election"; readonly message: ElectionMessage }
  /** Said on every new connection, and again whenever it changes. */
  | {
    readonly kind: "profile";
    readonly profile: MemberProfile;
    readonly roster: RosterRecord;
    /** By what the member ranks others. */
    readonly charter?: Charter;
  }
  /** The members are others than before. */
  | { readonly kind: "roster"; readonly roster: RosterRecord }
  /** The member leaves the cell for good. */
  | { readonly kind: "leave" }
  /** What only the leader says, fenced by its claim. */
  | Assignments
  | Moved
  /** An operator wants another leader or another policy, or agrees to what the cell can do. */
  | OperatorOrder;

export interface Assignments {
  readonly kind: "assignments";
  readonly claim: Claim;
  readonly roles: readonly RoleOf[];
  readonly deputy?: NodeId;
  /** The smoothed share of heartbeats that each member acknowledged. */
  readonly reliability: Readonly<Record<NodeId, number>>;
}

/** These members belong to another cell from now on. Said until they are gone. */
export interface Moved {
  readonly kind: "moved";
  readonly claim: Claim;
  readonly to: string;
  readonly members: readonly NodeId[];
}

/** An order that was signed by somebody who may give it, and proven where it came in. */
export interface CellOrder {
  readonly kind: "order";
  readonly cellId: string;
  /** Who is to lead from now on. */
  readonly leader: NodeId;
  readonly issuer: NodeId;
  /** Of two orders the one with the higher number holds. */
  readonly number: number;
  /** The signed order itself, in base64, for others to check. */
  readonly proof: string;
}

/** Signed and proven like an order. */
export interface CellApproval extends Omit<CellOrder, "kind" | "leader"> {
  readonly kind: "approval";
}

/** By which policy members rank each other from now on; signed and proven like an order. */
export interface PolicyOrder extends Omit<CellOrder, "kind" | "leader"> {
  readonly kind: "policy";
  readonly policy: ElectionPolicy;
}

/** What operators order of a cell. */
export type OperatorOrder = CellOrder | CellApproval | PolicyOrder;

/** Bounds that every decoder of a cell message enforces. A message beyond them is refused whole. */
export const CELL_LIMITS = {
  capabilities: 64,
  /** An order with its signature and its issuer's certificate. */
  orderBytes: 4_096,
} as const;
