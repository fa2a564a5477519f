import { ControlClient } from "../../src/control/client.ts";
import type { NodeStatus } from "../../src/control/contract.ts";
import { readDocument, writeDocuments } from "../../src/control/state_client.ts";
import type { DocumentView, WriteRequest, WriteResult } from "../../src/control/state_contract.ts";
import { OperatingError } from "../../src/core/kernel/operating_error.ts";
import { PATIENCE_MS, until } from "./until.ts";

const ANSWER_MS = 60_000;

/** The documents of one running node, asked over its socket as commands do. */
export class SharedDocuments {
  readonly control: ControlClient;

  constructor(socket: string) {
    this.control = new ControlClient(socket, ANSWER_MS);
  }

  /** Waits for the node to take it, and for so many peers. */
  async set(key: string, value: Record<string, unknown>, peers = 0): Promise<WriteResult> {
    const edits = [{ kind: "set" as const, value }];
    const [result] = await this.write({ writes: [{ key, edits }], peers, withinMs: PATIENCE_MS });
    if (result === undefined || "error" in result) {
      throw new Error(`Cannot set ${key}: ${JSON.stringify(result)}`);
    }
    return result;
  }

  write(request: WriteRequest) {
    return writeDocuments(this.control, request);
  }

  /** Undefined for a document that there is not. */
  async find(key: string): Promise<DocumentView | undefined> {
    try {
      return await readDocument(this.control, key);
    } catch (error) {
      if (error instanceof OperatingError && error.code === "no-such-document") return undefined;
      throw error;
    }
  }

  /** Waits until the document is as wanted, and answers how it is. */
  async until(
    key: string,
    holds: (view: DocumentView | undefined) => boolean,
    timeoutMs?: number,
  ): Promise<DocumentView | undefined> {
    return await until(`${key} as it should be`, () => this.find(key), holds, timeoutMs);
  }

  status(): Promise<NodeStatus> {
    return this.control.status();
  }
}
