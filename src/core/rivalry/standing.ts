/** What is proven of a running node. Two that run under one id are told apart by it. */
export interface Standing {
  readonly deviceId: string;
  /** When its certificate was issued; 0 where members certify themselves. */
  readonly issuedAtMs: number;
  readonly boot: number;
  /** Drawn at random in every boot, so that two processes with one device and boot differ. */
  readonly life: string;
}

/**
 * Whether the first of two that run under one id stays. Both compute the same of the same facts:
 * of two devices the one with the older certificate stays, then the one with the lower device id;
 * of one device's lives the latest, since an earlier one cannot be going on, then the lower mark.
 */
export function outranks(left: Standing, right: Standing): boolean {
  if (left.deviceId !== right.deviceId) {
    if (left.issuedAtMs !== right.issuedAtMs) return left.issuedAtMs < right.issuedAtMs;
    return left.deviceId < right.deviceId;
  }
  return left.boot === right.boot ? left.life < right.life : left.boot > right.boot;
}
