import assert from "node:assert/strict";
import { BulkReceipts } from "../../../src/net/quic/bulk_receipts.ts";

Deno.test("much that was read is told at once, and not again", () => {
  const told: number[] = [];
  const receipts = new BulkReceipts((totalBytes) => told.push(totalBytes));
  for (let totalBytes = 0; totalBytes <= 1 << 20; totalBytes += 32 << 10) receipts.read(totalBytes);
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7, 8].map((count) => count * (128 << 10)));
  receipts.stop();
});

Deno.test("a little that was read is told soon, with all that came meanwhile", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const receipts = new BulkReceipts(resolve);
  receipts.read(5_000);
  receipts.read(6_000);
  assert.equal(await promise, 6_000);
});

Deno.test("what is not worth telling starts nothing that must be stopped", () => {
  const receipts = new BulkReceipts(() => assert.fail("it was told"));
  receipts.read(4_000);
});

Deno.test("nothing is told after a stop", async () => {
  const receipts = new BulkReceipts(() => assert.fail("it was told"));
  receipts.read(5_000);
  receipts.stop();
  const { promise, resolve } = Promise.withResolvers<void>();
  const later = new BulkReceipts(() => resolve());
  later.read(5_000);
  await promise;
});
