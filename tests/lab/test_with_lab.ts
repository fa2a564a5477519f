import { Lab, type LabOptions } from "./lab.ts";

const REASON = await Lab.reasonItCannotRun();

export interface TestOptions extends LabOptions {
  /** Why the test cannot run although there are labs; nothing when it can. */
  readonly reason?: string | undefined;
}

/** Without the rights to make a lab the test counts as skipped, and its name says why. */
export function testWithLab(
  name: string,
  { reason: ownReason, ...options }: TestOptions,
  test: (lab: Lab) => Promise<void>,
): void {
  const reason = REASON ?? ownReason;
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    async fn() {
      await using lab = await Lab.create(options);
      await test(lab);
    },
  });
}
