import assert from "node:assert/strict";
import { Bid, type CampaignOutcome } from "../../../../src/core/election/bid.ts";
import { Electorate, type Member } from "../../../../src/core/election/electorate.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { PollRound, type Support } from "../../../../src/core/election/poll_round.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

function members(nodeIds: string): Member[] {
  return [...nodeIds].map((nodeId) => ({
    nodeId,
    isPresent: true,
    isReachable: true,
    isEligible: true,
  }));
}

/**
 * A candidate `a` among five that asked everybody for its vote in term 1, who granted it, and who
 * is a member when the votes are counted.
 */
function campaign(
  support: Partial<Support>,
  granted: string,
  left = "abcde",
): CampaignOutcome["kind"] {
  const electorate = new Electorate("a");
  electorate.members = members("abcde");
  const bid = new Bid(electorate, paceOf(PROFILES.tactical));
  bid.startCampaign(0, 1, { heardFrom: [..."bcde"], starting: [], isFree: true, ...support });
  bid.ask(0, 1);
  for (const voter of "bcde") bid.noteVote(voter, 1, granted.includes(voter) ? 1_000 : undefined);
  electorate.members = members(left);
  return bid.judgeCampaign(0, false).kind;
}

Deno.test("votes of members that just started count only where everybody votes", () => {
  assert.equal(campaign({}, "bc"), "won");
  assert.equal(campaign({ starting: ["c"] }, "bc"), "lost", "another may hold c's promise");
  assert.equal(campaign({ starting: ["c"] }, "bcd"), "won", "enough without c");
  assert.equal(campaign({ starting: [..."bcde"] }, "bcd"), "lost");
  assert.equal(campaign({ starting: [..."bcde"] }, "bcde"), "won");
});

Deno.test("a candidate that just started counts on itself only where everybody votes", () => {
  assert.equal(campaign({ isFree: false }, "bc"), "lost");
  assert.equal(campaign({ isFree: false }, "bcd"), "won");
  assert.equal(campaign({ isFree: false, starting: ["e"] }, "bcde"), "won");
});

Deno.test("the vote of a member that was removed since counts no more", () => {
  assert.equal(campaign({}, "be", "abcd"), "lost", "two votes of four members");
  assert.equal(campaign({}, "bce", "abcd"), "won");
  assert.equal(campaign({ starting: [..."bcd"] }, "bce", "abcd"), "lost", "d did not vote");
});

Deno.test("what a member said that was removed since carries no round of the poll", () => {
  const electorate = new Electorate("a");
  electorate.members = members("abcde");
  const round = new PollRound(1, electorate.reachable);
  const answer = {
    kind: "pollAnswer",
    round: 1,
    verdict: "granted",
    highestTerm: 0,
    members: [..."abcde"],
  } as const;
  for (const nodeId of "be") round.note(nodeId, answer);
  const view = { own: "granted", isOverdue: false, silent: undefined, slackMs: 0 } as const;
  assert.equal(round.judge(electorate, { ...view, isOver: true }).kind, "carried");
  electorate.members = members("abcd");
  assert.equal(round.judge(electorate, { ...view, isOver: true }).kind, "failed");
});
