import { formatDuration } from "../../src/cli/duration.ts";
import { table } from "../../src/cli/table.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { CANDIDATE_COLUMNS } from "../election.ts";
import type { DemoMesh } from "./mesh.ts";
import type { Measured, Stage } from "./stage.ts";
import { lastOf, time } from "./words.ts";

const SHOWN = 5;

/** They elect a leader, lose it, and have another. */
export async function lead(stage: Stage): Promise<Measured> {
  const { mesh, say, show } = stage;
  const { leaderId, term } = await tellWhoLeads(stage);
  const others = mesh.names.filter((name) => name !== leaderId);
  say(`\nKilling ${leaderId}, process ${mesh.pid(leaderId)}, with SIGKILL.`);
  show("waiting until the others have another leader");
  const since = performance.now();
  await mesh.kill(leaderId);
  const led = await mesh.untilLed(
    others,
    since,
    (election) => election.leaderId !== undefined && election.leaderId !== leaderId,
  );
  const next = await mesh.electionAt(led[0]?.name ?? "");
  const ms = lastOf(led);
  const { heartbeatMs, heartbeatMisses } = PROFILES.fast;
  say(
    `${next?.leaderId}, the next best, leads in term ${next?.term} after ${
      time(led[0]?.ms)
    }; all ` +
      `knew by ${
        time(ms)
      }. A leader is missed after ${heartbeatMisses} heartbeats, here one every ` +
      `${formatDuration(heartbeatMs)}.`,
  );
  const authority = await comeBack(mesh, leaderId, stage);
  return {
    ms,
    firstMs: led[0]?.ms,
    leader: leaderId,
    term,
    nextLeader: next?.leaderId,
    nextTerm: next?.term,
    authority,
  };
}

/** Waits until all agree, and says why it is this one. */
async function tellWhoLeads({ mesh, out, say, show }: Stage) {
  const { names } = mesh;
  show("waiting until all follow one leader that has quorum");
  const since = performance.now();
  await mesh.untilLed(names, since, ({ authority }) => authority === "quorum");
  const election = await mesh.electionAt(names[0] ?? "");
  const leaderId = election?.leaderId;
  if (leaderId === undefined) throw new Error("the leader was lost without anybody's doing");
  await mesh.untilLed(names, since, (its) => its.leaderId === leaderId);
  const term = election?.term ?? 0;
  const { candidates } = await mesh.explanationAt(leaderId);
  say(`All follow ${leaderId}, in term ${term} and with quorum. This is why:\n`);
  say(table(out, CANDIDATE_COLUMNS, candidates.slice(0, SHOWN)));
  if (candidates.length > SHOWN) say(`… and ${candidates.length - SHOWN} more.`);
  return { leaderId, term };
}

/** Whoever led before follows like anybody. Answers by which right the other leads then. */
async function comeBack(mesh: DemoMesh, name: string, { say, show }: Stage) {
  show(`waiting until ${name} is back and follows`);
  const since = performance.now();
  mesh.start(name);
  const back = await mesh.untilLed(
    mesh.names,
    since,
    ({ leaderId, authority }) => leaderId !== undefined && authority === "quorum",
  );
  const election = await mesh.electionAt(name);
  say(
    `Started again, ${name} is back after ${
      time(lastOf(back))
    }, and ${election?.leaderId} leads: ` +
      "a live leader stays.",
  );
  return election?.authority;
}
