import assert from "node:assert/strict";
import { generate, GENERATED_DIRECTORY } from "../../../scripts/gen.ts";

Deno.test("generating the code again changes nothing", () => {
  for (const [path, text] of generate()) {
    assert(Deno.readTextFileSync(path) === text, `${path} is out of date; run deno task gen`);
  }
});

Deno.test("nothing but generated files is among the generated code", () => {
  assert.deepEqual(listFiles(GENERATED_DIRECTORY).sort(), [...generate().keys()].sort());
});

Deno.test("the generated code knows no Long, deletes no property and makes no list of its own", () => {
  for (const [path, text] of generate()) {
    if (path.endsWith(".js")) {
      assert(
        !/\$util\.Long|\bdelete |message\.\S+ = (\[\]|\{\})|this\.\w+ = (\[\]|\{\})/.test(text),
        path,
      );
    }
  }
});

function listFiles(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    return entry.isDirectory ? listFiles(path) : [path];
  });
}
