import type { Millis } from "./time.ts";

/**
 * Every part of the protocol is a machine. It owns its state, reads no clock, opens no socket and
 * draws no randomness of its own, so that the simulator and the daemon drive the very same code.
 *
 * The driver calls `handle` with each input, drains `poll` until it is empty, and calls again no
 * later than `deadline`, with whatever input is due or with a bare wake-up.
 */
export interface Machine<In, Out> {
  /** Changes state. Never blocks, and never throws on anything that came from another node. */
  handle(now: Millis, input: In): void;
  /** Takes the next thing that the machine wants done, or undefined when it wants nothing. */
  poll(): Out | undefined;
  /** When the machine wants to be woken, `NEVER` if it does not. */
  deadline(): Millis;
}

/** Drains a machine. The bound turns a machine that feeds itself forever into a failed assertion. */
export function drain<Out>(machine: Machine<never, Out>, limit = 100_000): Out[] {
  const outputs: Out[] = [];
  for (let count = 0; count < limit; count++) {
    const output = machine.poll();
    if (output === undefined) return outputs;
    outputs.push(output);
  }
  throw new Error(`Cannot drain machine: it still has outputs after ${limit}`);
}
