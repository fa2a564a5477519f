import assert from "node:assert/strict";
import { BulkWindow } from "../../../src/net/quic/bulk_window.ts";
import { ClassInbox } from "../../../src/net/quic/class_inbox.ts";
import { receiveClass } from "../../../src/net/quic/class_receiver.ts";
import { ClassSender } from "../../../src/net/quic/class_sender.ts";

const CLASS_NUMBER = 3;
const MESSAGE_BYTES = 32 << 10;

/** What a sender opens: streams that take little until they are read. */
class Streams {
  readonly opened: ReadableStream<Uint8Array>[] = [];
  #wake = () => {};

  readonly open = (): Promise<WritableStream<Uint8Array>> => {
    // Takes the class's number and one piece, and then no more until somebody reads.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
      { transform: (chunk, controller) => controller.enqueue(chunk.slice()) },
      undefined,
      { highWaterMark: 2 },
    );
    this.opened.push(readable);
    this.#wake();
    return Promise.resolve(writable);
  };

  async until(count: number): Promise<void> {
    while (this.opened.length < count) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

function start(streams: number, window?: BulkWindow) {
  const opened = new Streams();
  const sender = new ClassSender({
    number: CLASS_NUMBER,
    frameBytes: 1 << 20,
    queueBytes: 4 << 20,
    streams,
    open: opened.open,
    onWritable: () => {},
    onFailed: () => assert.fail("it failed"),
    ...(window === undefined ? {} : { window }),
  });
  return { opened, sender };
}

Deno.test("a class opens another stream when those it has take no more, up to its bound", async () => {
  const { opened, sender } = start(3);
  for (let count = 0; count < 100; count++) sender.send(numbered(count));
  await opened.until(3);
  assert.equal(sender.streams, 3);
  assert.deepEqual(await receiveAll(opened, 100), Array.from({ length: 100 }, (_, at) => at));
  assert.equal(sender.streams, 3);
  assert.equal(sender.queuedBytes, 0);
  sender.close();
});

Deno.test("a class of one stream keeps to it, however long that takes nothing", async () => {
  const { sender } = start(1);
  for (let count = 0; count < 50; count++) sender.send(numbered(count));
  await untilAnotherStalls();
  assert.equal(sender.streams, 1);
  sender.close();
});

Deno.test("a full window opens no stream, and room in it does", async () => {
  const window = new BulkWindow();
  const { opened, sender } = start(4, window);
  for (let count = 0; count < 50; count++) sender.send(numbered(count));
  await untilAnotherStalls();
  sender.acknowledged(performance.now(), sender.sentBytes);
  await untilAnotherStalls();
  assert.equal(window.availableBytes, 0);
  assert.equal(sender.streams, 1);
  sender.acknowledged(performance.now(), sender.sentBytes);
  await opened.until(2);
  sender.close();
});

Deno.test("a path so short that one stream is enough gets no other, however slow the machine", async () => {
  const window = new BulkWindow();
  const { sender } = start(4, window);
  window.measured(performance.now(), 1);
  for (let count = 0; count < 50; count++) sender.send(numbered(count));
  for (let round = 0; round < 3; round++) {
    await untilAnotherStalls();
    sender.acknowledged(performance.now(), sender.sentBytes);
  }
  assert.ok(window.availableBytes > 0);
  assert.equal(sender.streams, 1);
  sender.close();
});

/** Waits as long as a stream has to take nothing before its class opens another. */
async function untilAnotherStalls(): Promise<void> {
  const { opened, sender } = start(2);
  for (let count = 0; count < 50; count++) sender.send(numbered(count));
  await opened.until(2);
  sender.close();
}

function numbered(number: number): Uint8Array {
  return new Uint8Array(MESSAGE_BYTES).fill(number);
}

/** Reads every stream that was opened, and answers the numbers of the messages in their order. */
async function receiveAll({ opened }: Streams, count: number): Promise<number[]> {
  const received: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const inbox = new ClassInbox({
    frameBytes: 1 << 20,
    streams: opened.length,
    onMessage: (bytes) => {
      received.push(bytes[0]!);
      if (received.length === count) resolve();
    },
  });
  for (const readable of opened) {
    void receiveClass({ stream: asBytes(readable), open: () => inbox.add(), onRead: () => {} })
      .catch(() => {});
  }
  await promise;
  return received;
}

/** Receivers read into buffers of their own. */
function asBytes(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value } = await reader.read();
      if (value !== undefined) controller.enqueue(value.slice());
    },
  });
}
