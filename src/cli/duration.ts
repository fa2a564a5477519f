import { usageFailure } from "./failure.ts";

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/** Reads `250ms`, `10s`, `1.5h` or `1m30s` as milliseconds. Larger units come first, each once. */
export function parseDuration(text: string): number {
  let totalMs = 0;
  let position = 0;
  let previousUnitMs = Infinity;
  while (position < text.length) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    const unitMs = UNIT_MS[match?.[2] ?? ""];
    if (match === null || unitMs === undefined || unitMs >= previousUnitMs) refuse(text);
    totalMs += Number(match[1]) * unitMs;
    previousUnitMs = unitMs;
    position = PART.lastIndex;
  }
  if (text === "" || !Number.isSafeInteger(Math.round(totalMs))) refuse(text);
  return Math.round(totalMs);
}

function refuse(text: string): never {
  throw usageFailure(
    `Cannot read the duration ${JSON.stringify(text)}: it is not a number with a unit`,
    "write it like 500ms, 10s, 1m30s, 2h or 7d",
  );
}

const PARTS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000]] as const;

/** Writes milliseconds the way `parseDuration` reads them, with the two largest units at most. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  if (durationMs < 10_000) return `${trimZeros((durationMs / 1_000).toFixed(1))}s`;
  let restMs = Math.round(durationMs / 1_000) * 1_000;
  const parts: string[] = [];
  for (const [unit, unitMs] of PARTS) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join("");
}

/** How long ago something was, for people: `now`, `12s ago`, `in 3m`. */
export function formatAgo(agoMs: number): string {
  if (Math.abs(agoMs) < 1_000) return "now";
  const whole = formatDuration(Math.floor(Math.abs(agoMs) / 1_000) * 1_000);
  return agoMs > 0 ? `${whole} ago` : `in ${whole}`;
}

function trimZeros(decimal: string): string {
  return decimal.replace(/\.0$/, "");
}
