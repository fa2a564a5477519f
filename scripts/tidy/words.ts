import type { Finding } from "./finding.ts";
import { lineAt, type Tree, type TypeScriptFile } from "./tree.ts";

interface Ban {
  readonly word: RegExp;
  readonly where: RegExp;
  readonly in: "code" | "comments";
  readonly instead: string;
}

const CORE = /^src\/core\//;

/** The core is a function of its inputs; each of these would let something else in. */
const BANS: readonly Ban[] = [
  { word: /\bDeno\./g, where: CORE, in: "code", instead: "an output that the driver acts on" },
  { word: /\bDate\.now\b/g, where: CORE, in: "code", instead: "the `now` that is handed in" },
  { word: /\bperformance\.now\b/g, where: CORE, in: "code", instead: "the `now` handed in" },
  { word: /\bMath\.random\b/g, where: CORE, in: "code", instead: "the `Random` handed in" },
  { word: /\bcrypto\./g, where: CORE, in: "code", instead: "an output that asks for the proof" },
  { word: /\bsetTimeout\b/g, where: CORE, in: "code", instead: "`deadline()`" },
  { word: /\bsetInterval\b/g, where: CORE, in: "code", instead: "`deadline()`" },
  { word: /\bawait\b/g, where: CORE, in: "code", instead: "an output, and its answer as an input" },
  { word: /\bPromise\b/g, where: CORE, in: "code", instead: "an output and an input" },
  {
    word: /\bconsole\.log\b/g,
    where: /^(src|commands)\//,
    in: "code",
    instead: "the command's `out`, which knows formats and closed pipes",
  },
  { word: /\b(?:TODO|FIXME)\b/g, where: /./, in: "comments", instead: "the work itself" },
];

export function checkWords(tree: Tree): Finding[] {
  return tree.sources.flatMap((file) => [
    ...BANS.filter(({ where }) => where.test(file.path)).flatMap((ban) => findWord(file, ban)),
    ...(CORE.test(file.path) ? findForeignModules(file) : []),
  ]);
}

function findWord(file: TypeScriptFile, ban: Ban): Finding[] {
  return [...file[ban.in].matchAll(ban.word)].map((match) => ({
    path: file.path,
    line: lineAt(file.text, match.index),
    message: `${match[0]} is banned here; use ${ban.instead}`,
  }));
}

/** A package or a `node:` module could bring any of the above along. */
function findForeignModules(file: TypeScriptFile): Finding[] {
  return file.imports.filter(({ path }) => path === undefined).map(({ specifier, offset }) => ({
    path: file.path,
    line: lineAt(file.text, offset),
    message: `${specifier} is banned here; use an interface that is handed in`,
  }));
}
