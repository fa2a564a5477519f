import assert from "node:assert/strict";
import { type ByteSource, HttpReader } from "../../../src/control/http_reader.ts";

/** Hands the bytes out a few at a time, as a socket may. */
function sourceOf(text: string, pieceBytes = 3): ByteSource {
  const bytes = new TextEncoder().encode(text);
  let offset = 0;
  return {
    read(buffer) {
      if (offset === bytes.byteLength) return Promise.resolve(null);
      const piece = bytes.subarray(offset, offset + pieceBytes);
      buffer.set(piece);
      offset += piece.byteLength;
      return Promise.resolve(piece.byteLength);
    },
  };
}

async function readAll(text: string): Promise<string> {
  const reader = new HttpReader(sourceOf(text));
  return await reader.text(await reader.head());
}

Deno.test("a body of an announced length is read, letters of several bytes included", async () => {
  assert.equal(await readAll("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nä–x"), "ä–x");
});

Deno.test("a chunked body is put together", async () => {
  const chunks = "3\r\nabc\r\n2;note=1\r\nde\r\n0\r\n\r\n";
  assert.equal(
    await readAll(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`),
    "abcde",
  );
});

const REFUSED: readonly (readonly [why: string, response: string, state: RegExp])[] = [
  ["is not HTTP", "SSH-2.0-OpenSSH_9\r\n\r\n", /does not speak HTTP/],
  ["ends in its head", "HTTP/1.1 200 OK\r\n", /it hung up/],
  ["ends in its body", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", /it hung up/],
  [
    "ends between chunks",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n",
    /it hung up/,
  ],
  [
    "has a garbled chunk",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    /garbled/,
  ],
  ["has no length", "HTTP/1.1 200 OK\r\n\r\nabc", /no usable length/],
  ["announces too much", "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", /usable length/],
  [
    "has a chunk that is too long",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n",
    /too long/,
  ],
  ["has an endless head", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(4_000)}`, /head is too long/],
  ["has an endless line", `HTTP/1.1 200 OK\r\n${"a".repeat(40_000)}`, /line is too long/],
];

for (const [why, response, state] of REFUSED) {
  Deno.test(`an answer that ${why} is refused`, async () => {
    await assert.rejects(() => readAll(response), state);
  });
}
