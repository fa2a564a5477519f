import { parseDurationMs } from "../core/kernel/duration.ts";
import { usageFailure } from "./failure.ts";

/** Reads `250ms`, `10s`, `1.5h` or `1m30s` as milliseconds. Larger units come first, each once. */
export function parseDuration(text: string): number {
  return parseDurationMs(text) ?? refuse(text);
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
