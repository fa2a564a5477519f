import { formatDuration } from "../../src/cli/duration.ts";
import { timeoutFailure, usageFailure } from "../../src/cli/failure.ts";
import type { Kind } from "../../src/cli/kind.ts";
import { pause } from "../../src/cli/watch.ts";
import type { ElectionView } from "../../src/control/election_contract.ts";
import type { OperatingError } from "../../src/core/kernel/operating_error.ts";

const LOOK_MS = 50;

/** A leader by any right, or one with the quorum of its cell. */
export type Condition = "leader" | "quorum";

export const condition: Kind<Condition> = {
  placeholder: "CONDITION",
  values: ["leader", "quorum"],
  parse(text) {
    if (text === "leader" || text === "quorum") return text;
    throw usageFailure(
      `Cannot wait for ${JSON.stringify(text)}: it is not a condition`,
      "write it like --wait=leader or --wait=quorum",
    );
  },
};

export interface WaitOptions {
  readonly condition: Condition;
  /** The one that is to lead, if it is not all the same who does. */
  readonly leaderId?: string;
  readonly ask: () => Promise<ElectionView>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly show: (message: string) => void;
}

/** A node that does not run yet, or is in no cell yet, is waited for like everything else. */
export async function waitForLeader(options: WaitOptions): Promise<ElectionView> {
  const { timeoutMs, signal, show } = options;
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look(options);
    if (typeof seen !== "string") return seen;
    if (performance.now() >= giveUpAt) {
      throw timeoutFailure(
        `Cannot wait longer for ${wantedBy(options)}: ${seen} after ${formatDuration(timeoutMs)}`,
        "try a longer --timeout, or see why with: peat election explain",
      );
    }
    show(`waiting for ${wantedBy(options)}: ${seen}`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

function wantedBy({ condition, leaderId }: WaitOptions): string {
  return leaderId === undefined ? condition : `${leaderId} to lead`;
}

/** The election when it is as wanted, or what is still missing. */
async function look({ condition, leaderId, ask }: WaitOptions): Promise<ElectionView | string> {
  let election: ElectionView;
  try {
    election = await ask();
  } catch (error) {
    const { code } = error as OperatingError;
    if (code === "node-not-running") return "no node is running";
    if (code === "no-cell") return "the node is in no cell";
    throw error;
  }
  if (election.leaderId === undefined) return `nobody leads ${election.cell}`;
  if (leaderId !== undefined && election.leaderId !== leaderId) {
    return `${election.leaderId} leads ${election.cell}`;
  }
  if (condition === "leader" || election.authority === "quorum") return election;
  return `${election.leaderId} leads without quorum`;
}
