import { parse, TomlError } from "smol-toml";
import { readRules, RulesError } from "../core/capability/composition/read_rules.ts";
import type { CompositionRule } from "../core/capability/composition/rule.ts";
import { malformed } from "../core/kernel/refusals.ts";

const LONGEST_FILE_BYTES = 1 << 20;

/** Reads the rules in the file, or says what is wrong with it and in which line. */
export function readCompositionFile(path: string): CompositionRule[] {
  let text: string;
  try {
    if (Deno.statSync(path).size > LONGEST_FILE_BYTES) throw new Error("it is too long");
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const state = isMissing ? "it is not there" : (error as Error).message;
    throw refusal(path, state, "say where it is with --composition-rules FILE");
  }
  return parseCompositionRules(text, path);
}

export function parseCompositionRules(text: string, path: string): CompositionRule[] {
  try {
    return readRules(parse(text));
  } catch (error) {
    if (error instanceof TomlError) {
      const [reason = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
      throw refusal(path, `line ${error.line}, column ${error.column}: ${reason}`);
    }
    if (!(error instanceof RulesError)) throw error;
    const line = lineOf(text, error.path);
    const where = line === undefined ? "" : `line ${line}: `;
    throw refusal(path, `${where}${error.path.join(".")}: ${error.state}`, error.hint);
  }
}

/** The line in which the key stands, as far as the file is written the usual way. */
function lineOf(text: string, path: RulesError["path"]): number | undefined {
  const lines = text.split("\n");
  const [top, number] = path;
  if (typeof number !== "number") return lineAfter(lines, 0, lines.length, top) ?? 1;
  const heads = lines.flatMap((line, index) => /^\s*\[\[\s*rules\s*\]\]/.test(line) ? [index] : []);
  const start = heads[number - 1];
  if (start === undefined) return undefined;
  const keys = path.slice(2).filter((step) => typeof step === "string");
  const end = heads[number] ?? lines.length;
  const found = keys.map((key) => lineAfter(lines, start + 1, end, key)).filter((line) =>
    line !== undefined
  );
  return found.at(-1) ?? start + 1;
}

function lineAfter(
  lines: readonly string[],
  start: number,
  end: number,
  key: string | number | undefined,
): number | undefined {
  for (let index = start; index < end; index++) {
    const words: readonly string[] = lines[index]!.replace(/#.*/, "").match(/[A-Za-z0-9_-]+/g) ??
      [];
    if (typeof key === "string" && words.includes(key)) return index + 1;
  }
  return undefined;
}

function refusal(path: string, state: string, hint = "see: peat help query") {
  return malformed(`Cannot read the composition rules in ${path}: ${state}`, {
    code: "composition-rules",
    hint,
  });
}
