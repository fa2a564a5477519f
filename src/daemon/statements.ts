import type { NodeId } from "../core/kernel/ids.ts";
import type { StatementSink, StatementSource } from "../wire/trust_message.ts";
import { Refusals } from "./datagram_codec.ts";
import type { FormationUpkeep } from "./formation_upkeep.ts";

/** What the authority signed, to messages of peers and from them. What is not genuine is counted. */
export class Statements implements StatementSource, StatementSink {
  readonly #upkeep: FormationUpkeep;
  readonly #refused = new Refusals();

  constructor(upkeep: FormationUpkeep) {
    this.#upkeep = upkeep;
  }

  revocationOf(deviceId: string): Uint8Array | undefined {
    return this.#upkeep.revocationOf(deviceId);
  }

  groupKeysAfter(epoch: number): readonly Uint8Array[] {
    return this.#upkeep.groupKeysAfter(epoch);
  }

  takeRevocations(entries: readonly Uint8Array[], from: NodeId): void {
    if (this.#upkeep.takeRevocations(entries, from) > 0) this.#refused.add("badRevocation");
  }

  takeGroupKeys(proofs: readonly Uint8Array[], digest: string, from: NodeId): void {
    if (!this.#upkeep.takeGroupKeys(proofs, digest, from)) this.#refused.add("badGroupKey");
  }

  /** What was refused, by the reason. */
  rejected(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }
}
