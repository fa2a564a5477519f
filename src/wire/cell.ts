import type { Assignments, CellMessage, Moved } from "../core/cell/message.ts";
import { type Charter, HIGHEST_VERSION } from "../core/cell/charter.ts";
import { CELL_LIMITS } from "../core/cell/message.ts";
import { AUTHORITY_LEVELS } from "../core/capability/authority.ts";
import { isRank, type Operator } from "../core/cell/operator.ts";
import { ELECTION_POLICIES, type ElectionPolicy } from "../core/cell/policy.ts";
import { CELL_ROLES, type RoleOf } from "../core/cell/roles.ts";
import type { RosterRecord } from "../core/cell/roster.ts";
import type { MemberProfile } from "../core/cell/standings.ts";
import { draftCapability, isKnown, readCapability } from "./beacon.ts";
import { draftClaim, draftElection, readClaim, readElection, refuseMore } from "./election.ts";
import type {
  Assignments as AssignmentsOnWire,
  CellMessage as CellMessageOnWire,
  Charter as CharterOnWire,
  Moved as MovedOnWire,
  Operator as OperatorOnWire,
  Profile as ProfileOnWire,
  RoleOf as RoleOnWire,
  Roster as RosterOnWire,
  Start as StartOnWire,
} from "./generated/peat/cell.js";
import type { Draft } from "./message_type.ts";
import type { OrderOpener } from "./order_opener.ts";
import { readCount, readLabel, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** How a cell's message looks on the wire. */
export function draftCellMessage(cellId: string, message: CellMessage): Draft<CellMessageOnWire> {
  switch (message.kind) {
    case "election":
      return { cellId, ...draftElection(message.message) };
    case "profile":
      return { cellId, profile: draftProfile(message) };
    case "roster":
      return { cellId, roster: draftRoster(message.roster) };
    case "leave":
      return { cellId, leave: {} };
    case "assignments":
      return { cellId, assignments: draftAssignments(message) };
    case "moved":
      return { cellId, moved: draftMoved(message) };
    case "order":
    case "policy":
    case "approval":
      return { cellId, order: { signed: Uint8Array.fromBase64(message.proof) } };
  }
}

/** Refuses with a `WireError`. Undefined for an order that does not hold. */
export function readCellMessage(
  on: CellMessageOnWire,
  opener: Pick<OrderOpener, "openOrder">,
): { cellId: string; message: CellMessage } | undefined {
  const cellId = readLabel("cell", on.cellId);
  const message = readBody(on, opener);
  return message === undefined ? undefined : { cellId, message };
}

function readBody(
  on: CellMessageOnWire,
  opener: Pick<OrderOpener, "openOrder">,
): CellMessage | undefined {
  const election = readElection(on);
  if (election !== undefined) return { kind: "election", message: election };
  if (on.profile !== null) {
    const roster = on.profile.roster ?? { joined: [], removed: [] };
    const { charter } = on.profile;
    return {
      kind: "profile",
      profile: readProfile(on.profile),
      roster: readRoster(roster),
      ...(charter === null ? {} : { charter: readCharter(charter) }),
    };
  }
  if (on.roster !== null) return { kind: "roster", roster: readRoster(on.roster) };
  if (on.leave !== null) return { kind: "leave" };
  if (on.assignments !== null) return readAssignments(on.assignments);
  if (on.moved !== null) return readMoved(on.moved);
  if (on.order !== null) {
    if (on.order.signed.length <= CELL_LIMITS.orderBytes) {
      return opener.openOrder(on.order.signed);
    }
    throw new WireError("tooLarge", "Cannot decode order: it is too long");
  }
  throw new WireError("unknownType", "Cannot decode cell message: its body is not known here");
}

function draftProfile(
  { profile, roster, charter }: Extract<CellMessage, { kind: "profile" }>,
): Draft<ProfileOnWire> {
  const { capabilities, power, operator, policy, isObserver, isMovable } = profile;
  return {
    capabilities: capabilities.slice(0, CELL_LIMITS.capabilities).map(draftCapability),
    power,
    ...(operator === undefined ? {} : { operator: draftOperator(operator) }),
    observer: isObserver === true,
    movable: isMovable === true,
    ...(policy === undefined ? {} : { policy: draftPolicy(policy) }),
    ...(charter === undefined ? {} : { charter: draftCharter(charter) }),
    roster: draftRoster(roster),
  };
}

function readProfile(on: ProfileOnWire): MemberProfile {
  const { capabilities, power, operator, policy, observer, movable } = on;
  if (capabilities.length > CELL_LIMITS.capabilities) {
    throw new WireError("tooMany", "Cannot decode profile: it has too many capabilities");
  }
  return {
    capabilities: capabilities.filter(isKnown).map(readCapability),
    ...(power === null ? {} : { power: readNumber("power", power, 0, 1) }),
    ...(operator === null ? {} : { operator: readOperator(operator) }),
    ...(policy === 0 ? {} : { policy: readPolicy(policy) }),
    ...(observer ? { isObserver: true } : {}),
    ...(movable ? { isMovable: true } : {}),
  };
}

function draftCharter({ policy, version, setBy }: Charter): Draft<CharterOnWire> {
  return { policy: draftPolicy(policy), version, setBy };
}

function readCharter({ policy, version, setBy }: CharterOnWire): Charter {
  return {
    policy: readPolicy(policy),
    version: readNumber("version", version, 0, HIGHEST_VERSION),
    setBy: readNodeId(setBy),
  };
}

function draftPolicy(policy: ElectionPolicy): number {
  return ELECTION_POLICIES.indexOf(policy) + 1;
}

function readPolicy(policy: number): ElectionPolicy {
  const known = ELECTION_POLICIES[policy - 1];
  if (known !== undefined) return known;
  throw new WireError("badValue", "Cannot decode policy: it is none");
}

function draftOperator(operator: Operator): Draft<OperatorOnWire> {
  const { rank, authority, cognitiveLoad, fatigue, specialty } = operator;
  return {
    rank,
    authority: AUTHORITY_LEVELS.indexOf(authority) + 1,
    cognitiveLoad,
    fatigue,
    specialty,
  };
}

function readOperator(operator: OperatorOnWire): Operator {
  const { rank, authority, cognitiveLoad, fatigue, specialty } = operator;
  if (rank !== null && !isRank(rank)) {
    throw new WireError("badValue", "Cannot decode operator: its rank is none");
  }
  const level = AUTHORITY_LEVELS[authority - 1];
  if (level === undefined) {
    throw new WireError("badValue", "Cannot decode operator: its authority is none");
  }
  return {
    ...(rank === null ? {} : { rank }),
    authority: level,
    cognitiveLoad: readNumber("cognitive load", cognitiveLoad, 0, 1),
    fatigue: readNumber("fatigue", fatigue, 0, 1),
    ...(specialty === null ? {} : { specialty: readLabel("specialty", specialty) }),
  };
}

function draftRoster({ joined, removed }: RosterRecord): Draft<RosterOnWire> {
  return { joined: draftBoots(joined), removed: draftBoots(removed) };
}

function draftBoots(boots: Readonly<Record<string, number>>): Draft<StartOnWire>[] {
  return Object.entries(boots).map(([nodeId, boot]) => ({ nodeId, boot: BigInt(boot) }));
}

function readRoster({ joined, removed }: RosterOnWire): RosterRecord {
  return { joined: readBoots(joined), removed: readBoots(removed) };
}

function readBoots(starts: readonly StartOnWire[]): Record<string, number> {
  refuseMore("roster", starts.length);
  return Object.fromEntries(
    starts.map(({ nodeId, boot }) => [readNodeId(nodeId), readCount("boot", boot)]),
  );
}

function draftAssignments(assignments: Assignments): Draft<AssignmentsOnWire> {
  const { claim, roles, deputy, reliability } = assignments;
  return {
    claim: draftClaim(claim),
    roles: roles.map(({ nodeId, role, fitness }) => ({
      nodeId,
      role: CELL_ROLES.indexOf(role) + 1,
      fitness,
    })),
    deputy,
    reliability: { ...reliability },
  };
}

function readAssignments(assignments: AssignmentsOnWire): Assignments {
  const { claim, roles, deputy, reliability } = assignments;
  const measured = Object.entries(reliability);
  refuseMore("roles", roles.length);
  refuseMore("reliability", measured.length);
  return {
    kind: "assignments",
    claim: readClaim(claim),
    roles: roles.map(readRole),
    ...(deputy === null ? {} : { deputy: readNodeId(deputy) }),
    reliability: Object.fromEntries(
      measured.map(([nodeId, share]) => [
        readNodeId(nodeId),
        readNumber("reliability", share, 0, 1),
      ]),
    ),
  };
}

function draftMoved({ claim, to, members }: Moved): Draft<MovedOnWire> {
  return { claim: draftClaim(claim), cellId: to, members: [...members] };
}

function readMoved({ claim, cellId, members }: MovedOnWire): Moved {
  refuseMore("moved", members.length);
  return {
    kind: "moved",
    claim: readClaim(claim),
    // The same letters make a node's name and a cell's, and nothing else may come to the disk.
    to: readNodeId(cellId),
    members: members.map(readNodeId),
  };
}

function readRole({ nodeId, role, fitness }: RoleOnWire): RoleOf {
  const known = CELL_ROLES[role - 1];
  if (known === undefined) throw new WireError("badValue", "Cannot decode role: it is none");
  return { nodeId: readNodeId(nodeId), role: known, fitness: readNumber("fitness", fitness, 0, 1) };
}
