/** Where the boot number lives on the disk. */
import type { Stored } from "../kernel/json_value.ts";
export const BOOT_KEY = "boot";

/** A number above every one that this node used before, or the driver's if it never ran. */
export function nextBoot(start: { stored: Stored; firstBoot: number }): number {
  const stored = start.stored[BOOT_KEY];
  return typeof stored === "number" ? stored + 1 : start.firstBoot;
}
