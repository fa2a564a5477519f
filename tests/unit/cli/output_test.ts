import assert from "node:assert/strict";
import { ClosedPipe, Output, type OutputFormat, type Sink } from "../../../src/cli/output.ts";
import { paintFor } from "../../../src/cli/paint.ts";

/** Takes a few bytes at a time, as a pipe does when it is nearly full. */
class SlowSink implements Sink {
  readonly #bytes: number[] = [];
  #writes = 0;

  writeSync(bytes: Uint8Array): number {
    this.#writes++;
    this.#bytes.push(...bytes.subarray(0, 7));
    return Math.min(7, bytes.byteLength);
  }

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#bytes));
  }

  get writes(): number {
    return this.#writes;
  }
}

function open(format: OutputFormat, sink: Sink = new SlowSink()) {
  const now = () => new Date(0);
  const out = new Output({
    sink,
    format,
    paint: paintFor(false),
    isTerminal: false,
    columns: 80,
    now,
  });
  return out;
}

function written(format: OutputFormat, write: (out: Output) => void): string {
  const sink = new SlowSink();
  const out = open(format, sink);
  write(out);
  out.close();
  return sink.text;
}

Deno.test("one thing is text, an object, or a line with its type and time", () => {
  const write = (out: Output) => out.value("node", { id: "a" }, () => "node a");
  assert.equal(written("text", write), "node a\n");
  assert.equal(written("json", write), '{\n  "id": "a"\n}\n');
  assert.equal(
    written("ndjson", write),
    '{"type":"node","ts":"1970-01-01T00:00:00.000Z","id":"a"}\n',
  );
});

Deno.test("a list is an array, or a line for each", () => {
  const write = (out: Output) => out.list("node", [{ id: "a" }, { id: "b" }], () => "a b");
  assert.equal(written("text", write), "a b\n");
  assert.deepEqual(JSON.parse(written("json", write)), [{ id: "a" }, { id: "b" }]);
  assert.equal(written("ndjson", write).split("\n").length, 3);
});

Deno.test("a stream in json is one array, whole when the command ends", () => {
  const stream = (count: number) =>
    written("json", (out) => {
      out.beginItems();
      for (let id = 0; id < count; id++) out.item("event", { id }, String);
    });
  assert.deepEqual(JSON.parse(stream(0)), []);
  assert.deepEqual(JSON.parse(stream(1)), [{ id: 0 }]);
  assert.deepEqual(JSON.parse(stream(3)), [{ id: 0 }, { id: 1 }, { id: 2 }]);
});

Deno.test("an item of a stream is out at once", () => {
  const sink = new SlowSink();
  open("text", sink).item("event", {}, () => "now");
  assert.equal(sink.text, "now\n");
});

Deno.test("small writes wait for each other", () => {
  const sink = new SlowSink();
  const out = open("text", sink);
  for (let line = 0; line < 100; line++) out.text("a line");
  assert.equal(sink.writes, 0);
  out.write("x".repeat(70_000));
  assert.ok(sink.writes > 0);
});

Deno.test("a reader that left ends the output as a closed pipe, once", () => {
  const gone: Sink = {
    writeSync() {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  const out = open("text", gone);
  out.text("hello");
  assert.throws(() => out.flush(), ClosedPipe);
  out.close();
});

Deno.test("a full disk is an error that says so", () => {
  const full: Sink = {
    writeSync() {
      throw new Error("No space left on device (os error 28)");
    },
  };
  const out = open("text", full);
  out.text("hello");
  assert.throws(() => out.flush(), {
    message: "Cannot write standard output: No space left on device (os error 28)",
  });
});

Deno.test("a sink that would block is asked again", () => {
  let refusals = 3;
  const taken: number[] = [];
  const busy: Sink = {
    writeSync(bytes) {
      if (refusals-- > 0) throw new Deno.errors.WouldBlock("busy");
      taken.push(...bytes);
      return bytes.byteLength;
    },
  };
  const out = open("text", busy);
  out.text("late");
  out.flush();
  assert.equal(new TextDecoder().decode(new Uint8Array(taken)), "late\n");
});
