import assert from "node:assert/strict";
import { Random } from "../../../src/core/kernel/random.ts";
import { BulkWindow } from "../../../src/net/quic/bulk_window.ts";

const STEP_MS = 1;
const CHUNK_BYTES = 1_200;

interface Path {
  readonly bytesPerMs: number;
  readonly roundTripMs: number;
  /** The share of chunks that are lost, sent again, and hold up what came after them meanwhile. */
  readonly loss?: number;
}

interface Flight {
  readonly bytes: number;
  readonly acknowledgedAt: number;
}

/** Bulk through a link that takes one chunk after the other, as far as the window lets it. */
class Transfer {
  readonly window = new BulkWindow();
  path: Path;
  #now = 0;
  #linkFreeAt = 0;
  #sent = 0;
  #acknowledged = 0;
  #flights: Flight[] = [];
  readonly #random = new Random("losses");
  #heldUpUntil = 0;
  /** What measures the path, and when it was sent and comes back. */
  #measures: { readonly sentAt: number; readonly backAt: number }[] = [];

  constructor(path: Path) {
    this.path = path;
  }

  /** Answers the share of the link that was used, and the queue in milliseconds. */
  run(durationMs: number, demandBytesPerMs = Infinity) {
    const [startedAt, before] = [this.#now, this.#acknowledged];
    let queueMs = 0;
    let queuesMs = 0;
    let allowance = 0;
    for (; this.#now < startedAt + durationMs; this.#now += STEP_MS) {
      this.#acknowledge();
      this.#measure();
      allowance = Math.min(allowance + demandBytesPerMs * STEP_MS, 1e9);
      while (this.window.availableBytes > 0 && allowance >= CHUNK_BYTES) {
        allowance -= CHUNK_BYTES;
        this.#send(Math.min(CHUNK_BYTES, this.window.availableBytes));
      }
      queueMs = Math.max(queueMs, this.#linkFreeAt - this.#now);
      queuesMs += Math.max(0, this.#linkFreeAt - this.#now);
    }
    const share = (this.#acknowledged - before) / (durationMs * this.path.bytesPerMs);
    return { share, queueMs, meanQueueMs: queuesMs * STEP_MS / durationMs };
  }

  #send(bytes: number): void {
    this.window.sent(this.#now, bytes);
    this.#linkFreeAt = Math.max(this.#now, this.#linkFreeAt) + bytes / this.path.bytesPerMs;
    this.#sent += bytes;
    const { roundTripMs, loss = 0 } = this.path;
    let arrivesAt = this.#linkFreeAt + roundTripMs;
    while (this.#random.unit() < loss) arrivesAt += roundTripMs;
    this.#heldUpUntil = Math.max(this.#heldUpUntil, arrivesAt);
    this.#flights.push({ bytes: this.#sent, acknowledgedAt: this.#heldUpUntil });
  }

  /** Small messages go ahead of bulk that waits here, but not of what is in the link's queue. */
  #measure(): void {
    if (this.#now % 10 === 0) {
      const backAt = Math.max(this.#now, this.#linkFreeAt) + this.path.roundTripMs;
      this.#measures.push({ sentAt: this.#now, backAt });
    }
    while (this.#measures.length > 0 && this.#measures[0]!.backAt <= this.#now) {
      this.window.measured(this.#now, this.#now - this.#measures.shift()!.sentAt);
    }
  }

  #acknowledge(): void {
    while (this.#flights.length > 0 && this.#flights[0]!.acknowledgedAt <= this.#now) {
      this.#acknowledged = this.#flights.shift()!.bytes;
      this.window.acknowledged(this.#now, this.#acknowledged);
    }
  }
}

const SLOW: Path = { bytesPerMs: 125, roundTripMs: 100 };
const FAST: Path = { bytesPerMs: 12_500, roundTripMs: 20 };

Deno.test("bulk fills a slow link and keeps its queue short", () => {
  const transfer = new Transfer(SLOW);
  transfer.run(5_000);
  const { share, queueMs } = transfer.run(30_000);
  assert.ok(share > 0.9, `used ${share}`);
  assert.ok(queueMs < 150, `queued ${queueMs} ms`);
});

Deno.test("bulk fills a fast link", () => {
  const transfer = new Transfer(FAST);
  transfer.run(1_000);
  const { share, queueMs } = transfer.run(20_000);
  assert.ok(share > 0.9, `used ${share}`);
  assert.ok(queueMs < 40, `queued ${queueMs} ms`);
});

Deno.test("losses that hold up receipts do not starve a long link", () => {
  for (const loss of [0.01, 0.05]) {
    const transfer = new Transfer({ bytesPerMs: 12_500, roundTripMs: 100, loss });
    transfer.run(5_000);
    const { share, meanQueueMs } = transfer.run(20_000);
    assert.ok(share > 0.75, `used ${share} at ${loss}`);
    assert.ok(meanQueueMs < 100, `queued ${meanQueueMs} ms at ${loss}`);
  }
});

Deno.test("losses on a slow link do not make its queue long", () => {
  for (const loss of [0.01, 0.05]) {
    const transfer = new Transfer({ ...SLOW, loss });
    transfer.run(5_000);
    const { share, meanQueueMs } = transfer.run(30_000);
    assert.ok(share > 0.8, `used ${share} at ${loss}`);
    assert.ok(meanQueueMs < 150, `queued ${meanQueueMs} ms at ${loss}`);
  }
});

Deno.test("the window follows a path that becomes faster, slower or longer", () => {
  const transfer = new Transfer(SLOW);
  transfer.run(5_000);
  for (const path of [FAST, SLOW, { bytesPerMs: 1_250, roundTripMs: 600 }]) {
    transfer.path = path;
    transfer.run(40_000);
    const { share } = transfer.run(20_000);
    assert.ok(share > 0.8, `used ${share} of ${JSON.stringify(path)}`);
  }
});

Deno.test("a sender with little to send does not shrink the window", () => {
  const transfer = new Transfer(FAST);
  transfer.run(2_000);
  const before = transfer.window.bytes;
  transfer.run(5_000, 100);
  assert.ok(transfer.window.bytes > before * 0.7, `${transfer.window.bytes} after ${before}`);
});

Deno.test("the window stays between its ends", () => {
  const slowest = new Transfer({ bytesPerMs: 1, roundTripMs: 10 });
  slowest.run(200_000);
  // The smallest window is more than this path holds, and its own queue looks like the path's.
  assert.ok(slowest.window.bytes <= 32 << 10, `${slowest.window.bytes}`);
  const fastest = new Transfer({ bytesPerMs: 1e6, roundTripMs: 50 });
  fastest.run(3_000);
  assert.equal(fastest.window.bytes, 4 << 20);
});

Deno.test("acknowledging what was never sent opens nothing", () => {
  const window = new BulkWindow();
  const before = window.availableBytes;
  window.acknowledged(1, Number.MAX_SAFE_INTEGER);
  assert.equal(window.availableBytes, before);
  window.sent(1, before);
  assert.equal(window.availableBytes, 0);
  window.acknowledged(2, 0);
  assert.equal(window.availableBytes, 0);
});
