import type { TestProcess } from "../e2e/test_process.ts";
import type { LabHost } from "./lab_host.ts";
import { type Lead, LeaderLog } from "./leader_log.ts";
import type { Led } from "./led.ts";
import { type NodeOptions, PeatNode } from "./peat_node.ts";

export interface CellOptions extends NodeOptions {
  readonly cell?: string;
}

/** A node in a cell, whose leader is read from the events that it prints. */
export class CellNode implements Led {
  readonly host: LabHost;
  readonly node: PeatNode;
  readonly #log: LeaderLog;

  /** The higher the number of its host, the better it leads. */
  constructor(host: LabHost, { cell = "alpha", words = [], ...options }: CellOptions = {}) {
    this.host = host;
    const place = ["--cell", cell, "--capability", `compute=${host.number / 5}`];
    this.node = new PeatNode(host, { ...options, words: [...place, ...words], prints: true });
    this.#log = new LeaderLog(this.process);
  }

  get id(): string {
    return this.host.name;
  }

  get process(): TestProcess {
    return this.node.process;
  }

  get leaderId(): string | undefined {
    return this.lead?.leaderId;
  }

  /** By what right its leader leads. */
  get authority(): string | undefined {
    return this.lead?.authority;
  }

  /** What it said of its leader last. */
  get lead(): Lead | undefined {
    return this.leads.at(-1);
  }

  /** All that it ever said of its leaders. */
  get leads(): readonly Lead[] {
    return this.#log.leads();
  }
}

export function startCell(hosts: readonly LabHost[], options?: CellOptions): CellNode[] {
  return hosts.map((host) => new CellNode(host, options));
}
