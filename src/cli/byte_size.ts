import { usageFailure } from "./failure.ts";

const UNIT_BYTES: Record<string, number> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Reads `512`, `64KiB` or `1.5GB` as a number of bytes. */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text);
  const unitBytes = UNIT_BYTES[(match?.[2] ?? "?").toLowerCase()];
  const bytes = Math.round(Number(match?.[1]) * (unitBytes ?? NaN));
  if (!Number.isSafeInteger(bytes)) {
    throw usageFailure(
      `Cannot read the size ${JSON.stringify(text)}: it is not a number of bytes`,
      "write it like 512, 64KiB, 10MB or 1.5GiB",
    );
  }
  return bytes;
}

/** Writes a number of bytes with three significant digits, in the units of the network: powers of 1,024. */
export function formatByteSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
