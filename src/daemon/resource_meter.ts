import type { Resources } from "../core/beacon/resources.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";

/** Reading is cheap, but nobody decides by what changes faster than this. */
export const SHORTEST_SAMPLE_MS: Millis = 5 * SECOND;

/** What the runtime tells of a machine. */
export interface Machine {
  readonly cpuCores: number;
  memory(): { readonly total: number; readonly available: number };
  /** How long each processor did what, since the machine started. */
  cpuTimes(): readonly Readonly<Record<string, number>>[];
}

interface CpuTime {
  readonly busy: number;
  readonly total: number;
}

/**
 * Measures what a machine has to spare. The runtime keeps a node from the files in which Linux tells
 * of batteries and links, as it keeps it from all of `/proc` and `/sys`; those an operator tells.
 */
export class ResourceMeter {
  readonly #machine: Machine;
  #sampledAt: Millis = -Infinity;
  #cpu: CpuTime | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Undefined while the last sample is still fresh. */
  sample(now: Millis): Resources | undefined {
    if (now - this.#sampledAt < SHORTEST_SAMPLE_MS) return undefined;
    this.#sampledAt = now;
    return { cpuCores: this.#machine.cpuCores, ...this.#cpuUsage(), ...this.#memory() };
  }

  /** The share since the sample before, so the first sample has none. */
  #cpuUsage(): Pick<Resources, "cpuUsagePercent"> {
    const before = this.#cpu;
    const cpu = this.#cpu = cpuTime(this.#machine.cpuTimes());
    if (before === undefined || cpu.total <= before.total) return {};
    const share = (cpu.busy - before.busy) / (cpu.total - before.total);
    return { cpuUsagePercent: 100 * Math.min(1, Math.max(0, share)) };
  }

  #memory(): Pick<Resources, "memoryMb" | "memoryUsagePercent"> {
    const { total, available } = this.#machine.memory();
    if (!(total > 0)) return {};
    const memoryMb = Math.round(total / (1_024 * 1_024));
    return available <= total
      ? { memoryMb, memoryUsagePercent: 100 * (1 - available / total) }
      : { memoryMb };
  }
}

/** The machine that this process runs on. */
export async function thisMachine(): Promise<Machine> {
  const { cpus } = await import("node:os");
  return {
    cpuCores: navigator.hardwareConcurrency,
    memory: () => Deno.systemMemoryInfo(),
    cpuTimes: () => cpus().map(({ times }) => ({ ...times })),
  };
}

function cpuTime(processors: readonly Readonly<Record<string, number>>[]): CpuTime {
  let busy = 0;
  let total = 0;
  for (const times of processors) {
    for (const [name, spent] of Object.entries(times)) {
      total += spent;
      if (name !== "idle") busy += spent;
    }
  }
  return { busy, total };
}
