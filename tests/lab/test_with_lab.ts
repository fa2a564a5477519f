import { Lab, type LabOptions } from "./lab.ts";

const REASON = await Lab.reasonItCannotRun();

/** Without the rights to make a lab the test counts as skipped, and its name says why. */
export function testWithLab(
  name: string,
  options: LabOptions,
  test: (lab: Lab) => Promise<void>,
): void {
  Deno.test({
    name: REASON === undefined ? name : `${name} (skipped: ${REASON})`,
    ignore: REASON !== undefined,
    async fn() {
      await using lab = await Lab.create(options);
      await test(lab);
    },
  });
}
