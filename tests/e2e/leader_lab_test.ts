/** Cells of real nodes lose their leaders in every way there is: see core/election/SPEC.md. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Patience } from "../../src/cli/patience.ts";
import { paceOf } from "../../src/core/election/pace.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { CellNode, startCell } from "../lab/cell_node.ts";
import type { LabHost } from "../lab/lab_host.ts";
import { agreedAmong, untilAgreed } from "../lab/led.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { Lateness } from "./lateness.ts";
import { pause } from "../lab/viewer.ts";

const PROFILE = "tactical";
const { heartbeatMs, electionTimeoutMs, promiseMs, slotMs } = paceOf(PROFILES[PROFILE]);

/** A machine that does much else starts programs slowly. */
const START_MS = 30_000;
const FAILOVER_MS = promiseMs + electionTimeoutMs + 1_000;
const HEALED_MS = 3 * heartbeatMs;
const LOSS_MS = 60_000;
const STOPPED_MS = 10_000;

testWithLab("the best of the survivors leads after the leader is killed", {
  hosts: 5,
}, async (lab) => {
  let { leader, others } = await startLed(lab.hosts);
  // Of five, two may go before there is no quorum.
  for (let kills = 1;; kills++) {
    using lateness = new Lateness();
    leader.process.signal("SIGKILL");
    const { leader: found } = await untilAgreed(others, { timeoutMs: FAILOVER_MS });
    if (found === others.at(-1)) return;
    // Members take turns, and a machine that is late by a turn may be late for the best one's.
    ok(lateness.ms >= slotMs && kills < 2, `${found.id} leads, ${lateness.ms} ms late`);
    leader = found;
    others = others.filter((member) => member !== found);
  }
});

testWithLab("a leader whose link goes down is replaced, and follows when it is back", {
  hosts: 3,
}, async (lab) => {
  const { members, leader, others } = await startLed(lab.hosts);
  await leader.host.linkDown();
  const { leader: next } = await untilAgreed(others, { timeoutMs: FAILOVER_MS });
  await untilAll([leader], "autonomous", FAILOVER_MS);

  await leader.host.linkUp();
  await untilLed(members, next, START_MS);
});

testWithLab("a leader that was stopped for a while is fenced, and follows", {
  hosts: 3,
}, async (lab) => {
  const { members, leader, others } = await startLed(lab.hosts);
  const before = leader.leads.length;
  leader.process.signal("SIGSTOP");
  const { leader: next } = await untilAgreed(others, { timeoutMs: FAILOVER_MS });
  await pause(STOPPED_MS);
  const known = others.map(({ leads }) => leads.length);

  leader.process.signal("SIGCONT");
  await untilLed(members, next, START_MS);
  const claims = leader.leads.slice(before)
    .filter(({ leaderId, authority }) => leaderId === leader.id && authority === "quorum");
  deepEqual(claims, [], "it claims no right that it lost while it was stopped");
  equal(agreedAmong(members), next, "nobody goes back to it");
  // Whether it still says its old claim, or hears of the new one first, is a race; nobody heeds it.
  const heeded = others.flatMap(({ leads }, index) =>
    leads.slice(known[index]).filter(({ leaderId }) => leaderId === leader.id)
  );
  deepEqual(heeded, [], "nobody follows a claim that was replaced");
});

testWithLab("no leader is deposed by the loss of every fifth packet", {
  hosts: 5,
}, async (lab) => {
  const { members } = await startLed(lab.hosts);
  const before = members.map(leadersOf);
  await lab.loss(0.2);
  await pause(LOSS_MS);
  deepEqual(members.map(leadersOf), before);
});

testWithLab("both parts of a cell lead, the many with quorum, and these lead all when they meet", {
  hosts: 5,
}, async (lab) => {
  const { members } = await startLed(lab.hosts);
  const [many, few] = [members.slice(0, 3), members.slice(3)];
  await lab.partition([[1, 2, 3], [4, 5]]);
  await untilAll(many, "quorum", FAILOVER_MS);
  await untilAll(few, "autonomous", FAILOVER_MS);
  const { leader } = await untilAgreed(many, { timeoutMs: FAILOVER_MS });
  await untilAgreed(few, { timeoutMs: FAILOVER_MS });
  for (const member of members) {
    const { authority, leaderId } = await member.node.control.status();
    deepEqual([authority, leaderId], [member.authority, member.leaderId]);
  }

  await lab.heal();
  await untilLed(members, leader, HEALED_MS);
  await untilAll(members, "quorum", HEALED_MS);
});

testWithLab("a leader that starts again follows, with its disk and without", {
  hosts: 3,
}, async (lab) => {
  const { leader, others } = await startLed(lab.hosts);
  leader.process.signal("SIGKILL");
  await leader.process.ended();
  const { leader: next } = await untilAgreed(others, { timeoutMs: FAILOVER_MS });

  const again = new CellNode(leader.host, { profile: PROFILE });
  await untilLed([...others, again], next, START_MS);
  again.process.signal("SIGKILL");
  await again.process.ended();
  await Deno.remove(again.node.dataDir, { recursive: true });

  const wiped = new CellNode(leader.host, { profile: PROFILE });
  await untilLed([...others, wiped], next, START_MS);
});

testWithLab("two cells of one network have a leader each", { hosts: 4 }, async (lab) => {
  const alpha = startCell(lab.hosts.slice(0, 2), { profile: PROFILE, cell: "alpha" });
  const bravo = startCell(lab.hosts.slice(2), { profile: PROFILE, cell: "bravo" });
  await untilAll([...alpha, ...bravo], "quorum", START_MS);
  await untilAgreed(alpha, { timeoutMs: START_MS });
  const { leader } = await untilAgreed(bravo, { timeoutMs: START_MS });
  const before = alpha.map(leadersOf);

  leader.process.signal("SIGKILL");
  const left = bravo.filter((member) => member !== leader);
  await untilAgreed(left, { timeoutMs: FAILOVER_MS });
  deepEqual(alpha.map(leadersOf), before);
  const strangers = bravo.map(({ id }) => id);
  ok(alpha.every(({ leads }) => leads.every(({ leaderId }) => !strangers.includes(leaderId!))));
});

interface Started {
  readonly members: readonly CellNode[];
  readonly leader: CellNode;
  readonly others: readonly CellNode[];
  /** The best of the others. */
  readonly next: CellNode;
}

/** A cell that is led with quorum: as a rule by the last, which may be late on a busy machine. */
async function startLed(hosts: readonly LabHost[]): Promise<Started> {
  const members = startCell(hosts, { profile: PROFILE });
  await untilAll(members, "quorum", START_MS);
  const { leader } = await untilAgreed(members, { timeoutMs: START_MS });
  const others = members.filter((member) => member !== leader);
  return { members, leader, others, next: others.at(-1)! };
}

/** Waits until all of them agree, and they agree on this one. */
async function untilLed(
  members: readonly CellNode[],
  wanted: CellNode,
  timeoutMs: number,
): Promise<void> {
  const { leader } = await untilAgreed(members, { timeoutMs });
  equal(leader.id, wanted.id);
}

/** Waits until all of them say that their leader leads by this right. */
async function untilAll(
  members: readonly CellNode[],
  authority: string,
  timeoutMs: number,
): Promise<void> {
  const patience = new Patience(timeoutMs);
  while (!members.every((member) => member.authority === authority)) {
    const rights = members.map(({ id, lead }) => `${id}: ${JSON.stringify(lead)}`);
    ok(!patience.isOver(), `not all say ${authority}: ${rights.join(", ")}`);
    await pause(20);
  }
}

/** Who led in which term, one after the other, as far as a member told; by whatever right. */
function leadersOf({ leads }: CellNode): string[] {
  const told = leads.map(({ leaderId, term }) => `${leaderId} ${term}`);
  return told.filter((lead, index) => lead !== told[index - 1]);
}
