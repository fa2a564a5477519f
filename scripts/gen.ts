/** Generates src/wire/generated from proto/. Run it with `deno task gen`. */

import { generateDeclarations } from "./gen/declarations.ts";
import { listProtoFiles } from "./gen/protos.ts";
import { generateSchemaTable } from "./gen/schema_table.ts";
import { generateStaticCode } from "./gen/static_code.ts";

export const GENERATED_DIRECTORY = "src/wire/generated";

/** All generated files, by path. Writes nothing, so that a test can compare them with the disk. */
export function generate(): Map<string, string> {
  const files = listProtoFiles();
  const output = new Map<string, string>();
  for (const file of files) {
    output.set(`${GENERATED_DIRECTORY}/${file.module}.js`, generateStaticCode(file));
    output.set(`${GENERATED_DIRECTORY}/${file.module}.d.ts`, generateDeclarations(file));
  }
  output.set(`${GENERATED_DIRECTORY}/schema.ts`, generateSchemaTable(files));
  return output;
}

function write(output: ReadonlyMap<string, string>): void {
  for (const [path, text] of output) {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
}

if (import.meta.main) {
  const output = generate();
  write(output);
  console.error(`Generated ${output.size} files in ${GENERATED_DIRECTORY}`);
}
