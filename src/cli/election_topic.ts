import { section, sections } from "./help.ts";
import type { Paint } from "./paint.ts";

/** `peat help election`. */
export function electionText(paint: Paint): string {
  return sections(
    "The nodes that run with the same --cell elect one of them to lead it: the best by what each can\n" +
      "do. When the leader is lost, the next best takes over. A cut-off part goes on with a leader of\n" +
      "its own, which says that it leads a part only; once the parts meet, one leader stays.",
    section("EXAMPLES", [
      ["peat election status", "who leads, and by what right"],
      ["peat election explain", "why that one, and nobody else"],
      ["peat election watch -o ndjson", "changes as they happen"],
      ["peat election history --all --svg leaders.svg", "who led when, drawn"],
      ["peat election override drone-2 --yes --wait", "an operator's order"],
      ["peat election policy hybrid --yes", "and one about how members are ranked"],
    ], paint),
    section("WORDS", [
      [
        "term",
        "a number that rises with every election; what a leader of a lower one says is refused",
      ],
      ["authority", "by what right a leader leads:"],
      ["  quorum", "more than half of all known members are bound to it, present or not"],
      ["  autonomous", "too few can reach it; it acts for those who can, and removes nobody"],
      ["state", "of the node that answers: leader, candidate (it asks for votes) or follower"],
      [
        "lease",
        "how long a leader's quorum holds without news, or a member's promise to its leader",
      ],
      ["deputy", "who is next in line"],
      ["patience", "how long a silent leader is waited for; longer on a machine short of time"],
      ["transitions", "how often somebody else came to lead since the node started"],
    ], paint),
    section("HOW MEMBERS ARE RANKED", [
      [
        "technical-dominant",
        "0.30 compute + 0.25 communication + 0.20 sensors + 0.15 power + 0.10 reliability",
      ],
      ["rank-dominant", "the operator alone: 0.6 rank + 0.3 authority + 0.1 (1 - load)"],
      ["hybrid, contextual", "0.6 operator + 0.4 of the technical total"],
      ["compute, communication", "the confidence of the last capability of that type"],
      ["sensors", "0.25 for each, at most 1"],
      ["power", "the battery's charge; 1 on mains, and where nobody said (peat node power)"],
      ["reliability", "the share of heartbeats that it acknowledged, smoothed; 1 at first"],
      ["a tie", "goes to the higher node id"],
      ["different policies", "members agree on one: peat cell status says which and whose"],
      [
        "who cannot lead",
        "an observer; and where operators count, one below E5, with a load above 0.85 or a fatigue above 0.75",
      ],
    ], paint),
    section("REASONS IN EXPLAIN", [
      ["won: 0.81 is the highest of 5", "of those who were there and could lead"],
      ["lost to n2 by 0.12", "the difference of their totals when n2 was elected"],
      ["equal to n3, whose id is higher", "a tie"],
      ["absent when the leader was elected", "not heard by then"],
      ["not connected when …", "heard, and without a connection to ask for votes over"],
      ["the leader was elected before it joined", "a live leader stays, but for --challenge-after"],
      ["n1 ordered that n2 leads", "an operator's order beats every score"],
    ], paint),
    section("CAUSES OF A CHANGE", [
      ["elected", "this node won the vote"],
      ["heard, witnessed", "the leader's heartbeat came, or another member hears it"],
      ["silent", "the leader was not heard for three heartbeats, by nobody who was asked"],
      ["released", "the leader gave up its lead, as when it is stopped or ordered to"],
      ["voted", "this node voted for somebody else"],
      ["resigned", "this node led, and was told not to"],
      ["superseded", "this node led, and met a leader with the better right"],
      ["renewed", "the same leader, in a higher term"],
      ["authority", "the same leader, by another right"],
      ["started, joined", "in a history: the node began, or came into another cell"],
      ["ended", "in a history of a file: the node ran no more"],
    ], paint),
    section("EXIT CODES OF `peat election status`", [
      ["0", "somebody leads with quorum"],
      ["1", "the node is in no cell, or none runs"],
      ["5", "--wait was in vain"],
      ["6", "the leader is autonomous, or nobody leads"],
    ], paint),
    section("ORDERS", [
      [
        "who may",
        "a node with the role operator or admin; every node of a shared formation is admin",
      ],
      ["", "3 otherwise; 2 in an open mesh, where nobody could check who orders"],
      ["what is kept", "both ends write it to their audit logs (peat formation audit)"],
    ], paint),
    `${paint.strong("AN OPERATOR")}
  peat node run --cell red --election-policy hybrid \\
    --operator rank=O3,authority=commander,load=0.2,fatigue=0.1,specialty=25U

  Ranks are E1 to E9, W1 to W5 and O1 to O10; authority is observer, advisor, supervisor or
  commander; load and fatigue are from 0 to 1. Every node of a cell needs the same policy.`,
  );
}
