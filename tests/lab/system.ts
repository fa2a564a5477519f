import type { ProfileName } from "../../src/core/profile.ts";
import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import { PrintingNode } from "./printing_node.ts";
import { startSerf } from "./serf_agent.ts";
import type { Viewer } from "./viewer.ts";

/** A node of a system that is measured. */
export interface Member extends Viewer {
  readonly host: LabHost;
  readonly process: TestProcess;
  /** How often it lost somebody from its view, up to the last look at it. */
  readonly departures: number;
}

/** One of the systems that are compared. */
export interface System {
  readonly name: string;
  /** Starts a node on every host, and does not wait until they know each other. */
  start(hosts: readonly LabHost[]): Promise<readonly Member[]>;
}

/** The words are put after the command of every node. */
export function peat(profile: ProfileName, words: readonly string[] = []): System {
  return {
    name: `peat ${profile}`,
    start: (hosts) => Promise.resolve(hosts.map((host) => new PrintingNode(host, profile, words))),
  };
}

export function serf(profile: string): System {
  return { name: `serf ${profile}`, start: (hosts) => startSerf(hosts, profile) };
}

export async function endAll(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ process }) => process[Symbol.asyncDispose]()));
}

/** Ethernet bytes that a host sends in a second, as the mean over the hosts. */
export async function sentBytesPerSecond(
  hosts: readonly LabHost[],
  during: () => Promise<void>,
): Promise<number> {
  const total = async () =>
    (await Promise.all(hosts.map((host) => host.bytes())))
      .reduce((sum, { sent }) => sum + sent, 0);
  const [startedAt, before] = [performance.now(), await total()];
  await during();
  const sent = await total() - before;
  return sent / hosts.length / ((performance.now() - startedAt) / 1_000);
}
