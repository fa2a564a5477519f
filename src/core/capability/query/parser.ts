import { Budget, depthOf, TOO_DEEP } from "./budget.ts";
import { expectedOf } from "./comparison.ts";
import { type Field, isField, ruleOf, suggestField } from "./fields.ts";
import type { Token } from "./lexer.ts";
import { literalIn, numberIn, versionIn } from "./literal.ts";
import {
  type Comparison,
  type Expression,
  type NumberOperator,
  QUERY_LIMITS,
  QueryError,
} from "./query.ts";

const COMPARISONS = "an operator: : = != < <= > >= ~ or ^=";

/** Reads tokens from left to right, and never back. */
export class Parser {
  readonly #tokens: readonly Token[];
  readonly #budget = new Budget();
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[this.#at]!;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  /** Takes the keyword, in capitals or not, if it comes next. */
  takeKeyword(keyword: string): boolean {
    if (!this.#isKeyword(keyword)) return false;
    this.#at++;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    const { kind, text } = this.token;
    if (kind !== "symbol" || text !== symbol) return false;
    this.#at++;
    return true;
  }

  expectSymbol(symbol: string, expected = `${symbol}`): void {
    if (!this.takeSymbol(symbol)) this.refuse(expected);
  }

  expectEnd(): void {
    if (this.token.kind !== "end") {
      this.refuse("AND, OR, PREFER, COMPOSED, NEAR, ORDER BY, LIMIT, AGGREGATE or the end");
    }
  }

  expectField(): Field {
    const { kind, text } = this.token;
    if (kind !== "word" || !isField(text)) this.refuse(suggestField(text));
    this.#at++;
    return text;
  }

  expectNumber(expected: string): number {
    const { kind, text } = this.token;
    const number = kind === "word" ? numberIn(text) : undefined;
    if (number === undefined) this.refuse(expected);
    this.#at++;
    return number;
  }

  refuse(expected: string, token = this.token): never {
    throw new QueryError(
      { position: token.position },
      `expected ${expected}, found ${found(token)}`,
    );
  }

  /** An expression that stands in no other. */
  whole(): Expression {
    const { token } = this;
    const expression = this.expression();
    if (depthOf(expression) > QUERY_LIMITS.depth) {
      throw new QueryError({ position: token.position }, TOO_DEEP);
    }
    return expression;
  }

  expression(): Expression {
    this.#check(this.#budget.enter());
    const expression = this.#series("OR", () => this.#series("AND", () => this.#factor()));
    this.#budget.leave();
    return expression;
  }

  #series(keyword: "AND" | "OR", read: () => Expression): Expression {
    const first = read();
    const terms = [first];
    while (this.takeKeyword(keyword)) terms.push(read());
    return terms.length === 1 ? first : { kind: keyword === "AND" ? "and" : "or", terms };
  }

  #factor(): Expression {
    if (this.takeSymbol("*")) return { kind: "anything" };
    if (this.takeKeyword("NOT")) {
      this.#check(this.#budget.enter());
      const term = this.#factor();
      this.#budget.leave();
      return { kind: "not", term };
    }
    if (this.takeKeyword("HAS")) {
      this.expectSymbol("(");
      const term = this.expression();
      this.expectSymbol(")", "AND, OR or )");
      return { kind: "has", term };
    }
    if (this.takeSymbol("(")) {
      const expression = this.expression();
      this.expectSymbol(")", "AND, OR or )");
      return expression;
    }
    return this.#comparison();
  }

  #comparison(): Comparison {
    const start = this.token;
    if (start.kind === "end") this.refuse("a comparison such as type:sensor");
    const field = this.expectField();
    const operator = this.next();
    const value = this.token;
    const comparison = this.#compare(field, operator);
    const expected = expectedOf(comparison);
    if (expected !== undefined) this.refuse(expected, value);
    this.#check(this.#budget.compare());
    return comparison;
  }

  #compare(field: Field, operator: Token): Comparison {
    switch (operator.kind === "symbol" ? operator.text : "") {
      case ":":
      case "=":
        return this.#equal(field);
      case "!=":
        return this.#unequal(field);
      case "~":
        return { kind: "contains", field, text: this.#expectValue(field).text };
      case "^=":
        return { kind: "version", field, operator: "^=", version: this.#expectVersion(field) };
      case "<":
      case "<=":
      case ">":
      case ">=":
        return this.#ordered(field, operator.text as NumberOperator);
      default:
        return this.refuse(COMPARISONS, operator);
    }
  }

  #equal(field: Field): Comparison {
    if (this.takeSymbol("*")) return { kind: "present", field };
    const value = this.#expectValue(field);
    const { token } = this;
    if (token.kind === "symbol" && token.text === "*" && token.isJoined) {
      this.#at++;
      return { kind: "prefix", field, text: value.text };
    }
    if (this.takeSymbol("..")) {
      const least = value.kind === "word" ? numberIn(value.text) : undefined;
      if (least === undefined) this.refuse("a number before ..", value);
      return { kind: "range", field, least, most: this.expectNumber("a number after ..") };
    }
    return this.#same(field, value, "=");
  }

  #unequal(field: Field): Comparison {
    return this.#same(field, this.#expectValue(field), "!=");
  }

  #same(field: Field, value: Token, operator: "=" | "!="): Comparison {
    const kind = operator === "=" ? "equal" : "unequal";
    const { kind: held } = ruleOf(field);
    if (value.kind === "quoted" || held === "text") return { kind, field, value: value.text };
    const version = held === "any" ? versionIn(value.text) : undefined;
    if (version !== undefined) return { kind: "version", field, operator, version };
    return { kind, field, value: literalIn(value.text) };
  }

  #ordered(field: Field, operator: NumberOperator): Comparison {
    const value = this.#expectValue(field);
    const version = value.kind === "word" ? versionIn(value.text) : undefined;
    if (version !== undefined) return { kind: "version", field, operator, version };
    const number = value.kind === "word" ? numberIn(value.text) : undefined;
    return { kind: "number", field, operator, value: number ?? NaN };
  }

  #expectVersion(field: Field): string {
    const { kind, text } = this.token;
    const version = kind === "word" ? versionIn(text) : undefined;
    if (version === undefined) this.refuse(`a version such as v1.2.0 for ${field}`);
    this.#at++;
    return version;
  }

  #expectValue(field: Field): Token {
    const { kind } = this.token;
    if (kind !== "word" && kind !== "quoted") this.refuse(`a value for ${field}`);
    return this.next();
  }

  #isKeyword(keyword: string): boolean {
    const { kind, text } = this.token;
    return kind === "word" && text.toUpperCase() === keyword;
  }

  #check(state: string | undefined): void {
    if (state !== undefined) throw new QueryError({ position: this.token.position }, state);
  }
}

function found({ kind, text }: Token): string {
  return kind === "end" ? "the end" : JSON.stringify(text);
}
