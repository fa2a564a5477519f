import { formatDuration } from "../../src/cli/duration.ts";
import { table } from "../../src/cli/table.ts";
import type { NodeView } from "../../src/control/contract.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { NODE_COLUMNS } from "../nodes.ts";
import { find } from "./find.ts";
import { lead } from "./lead.ts";
import type { DemoMesh } from "./mesh.ts";
import { share } from "./share.ts";
import type { Chapter, Measured, Stage } from "./stage.ts";
import { lastOf, time } from "./words.ts";

/** The story in order. Each chapter leaves the mesh as the next one expects it: all nodes running. */
export const CHAPTERS: readonly Chapter[] = [
  { name: "gather", title: "1. They find each other", tell: gather },
  { name: "find", title: "2. They know who can do what", tell: find },
  { name: "share", title: "3. They write apart, and lose nothing of it", tell: share },
  { name: "lead", title: "4. They have a leader, and lose it", tell: lead },
  { name: "refuse", title: "5. A stranger is refused", tell: refuse },
  { name: "lose", title: "6. One is lost", tell: lose },
  { name: "return", title: "7. It comes back", tell: comeBack },
  { name: "leave", title: "8. One says goodbye", tell: leave },
];

async function gather({ mesh, out, say, show }: Stage): Promise<Measured> {
  const { names } = mesh;
  say(`Starting ${names.length} nodes, each a process of its own, on loopback.`);
  say("They are members of a formation made just now, so nobody else can read or join them.");
  show("waiting until everyone sees everyone");
  const since = performance.now();
  for (const name of names) mesh.start(name);
  const all = await mesh.until(
    names,
    since,
    (seen) => seen.length === names.length && seen.every(({ state }) => state === "alive"),
  );
  const ms = lastOf(all);
  say(
    `${firstName(all)} sees all others after ${time(all[0]?.ms)}, the last one after ${time(ms)}.`,
  );
  show("waiting until everyone is connected with everyone");
  const connected = await mesh.until(names, since, isConnectedWithAll(names.length));
  const connectedMs = lastOf(connected);
  say(`Every two of them have proven to each other who they are after ${time(connectedMs)}.`);
  say(`This is what ${names[0]} knows:\n`);
  say(table(out, NODE_COLUMNS, await mesh.seenBy(names[0] ?? "")));
  return { ms, firstMs: all[0]?.ms, connectedMs };
}

async function refuse({ mesh, say, show }: Stage): Promise<Measured> {
  const stranger = "stranger";
  const witness = mesh.names[0] ?? "";
  say(`Starting ${stranger}. Its formation is called demo as well, and has another secret.`);
  show(`waiting until ${witness} and ${stranger} have heard each other`);
  const before = await mesh.refusedBy(witness);
  const since = performance.now();
  await mesh.startStranger(stranger);
  const [ms] = await Promise.all([
    mesh.untilRefused(witness, before, since),
    mesh.untilRefused(stranger, 0, since),
  ]);
  const [members, strangers] = [await mesh.seenBy(witness), await mesh.seenBy(stranger)];
  if (members.some(({ nodeId }) => nodeId === stranger) || strangers.length > 1) {
    throw new Error(`${stranger} got in`);
  }
  const refused = await mesh.refusedBy(witness) - before;
  await mesh.stop(stranger);
  say(
    `${witness} refused its first datagram after ${time(ms)}. Neither lists the other: to each ` +
      "the other's words are noise.",
  );
  return { ms, stranger, refused, refusedBy: witness };
}

async function lose({ mesh, say, show }: Stage): Promise<Measured> {
  const victim = lastName(mesh);
  const { pulseIntervalMs } = PROFILES.fast;
  say(`Killing ${victim}, process ${mesh.pid(victim)}, with SIGKILL. It cannot say goodbye.`);
  show(`waiting until the others miss ${victim}`);
  const since = performance.now();
  await mesh.kill(victim);
  const noticed = await mesh.until(others(mesh), since, isSeenAs(victim, "lost"));
  const ms = lastOf(noticed);
  say(
    `${firstName(noticed)} missed it after ${time(noticed[0]?.ms)}, all had by ${time(ms)}. ` +
      `A node of this profile pulses every ${
        formatDuration(pulseIntervalMs)
      }; one that is silent ` +
      "is asked before it is given up.",
  );
  return { ms, victim, firstMs: noticed[0]?.ms, noticedBy: noticed };
}

async function comeBack({ mesh, say, show }: Stage): Promise<Measured> {
  const victim = lastName(mesh);
  const witness = mesh.names[0] ?? "";
  const before = bootOf(await mesh.seenBy(witness), victim);
  say(`Starting ${victim} again, on the data that it left.`);
  show(`waiting until the others see ${victim} again`);
  const since = performance.now();
  mesh.start(victim);
  const seen = await mesh.until(
    mesh.names,
    since,
    (views) => isSeenAs(victim, "alive")(views) && bootOf(views, victim) > before,
  );
  const boot = bootOf(await mesh.seenBy(witness), victim);
  const ms = lastOf(seen);
  say(
    `Everyone sees it after ${
      time(ms)
    }. Its boot number went from ${before} to ${boot}, so nobody ` +
      "takes an old message of its for a new one.",
  );
  return { ms, node: victim, bootBefore: before, boot };
}

async function leave({ mesh, say, show }: Stage): Promise<Measured> {
  const leaver = lastName(mesh);
  say(`Stopping ${leaver} with SIGTERM. This time it says goodbye.`);
  show(`waiting until the others know that ${leaver} left`);
  const since = performance.now();
  const [left] = await Promise.all([
    mesh.until(others(mesh), since, isSeenAs(leaver, "left")),
    mesh.stop(leaver),
  ]);
  const ms = lastOf(left);
  say(`All others know after ${time(ms)}, without waiting for its beacons to run out.`);
  return { ms, node: leaver };
}

function isConnectedWithAll(size: number) {
  return (seen: readonly NodeView[]) =>
    seen.length === size &&
    seen.every(({ self, connected }) => self === true || connected === true);
}

function isSeenAs(nodeId: string, state: NodeView["state"]) {
  return (seen: readonly NodeView[]) =>
    seen.some((view) => view.nodeId === nodeId && view.state === state);
}

function bootOf(seen: readonly NodeView[], nodeId: string): number {
  return seen.find((view) => view.nodeId === nodeId)?.boot ?? 0;
}

function lastName({ names }: DemoMesh): string {
  return names[names.length - 1] ?? "";
}

function others(mesh: DemoMesh): readonly string[] {
  return mesh.names.slice(0, -1);
}

function firstName(passed: readonly { name: string }[]): string {
  return passed[0]?.name ?? "nobody";
}
