import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import {
  choice,
  coordinates,
  decimal,
  filePath,
  integer,
  isList,
  type Kind,
  list,
  named,
  port,
  text,
} from "../../../src/cli/kind.ts";

function refuses(kind: Kind<unknown>, ...values: string[]) {
  for (const value of values) {
    assert.throws(() => kind.parse(value), { exitCode: ExitCode.usage }, JSON.stringify(value));
  }
}

Deno.test("a choice takes its words and names the nearest of them", () => {
  const kind = choice("text", "json");
  assert.equal(kind.parse("json"), "json");
  assert.throws(() => kind.parse("jsn"), {
    message: 'Cannot use "jsn": it is not one of text, json',
    hint: "did you mean json?",
  });
});

Deno.test("an integer stays in its range", () => {
  assert.equal(port.parse("0"), 0);
  assert.equal(port.parse("65535"), 65_535);
  refuses(port, "65536", "-1", "1.5", "", "0x10", "1e3", "port");
  refuses(integer({ least: 1 }), "0", "99999999999999999999");
});

Deno.test("a decimal may have a sign and a fraction", () => {
  assert.equal(decimal().parse("-0.5"), -0.5);
  refuses(decimal({ least: 0, most: 1 }), "1.1", "-0.1", "", "NaN", ".5.");
});

Deno.test("a list is cut at its separator", () => {
  assert.deepEqual(list(choice("a", "b")).parse("a, b,"), ["a", "b"]);
  assert.deepEqual(list(text, ";").parse("x,y;z"), ["x,y", "z"]);
  assert.deepEqual(list(text).parse(""), []);
  refuses(list(choice("a", "b")), "a,c");
  assert.equal(isList(list(text)), true);
  assert.equal(isList(text), false);
});

Deno.test("coordinates are two or three numbers on this planet", () => {
  assert.deepEqual(coordinates.parse("52.52,-13.4"), { latitude: 52.52, longitude: -13.4 });
  assert.deepEqual(coordinates.parse("0,0,120"), { latitude: 0, longitude: 0, altitude: 120 });
  refuses(coordinates, "91,0", "0,181", "0", "0,0,0,0", "a,b", "", "0,0,", ",");
});

Deno.test("a path is not empty", () => {
  assert.equal(filePath.parse("-"), "-");
  refuses(filePath, "");
});

Deno.test("a kind keeps its rules under another name", () => {
  const kind = named("SEED", integer());
  assert.equal(kind.placeholder, "SEED");
  refuses(kind, "x");
});
