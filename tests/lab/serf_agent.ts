import type { TestProcess } from "../e2e/test_process.ts";
import { type Change, ChangeLog } from "./change_log.ts";
import type { LabHost } from "./lab_host.ts";
import type { Viewer } from "./viewer.ts";

const LISTENING = /Serf agent running|Log data will now stream/;
const CHANGE = /serf: EventMember(Join|Failed|Leave|Reap): (\S+)/;

/** Serf's agent on a host of the lab. Its log says each change in its view, itself included. */
export class SerfAgent implements Viewer {
  readonly host: LabHost;
  readonly process: TestProcess;
  readonly #log: ChangeLog;

  constructor(host: LabHost, join: LabHost | undefined, profile: string) {
    this.host = host;
    this.process = host.start(
      ...["serf", "agent", "-node", host.name, "-bind", host.address, "-profile", profile],
      ...(join === undefined ? [] : ["-retry-join", join.address, "-retry-interval", "1s"]),
    );
    this.#log = new ChangeLog(this.process, changeIn);
  }

  get name(): string {
    return this.host.name;
  }

  async listening(): Promise<void> {
    await this.process.line(LISTENING, { from: "stdout" });
  }

  // deno-lint-ignore require-await -- The interface is asynchronous for those who have to ask.
  async alive(): Promise<ReadonlySet<string>> {
    return this.#log.alive();
  }

  get departures(): number {
    return this.#log.departures;
  }
}

function changeIn(line: string): Change | undefined {
  const [, change, name = ""] = CHANGE.exec(line) ?? [];
  return change === undefined ? undefined : { name, isThere: change === "Join" };
}

/** Serf needs somebody to join, so the first agent listens before the others start. */
export async function startSerf(
  hosts: readonly LabHost[],
  profile: string,
): Promise<SerfAgent[]> {
  const [first, ...others] = hosts;
  if (first === undefined) return [];
  const agent = new SerfAgent(first, undefined, profile);
  await agent.listening();
  return [agent, ...others.map((host) => new SerfAgent(host, first, profile))];
}
