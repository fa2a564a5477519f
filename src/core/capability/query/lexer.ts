import { QUERY_LIMITS, QueryError } from "./query.ts";

export type TokenKind = "word" | "quoted" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Of a quoted text, what it stands for. */
  readonly text: string;
  /** Counts characters from 1. */
  readonly position: number;
  /** Whether nothing stands between this and the token before. */
  readonly isJoined: boolean;
}

/** What needs no quotes, unless two dots in it would read as a range. */
export const WORD = /[A-Za-z0-9_/@%+-](?:\.?[A-Za-z0-9_/@%+-])*/y;
const SYMBOL = /\.\.|!=|<=|>=|\^=|[:=<>~(),*]/y;
// deno-lint-ignore no-control-regex
const QUOTED = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;

/** Takes a query's text apart. What is left at the end is a token as well, so that errors have a place. */
export function tokensOf(text: string): Token[] {
  const { characters } = QUERY_LIMITS;
  if (text.length > characters) {
    throw new QueryError(
      { position: characters + 1 },
      `it is longer than ${characters} characters`,
    );
  }
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const spaces = match(SPACE, text, at)!.length;
    at += spaces;
    if (at === text.length) break;
    const [kind, source] = tokenAt(text, at);
    const value = kind === "quoted" ? JSON.parse(source) as string : source;
    tokens.push({ kind, text: value, position: at + 1, isJoined: spaces === 0 });
    at += source.length;
  }
  return [...tokens, { kind: "end", text: "", position: text.length + 1, isJoined: false }];
}

function tokenAt(text: string, at: number): [kind: TokenKind, source: string] {
  const word = match(WORD, text, at);
  if (word !== undefined) return ["word", word];
  const symbol = match(SYMBOL, text, at);
  if (symbol !== undefined) return ["symbol", symbol];
  const quoted = match(QUOTED, text, at);
  if (quoted !== undefined) return ["quoted", quoted];
  const state = text[at] === '"'
    ? "the text that begins here does not end"
    : `expected a field, a value or an operator, found ${JSON.stringify(text[at])}`;
  throw new QueryError({ position: at + 1 }, state);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
