/** The unit of the processor times in /proc, which the kernel fixes at a hundredth of a second. */
const TICK_MS = 10;
const KIBIBYTE = 1_024;

/** User and system time of a process since it started. */
export function processorMs(pid: number): number {
  // The name in brackets may hold spaces; the two times are the 12th and 13th field behind it.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export interface Memory {
  readonly resident: number;
  /** Pages that processes share, such as the runtime's code, count by each one's part. */
  readonly proportional: number;
}

export function memoryBytes(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const read = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1]);
  return { resident: read("Rss") * KIBIBYTE, proportional: read("Pss") * KIBIBYTE };
}
