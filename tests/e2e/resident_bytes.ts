/** How much memory the process has in use. */
export function residentBytes({ pid }: { readonly pid: number }): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1_024;
}
