import { type Authority, type Claim, HIGHEST_TERM } from "../core/election/claim.ts";
import {
  ELECTION_LIMITS,
  type ElectionMessage,
  type PollAnswer,
  type PollVerdict,
} from "../core/election/message.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type {
  CellMessage as CellMessageOnWire,
  Claim as ClaimOnWire,
  PollAnswer as PollAnswerOnWire,
} from "./generated/peat/cell.js";
import type { Draft } from "./message_type.ts";
import { readCount, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** In the order of their numbers on the wire, from 1. */
const AUTHORITIES: readonly Authority[] = ["quorum", "autonomous"];
const VERDICTS: readonly PollVerdict[] = ["granted", "leading", "bound", "starting"];

const HIGHEST_UINT32 = 0xffff_ffff;

type Body = Omit<Draft<CellMessageOnWire>, "cellId">;

/** How an election's message looks on the wire. */
export function draftElection(message: ElectionMessage): Body {
  switch (message.kind) {
    case "poll":
      return { poll: { round: message.round } };
    case "pollAnswer":
      return { pollAnswer: draftPollAnswer(message) };
    case "candidacy": {
      const { term, heardFrom, roundMs, longestPromiseMs = 0, renews } = message;
      return {
        candidacy: {
          term: BigInt(term),
          heardFrom,
          roundMs,
          longestPromiseMs,
          ...(renews === undefined ? {} : {
            renews: draftClaim(renews.claim),
            authority: draftAuthority(renews.authority),
          }),
        },
      };
    }
    case "vote": {
      const { term, granted, highestTerm, holdMs = 0 } = message;
      return { vote: { term: BigInt(term), granted, highestTerm: BigInt(highestTerm), holdMs } };
    }
    case "heartbeat": {
      const { claim, sequence, authority, promiseMs, longestPromiseMs = 0, voters } = message;
      return {
        heartbeat: {
          claim: draftClaim(claim),
          sequence,
          authority: draftAuthority(authority),
          promiseMs,
          longestPromiseMs,
          voters,
        },
      };
    }
    case "acknowledgement": {
      const { claim, sequence, isBound } = message;
      return { acknowledgement: { claim: draftClaim(claim), sequence, bound: isBound } };
    }
    case "refusal": {
      const { claim, highestTerm, follows } = message;
      return {
        refusal: {
          claim: draftClaim(claim),
          highestTerm: BigInt(highestTerm),
          ...(follows === undefined ? {} : {
            follows: draftClaim(follows.claim),
            authority: draftAuthority(follows.authority),
          }),
        },
      };
    }
    case "release":
      return { release: { claim: draftClaim(message.claim), successor: message.successor } };
    case "inquiry":
      return { inquiry: { claim: draftClaim(message.claim) } };
    case "witness":
      return { witness: { claim: draftClaim(message.claim) } };
  }
}

/** The election's message in a cell's, undefined when it is another kind of message. */
export function readElection(on: CellMessageOnWire): ElectionMessage | undefined {
  if (on.poll !== null) return { kind: "poll", round: on.poll.round };
  if (on.pollAnswer !== null) return readPollAnswer(on.pollAnswer);
  if (on.candidacy !== null) {
    const { term, heardFrom, roundMs, longestPromiseMs, renews, authority } = on.candidacy;
    return {
      kind: "candidacy",
      term: readTerm(term),
      heardFrom: readNodeIds("heard from", heardFrom),
      roundMs: readNumber("round", roundMs, 1, ELECTION_LIMITS.roundMs),
      ...readLongest(longestPromiseMs),
      ...(renews === null
        ? {}
        : { renews: { claim: readClaim(renews), authority: readAuthority(authority) } }),
    };
  }
  if (on.vote !== null) {
    const { term, granted, highestTerm, holdMs } = on.vote;
    return {
      kind: "vote",
      term: readTerm(term),
      granted,
      highestTerm: readTerm(highestTerm),
      ...(granted ? { holdMs: readPromise(holdMs) } : {}),
    };
  }
  if (on.heartbeat !== null) {
    const { claim, sequence, authority, promiseMs, longestPromiseMs, voters } = on.heartbeat;
    return {
      kind: "heartbeat",
      claim: readClaim(claim),
      sequence,
      authority: readAuthority(authority),
      promiseMs: readPromise(promiseMs),
      voters: readNodeIds("voters", voters),
      ...readLongest(longestPromiseMs),
    };
  }
  return readReply(on);
}

function readReply(on: CellMessageOnWire): ElectionMessage | undefined {
  if (on.acknowledgement !== null) {
    const { claim, sequence, bound } = on.acknowledgement;
    return { kind: "acknowledgement", claim: readClaim(claim), sequence, isBound: bound };
  }
  if (on.refusal !== null) {
    const { claim, highestTerm, follows, authority } = on.refusal;
    return {
      kind: "refusal",
      claim: readClaim(claim),
      highestTerm: readTerm(highestTerm),
      ...(follows === null
        ? {}
        : { follows: { claim: readClaim(follows), authority: readAuthority(authority) } }),
    };
  }
  if (on.release !== null) {
    const { claim, successor } = on.release;
    return {
      kind: "release",
      claim: readClaim(claim),
      ...(successor === null ? {} : { successor: readNodeId(successor) }),
    };
  }
  if (on.inquiry !== null) return { kind: "inquiry", claim: readClaim(on.inquiry.claim) };
  if (on.witness !== null) return { kind: "witness", claim: readClaim(on.witness.claim) };
  return undefined;
}

export function draftClaim({ term, nodeId }: Claim): Draft<ClaimOnWire> {
  return { term: BigInt(term), nodeId };
}

export function readClaim(claim: ClaimOnWire | null): Claim {
  if (claim === null) throw new WireError("badValue", "Cannot decode claim: it is missing");
  return { term: readTerm(claim.term), nodeId: readNodeId(claim.nodeId) };
}

export function readNodeIds(what: string, nodeIds: readonly string[]): NodeId[] {
  refuseMore(what, nodeIds.length);
  return nodeIds.map(readNodeId);
}

export function refuseMore(what: string, count: number): void {
  if (count <= ELECTION_LIMITS.members) return;
  throw new WireError(
    "tooMany",
    `Cannot decode ${what}: it has ${count} members, the limit is ${ELECTION_LIMITS.members}`,
  );
}

export function readTerm(term: bigint): number {
  return readNumber("term", readCount("term", term), 0, HIGHEST_TERM);
}

/** Nobody binds itself for longer than an honest member asks, or for no time at all. */
export function readPromise(promiseMs: number): number {
  return readNumber("promise", promiseMs, 1, ELECTION_LIMITS.promiseMs);
}

function readLongest(promiseMs: number): { longestPromiseMs?: number } {
  return promiseMs === 0 ? {} : { longestPromiseMs: readPromise(promiseMs) };
}

function draftAuthority(authority: Authority): number {
  return AUTHORITIES.indexOf(authority) + 1;
}

function readAuthority(number: number): Authority {
  return AUTHORITIES[number - 1] ?? refuse("authority", number);
}

function draftPollAnswer(answer: PollAnswer): Draft<PollAnswerOnWire> {
  const { round, verdict, highestTerm, bond, members } = answer;
  return {
    round,
    verdict: VERDICTS.indexOf(verdict) + 1,
    highestTerm: BigInt(highestTerm),
    ...(bond === undefined ? {} : {
      boundTo: draftClaim(bond.claim),
      boundForMs: Math.ceil(bond.forMs),
      ...(bond.heardMsAgo === undefined ? {} : { heardMsAgo: Math.ceil(bond.heardMsAgo) }),
    }),
    members,
  };
}

function readPollAnswer(answer: PollAnswerOnWire): PollAnswer {
  const { round, verdict, highestTerm, boundTo, boundForMs, heardMsAgo, members } = answer;
  return {
    kind: "pollAnswer",
    round,
    verdict: VERDICTS[verdict - 1] ?? refuse("verdict", verdict),
    highestTerm: readTerm(highestTerm),
    ...(boundTo === null ? {} : {
      bond: {
        claim: readClaim(boundTo),
        forMs: readNumber("bond", boundForMs, 0, HIGHEST_UINT32),
        ...(heardMsAgo === null ? {} : { heardMsAgo }),
      },
    }),
    members: readNodeIds("members", members),
  };
}

function refuse(what: string, number: number): never {
  throw new WireError("badValue", `Cannot decode ${what}: ${number} is not one`);
}
