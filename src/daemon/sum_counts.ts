/** One count for each reason, however many parts of the node counted it. */
export function sumCounts(
  ...parts: readonly Readonly<Record<string, number>>[]
): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [reason, count] of parts.flatMap((part) => Object.entries(part))) {
    sum[reason] = (sum[reason] ?? 0) + count;
  }
  return sum;
}
