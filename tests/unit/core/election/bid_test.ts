import assert from "node:assert/strict";
import { Bid, type CampaignOutcome } from "../../../../src/core/election/bid.ts";
import { Electorate } from "../../../../src/core/election/electorate.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import type { Support } from "../../../../src/core/election/poll_round.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

/** A candidate `a` among five that asked everybody for its vote in term 1, and who granted it. */
function campaign(support: Partial<Support>, granted: string): CampaignOutcome["kind"] {
  const electorate = new Electorate("a");
  electorate.members = [..."abcde"].map((nodeId) => ({
    nodeId,
    isPresent: true,
    isReachable: true,
    isEligible: true,
  }));
  const bid = new Bid(electorate, paceOf(PROFILES.tactical));
  bid.startCampaign(0, 1, { heardFrom: [..."bcde"], starting: [], isFree: true, ...support });
  bid.ask(0, 1);
  for (const voter of "bcde") bid.noteVote(voter, 1, granted.includes(voter) ? 1_000 : undefined);
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
