import assert from "node:assert/strict";
import { formatByteSize, parseByteSize } from "../../../src/cli/byte_size.ts";
import { ExitCode } from "../../../src/cli/exit_code.ts";

Deno.test("a size is read in decimal and in binary units", () => {
  assert.equal(parseByteSize("512"), 512);
  assert.equal(parseByteSize("64KiB"), 65_536);
  assert.equal(parseByteSize("1.5 GB"), 1_500_000_000);
  assert.equal(parseByteSize("10mb"), 10_000_000);
});

Deno.test("what is no size is refused", () => {
  for (const text of ["", "KiB", "-1", "5 apples", "1e3", "99999999TiB"]) {
    assert.throws(() => parseByteSize(text), { exitCode: ExitCode.usage }, text);
  }
});

Deno.test("a size is written with three digits", () => {
  assert.equal(formatByteSize(0), "0 B");
  assert.equal(formatByteSize(999), "999 B");
  assert.equal(formatByteSize(1_024), "1.00 KiB");
  assert.equal(formatByteSize(1_500_000), "1.43 MiB");
  assert.equal(formatByteSize(123 * 1_024 * 1_024), "123 MiB");
});
