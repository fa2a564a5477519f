import type { Millis } from "./time.ts";

const UNIT_MS: Readonly<Record<string, Millis>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/**
 * Reads `250ms`, `10s`, `1.5h` or `1m30s`; larger units come first, each once. Undefined for
 * anything else, a bare number included: nobody should have to guess its unit.
 */
export function parseDurationMs(text: string): Millis | undefined {
  let totalMs = 0;
  let position = 0;
  let previousUnitMs = Infinity;
  while (position < text.length) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    const unitMs = UNIT_MS[match?.[2] ?? ""];
    if (match === null || unitMs === undefined || unitMs >= previousUnitMs) return undefined;
    totalMs += Number(match[1]) * unitMs;
    previousUnitMs = unitMs;
    position = PART.lastIndex;
  }
  const roundedMs = Math.round(totalMs);
  return text !== "" && Number.isSafeInteger(roundedMs) ? roundedMs : undefined;
}
