import { Patience } from "../../src/cli/patience.ts";
import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import { pause } from "./viewer.ts";

/** A node of a system that elects a leader, whatever system it is. */
export interface Led {
  readonly host: LabHost;
  readonly process: TestProcess;
  /** What the system calls it. */
  readonly id: string | undefined;
  /** Whom it holds for its leader. */
  readonly leaderId: string | undefined;
}

/** How often leaders are read, and so how exact the times are. */
const LOOK_MS = 10;

interface Agreement<Member> {
  readonly leader: Member;
  /** How long it took since the wait began. */
  readonly tookMs: number;
}

/** Waits until all of them follow one of themselves. */
export async function untilAgreed<Member extends Led>(
  members: readonly Member[],
  { timeoutMs, since = performance.now() }: { timeoutMs: number; since?: number },
): Promise<Agreement<Member>> {
  const patience = new Patience(timeoutMs, since);
  while (true) {
    for (const { process } of members) process.throwIfEnded();
    const tookMs = performance.now() - since;
    const leader = agreedAmong(members);
    if (leader !== undefined) return { leader, tookMs };
    if (patience.isOver()) {
      const views = members.map(({ host, leaderId }) => `${host.name} follows ${leaderId}`);
      throw new Error(`Cannot see all agree: after ${timeoutMs} ms ${views.join(", ")}`);
    }
    await pause(LOOK_MS);
  }
}

/** The one of them whom all of them follow, itself included. */
export function agreedAmong<Member extends Led>(members: readonly Member[]): Member | undefined {
  const leaderIds = new Set(members.map(({ leaderId }) => leaderId));
  if (leaderIds.size !== 1) return undefined;
  return members.find(({ id, leaderId }) => id !== undefined && id === leaderId);
}
