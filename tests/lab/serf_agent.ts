import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import type { Viewer } from "./viewer.ts";

const LISTENING = /Serf agent running|Log data will now stream/;
const CHANGE = /serf: EventMember(Join|Failed|Leave|Reap): (\S+)/;

/**
 * Serf's agent on a host of the lab. What it holds of its members is read from its log, which says
 * each change as it happens: its query port is inside the namespace, and a process for every look
 * would take from the agents the time that is measured.
 */
export class SerfAgent implements Viewer {
  readonly host: LabHost;
  readonly process: TestProcess;
  readonly #alive = new Set<string>();
  #readTo = 0;

  constructor(host: LabHost, join: LabHost | undefined, profile: string) {
    this.host = host;
    this.process = host.start(
      ...["serf", "agent", "-node", host.name, "-bind", host.address, "-profile", profile],
      ...(join === undefined ? [] : ["-retry-join", join.address, "-retry-interval", "1s"]),
    );
  }

  get name(): string {
    return this.host.name;
  }

  async listening(): Promise<void> {
    await this.process.line(LISTENING, { from: "stdout" });
  }

  // deno-lint-ignore require-await -- The interface is asynchronous for those who have to ask.
  async alive(): Promise<ReadonlySet<string>> {
    this.process.throwIfEnded();
    const text = this.process.stdout();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#readTo, end).split("\n")) this.#follow(line);
    this.#readTo = end;
    return this.#alive;
  }

  #follow(line: string): void {
    const [, change, name = ""] = CHANGE.exec(line) ?? [];
    if (change === "Join") this.#alive.add(name);
    else if (change !== undefined) this.#alive.delete(name);
  }
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
