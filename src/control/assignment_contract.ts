import * as v from "valibot";
import { ASSIGNMENT_REASONS, ASSIGNMENT_STATES } from "../core/assignment/node_assignment.ts";

/** Which nodes operators put in which cells. */
export const ASSIGNMENT_PATHS = {
  list: "/v1/assignments",
  /**
   * With `nodeId`, `cell` and `timeoutMs` as its query, `peer=ID` or `peer=ID@ADDRESS` as often as
   * wanted, and `dryRun=1` to only see whether it would be done.
   */
  assign: "/v1/assignments/assign",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const AssignedPeer = v.object({ nodeId: v.string(), addresses: v.array(v.string()) });

const terms = {
  nodeId: v.string(),
  cell: v.string(),
  /** The node whose key signed. */
  issuer: v.string(),
  /** How long it may take. */
  timeoutMs: count,
  /** Whom the node shall find in the cell. */
  peers: v.exactOptional(v.array(AssignedPeer)),
};

export const AssignmentView = v.object({
  ...terms,
  state: v.picklist(ASSIGNMENT_STATES),
  /** When it came to be in that state. */
  since: v.string(),
  issuedAt: v.string(),
  reason: v.exactOptional(v.picklist(ASSIGNMENT_REASONS)),
  /** The node is a member of the cell, whatever else is missing. */
  member: v.exactOptional(v.literal(true)),
  /** Those of the named peers that it is not connected with. */
  missingPeers: v.exactOptional(v.array(v.string())),
});
export type AssignmentView = v.InferOutput<typeof AssignmentView>;

export const AssignmentViews = v.array(AssignmentView);
export type AssignmentViews = v.InferOutput<typeof AssignmentViews>;

export const AssignAnswer = v.object({
  ...terms,
  /** Absent when it was only asked whether it would be done, as are the next two. */
  state: v.exactOptional(v.picklist(ASSIGNMENT_STATES)),
  since: v.exactOptional(v.string()),
  issuedAt: v.exactOptional(v.string()),
  /** Whether there is a way to the node now. Without one it is told when there is. */
  reachable: v.boolean(),
  dryRun: v.exactOptional(v.literal(true)),
});
export type AssignAnswer = v.InferOutput<typeof AssignAnswer>;

export interface AssignRequest {
  readonly nodeId: string;
  readonly cell: string;
  readonly peers: readonly { readonly nodeId: string; readonly addresses: readonly string[] }[];
  readonly timeoutMs: number;
  readonly isDryRun: boolean;
}
