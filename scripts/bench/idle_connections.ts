/**
 * Prints what a connection that says nothing costs the process at either end of it, beside a bare
 * QUIC connection of the runtime: `deno run -A scripts/bench/idle_connections.ts [--json]`.
 *
 * One node with many connections is measured, and the nodes at their other ends are a process of
 * their own. The cost is the slope of the resident memory after a collection of garbage, the median
 * over all pairs of counts. Connections that all come at once cost more: what they throw away makes
 * the runtime keep more memory for garbage, once.
 */

import { type IdleKind, startIdleProcess } from "./transport/idle_process.ts";

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

interface Point {
  readonly connections: number;
  readonly bytes: number;
}

const ROUNDS = 3;

/** The first connections also pay for code and heap that all later ones share. */
const COUNTS = {
  "in steps": [100, 150, 200, 250, 300, 350, 400],
  "all at once": [100, 400],
} as const;

const ENDS = ["dialled", "dialling"] as const;
const KINDS: Readonly<Record<IdleKind, string>> = {
  node: "idle connection",
  bare: "bare QUIC connection",
};

async function main(): Promise<void> {
  const slopes = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const end of ENDS) {
      for (const [pace, counts] of Object.entries(COUNTS)) {
        for (const kind of ["node", "bare"] as const) {
          const what = `${KINDS[kind]}, ${end} end, ${pace}`;
          const slope = medianSlope(await measure(kind, end, counts));
          slopes.set(what, [...slopes.get(what) ?? [], slope]);
        }
      }
    }
  }
  print(
    [...slopes].map(([what, values]) => ({ what, value: median(values) / 1_024, unit: "KiB" })),
  );
}

async function measure(
  kind: IdleKind,
  end: typeof ENDS[number],
  counts: readonly number[],
): Promise<Point[]> {
  await using measured = startIdleProcess(kind);
  await using others = startIdleProcess(kind);
  const [one] = await measured.open("measured", 1);
  const points: Point[] = [];
  let connections = 0;
  for (const count of counts) {
    const addresses = await others.open("other", count - connections);
    for (const [index, address] of addresses.entries()) {
      const number = connections + index;
      if (end === "dialled") await others.dial(number, "measured-0", one!);
      else await measured.dial(0, `other-${number}`, address);
    }
    connections = count;
    points.push({ connections, bytes: await measured.residentBytes(connections) });
  }
  return points;
}

function medianSlope(points: readonly Point[]): number {
  return median(
    points.flatMap((from, index) =>
      points.slice(index + 1).map((to) =>
        (to.bytes - from.bytes) / (to.connections - from.connections)
      )
    ),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

function print(figures: readonly Figure[]): void {
  if (Deno.args.includes("--json")) return console.log(JSON.stringify(figures));
  for (const { what, value, unit } of figures) {
    console.log(`${what.padEnd(48)} ${value.toFixed(1).padStart(6)} ${unit}`);
  }
}

if (import.meta.main) await main();
