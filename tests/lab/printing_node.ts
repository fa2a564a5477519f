import type { ProfileName } from "../../src/core/profile.ts";
import type { TestProcess } from "../e2e/test_process.ts";
import { type Change, ChangeLog } from "./change_log.ts";
import type { LabHost } from "./lab_host.ts";
import { PeatNode } from "./peat_node.ts";
import type { Viewer } from "./viewer.ts";

/** A node whose view is read from the events that it prints, as that of a Serf agent is. */
export class PrintingNode implements Viewer {
  readonly host: LabHost;
  readonly process: TestProcess;
  readonly #log: ChangeLog;

  constructor(host: LabHost, profile: ProfileName, words: readonly string[] = []) {
    this.host = host;
    this.process = new PeatNode(host, { profile, words, prints: true }).process;
    this.#log = new ChangeLog(this.process, changeIn);
  }

  get name(): string {
    return this.host.name;
  }

  // deno-lint-ignore require-await -- The interface is asynchronous for those who have to ask.
  async alive(): Promise<ReadonlySet<string>> {
    const others = this.#log.alive();
    // Whoever says anything is there, as a Serf agent that says it has joined itself.
    return this.process.stdout() === "" ? others : new Set([...others, this.name]);
  }

  get departures(): number {
    return this.#log.departures;
  }
}

function changeIn(line: string): Change | undefined {
  if (line === "") return undefined;
  const { type, nodeId: name } = JSON.parse(line);
  switch (type) {
    case "peerFound":
      return { name, isThere: true };
    case "peerLost":
    case "peerLeft":
      return { name, isThere: false };
    default:
      return undefined;
  }
}
