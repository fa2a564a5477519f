/** A string literal, without its quotes. */
export interface Literal {
  readonly offset: number;
  readonly text: string;
}

/** A source text, taken apart into the three things that rules ask about. All offsets agree. */
export interface Source {
  /** The text with comments and the insides of literals blanked out. */
  readonly code: string;
  /** The text with everything but comments blanked out. */
  readonly comments: string;
  readonly literals: readonly Literal[];
}

/** Reads TypeScript just well enough to tell code from comments, strings and regular expressions. */
export function readSource(text: string): Source {
  const reader = new Reader(text);
  reader.readCode(text.length);
  return reader.source();
}

/** After one of these a slash starts a regular expression; after anything else it divides. */
const BEFORE_EXPRESSION = /(?:^|[(,=:[!&|?{};+*%<>~^-]|\b(?:return|typeof|case|in|of))\s*$/;

class Reader {
  readonly #text: string;
  readonly #code: string[];
  readonly #comments: string[];
  readonly #literals: Literal[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#code = [...blank(text)];
    this.#comments = [...blank(text)];
  }

  source(): Source {
    return {
      code: this.#code.join(""),
      comments: this.#comments.join(""),
      literals: this.#literals,
    };
  }

  /** Reads up to the end, or up to the brace that closes a `${`. */
  readCode(end: number): void {
    let depth = 0;
    while (this.#at < end) {
      const character = this.#text[this.#at]!;
      if (character === "{") depth++;
      if (character === "}" && depth-- === 0) return;
      if (this.#starts("//")) this.#readComment(this.#find("\n"));
      else if (this.#starts("/*")) this.#readComment(this.#find("*/") + 2);
      else if (character === "/" && this.#expressionMayStart()) this.#readRegularExpression();
      else if (character === '"' || character === "'") this.#readString(character);
      else if (character === "`") this.#readTemplate();
      else this.#keep();
    }
  }

  #starts(prefix: string): boolean {
    return this.#text.startsWith(prefix, this.#at);
  }

  #find(needle: string): number {
    const found = this.#text.indexOf(needle, this.#at);
    return found === -1 ? this.#text.length : found;
  }

  #keep(): void {
    this.#code[this.#at] = this.#text[this.#at]!;
    this.#at++;
  }

  #readComment(end: number): void {
    for (; this.#at < end && this.#at < this.#text.length; this.#at++) {
      this.#comments[this.#at] = this.#text[this.#at]!;
    }
  }

  #expressionMayStart(): boolean {
    const before = this.#code.slice(Math.max(0, this.#at - 80), this.#at).join("");
    return BEFORE_EXPRESSION.test(before);
  }

  #readRegularExpression(): void {
    let inClass = false;
    for (this.#keep(); this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === "\\") this.#at++;
      else if (character === "[") inClass = true;
      else if (character === "]") inClass = false;
      else if (character === "\n" || (character === "/" && !inClass)) break;
    }
    this.#keep();
  }

  #readString(quote: string): void {
    const start = this.#at + 1;
    for (this.#keep(); this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === "\\") this.#at++;
      else if (character === quote || character === "\n") break;
    }
    this.#addLiteral(start);
    this.#keep();
  }

  #readTemplate(): void {
    let start = this.#at + 1;
    this.#keep();
    while (this.#at < this.#text.length && this.#text[this.#at] !== "`") {
      if (this.#starts("${")) {
        this.#addLiteral(start);
        this.#at += 2;
        this.readCode(this.#text.length);
        start = this.#at + 1;
      }
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#addLiteral(start);
    this.#keep();
  }

  #addLiteral(start: number): void {
    this.#literals.push({ offset: start, text: this.#text.slice(start, this.#at) });
  }
}

/** Spaces for everything but line ends, so that offsets and line numbers stay what they were. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}
