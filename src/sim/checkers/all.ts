import type { MakeChecker } from "../checker.ts";
import {
  assignedByRight,
  assignedEnds,
  assignedKept,
  assignedLatest,
  assignedTruth,
} from "./assignment_checkers.ts";
import {
  allSeeAll,
  beaconCadence,
  beaconIdentity,
  beaconReplay,
  goodbye,
  peerExpiry,
} from "./beacon_checkers.ts";
import { fence, oneClaim, oneVote } from "./claim_checkers.ts";
import { allIntroduced, cellRest, cellSizes, leftMembers, movedByRight } from "./cell_checkers.ts";
import { onePolicy } from "./charter_checkers.ts";
import { allConnected, oneDial } from "./connection_checkers.ts";
import { capabilitiesKept, capabilitiesKnown } from "./capability_checkers.ts";
import {
  documentsAgree,
  documentsAuthorised,
  documentsDirected,
  documentsKept,
} from "./document_checkers.ts";
import { polledIn, sleptBlameless, votedIn } from "./election_checkers.ts";
import { forwardedTruth } from "./forward_checkers.ts";
import { emconSilence, knownWhileSeen } from "./discovery_checkers.ts";
import { bestFirst, oneLeader, sameMembers, steadyLeader } from "./leader_checkers.ts";
import { memory } from "./memory_checkers.ts";
import { noSpin, wakesInTime } from "./node_checkers.ts";
import { backedQuorum, keptPromise, oneQuorum } from "./quorum_checkers.ts";
import { provenAlive, provenConnected } from "./standing_checkers.ts";
import { repeatedTruth } from "./repeat_checkers.ts";
import { relayedTruth } from "./relay_checkers.ts";
import { revocationsSpread } from "./trust_checkers.ts";
import { allMeasured, answersCount, rttBounds, rttTruth } from "./rtt_checkers.ts";

/** Every invariant that a simulation holds its nodes to. */
export const CHECKERS: readonly MakeChecker[] = [
  noSpin,
  wakesInTime,
  peerExpiry,
  beaconReplay,
  beaconCadence,
  beaconIdentity,
  goodbye,
  allSeeAll,
  answersCount,
  rttTruth,
  rttBounds,
  allMeasured,
  knownWhileSeen,
  emconSilence,
  oneDial,
  allConnected,
  provenAlive,
  provenConnected,
  relayedTruth,
  repeatedTruth,
  forwardedTruth,
  revocationsSpread,
  memory,
  documentsAgree,
  documentsKept,
  documentsDirected,
  documentsAuthorised,
  capabilitiesKnown,
  capabilitiesKept,
  oneClaim,
  oneVote,
  polledIn,
  votedIn,
  sleptBlameless,
  fence,
  oneQuorum,
  keptPromise, // Before the one below it, which may take the same step down.
  backedQuorum,
  steadyLeader,
  bestFirst,
  leftMembers,
  sameMembers,
  allIntroduced,
  oneLeader,
  onePolicy,
  cellSizes,
  cellRest,
  movedByRight,
  assignedByRight,
  assignedLatest,
  assignedKept,
  assignedEnds,
  assignedTruth,
];
