import type { Millis } from "../kernel/time.ts";

/**
 * After so many pulses' time of silence a peer is doubted. Two lost datagrams in a row do that, so
 * it is then asked before it is given up.
 */
const QUIET_PULSES = 2.2;

/** How long a doubted peer has to answer: most of a pulse, within what links and patience allow. */
const CONFIRMATION_PULSES = 0.8;
const SHORTEST_CONFIRMATION_MS: Millis = 600;
const LONGEST_CONFIRMATION_MS: Millis = 2_000;

export function quietMs(pulseMs: Millis): Millis {
  return QUIET_PULSES * pulseMs;
}

export function confirmationMs(pulseMs: Millis): Millis {
  const wantedMs = CONFIRMATION_PULSES * pulseMs;
  return Math.min(LONGEST_CONFIRMATION_MS, Math.max(SHORTEST_CONFIRMATION_MS, wantedMs));
}
