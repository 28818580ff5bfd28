/** Thrown for an array that numpy printed without its middle. */
export class CutArrayError extends Error {
  constructor() {
    super("numpy left out the middle of the array (...)");
  }
}

/**
 * Reads a value as Python prints it, which pandas and docarray write into the cells of a table:
 * `{'a': True}`, `['x', None]`, arrays of numpy such as `[1. 0.5]`, and JSON with `NaN`. Throws
 * `SyntaxError` for other texts, and `CutArrayError` for an array that is not complete.
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new LiteralReader(text);
  const value = reader.value();
  if (!reader.isAtEnd()) throw reader.error();
  return value;
}

const NAMES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["None", null],
  ["True", true],
  ["False", false],
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["null", null],
  ["true", true],
  ["false", false],
]);
const CLOSING: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}" };
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const NAME = /-?[a-z_][\w.]*/iy;
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy;
const SPACE = /[\s,]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\n": "" };

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#match(SPACE);
    return this.#at === this.#text.length;
  }

  error(): Error {
    return this.#text.startsWith("...", this.#at)
      ? new CutArrayError()
      : new SyntaxError(`unexpected text at position ${this.#at}`);
  }

  value(): unknown {
    this.#match(SPACE);
    const first = this.#text[this.#at] ?? "";
    if (first === "{") return this.#mapping();
    if (first === "[" || first === "(") return this.#list();
    const string = this.#match(STRING);
    if (string !== undefined) return unescape(string.slice(1, -1));
    const number = this.#match(NUMBER);
    return number === undefined ? this.#name() : Number(number);
  }

  /** Reads `None`, `nan`, or the first argument of a call such as `np.float64(0.5)`. */
  #name(): unknown {
    const name = this.#match(NAME);
    if (name !== undefined && NAMES.has(name)) return NAMES.get(name);
    if (name === undefined || this.#text[this.#at] !== "(") throw this.error();
    this.#at += 1;
    const value = this.value();
    const end = this.#text.indexOf(")", this.#at);
    if (end < 0) throw this.error();
    this.#at = end + 1;
    return value;
  }

  #list(): unknown[] {
    const end = CLOSING[this.#text[this.#at]!]!;
    this.#at += 1;
    const items: unknown[] = [];
    while (!this.#ends(end)) items.push(this.value());
    return items;
  }

  #mapping(): Record<string, unknown> {
    this.#at += 1;
    const entries: [string, unknown][] = [];
    while (!this.#ends("}")) {
      const key = this.value();
      this.#match(SPACE);
      if (this.#text[this.#at] !== ":") throw this.error();
      this.#at += 1;
      entries.push([String(key), this.value()]);
    }
    return Object.fromEntries(entries);
  }

  #ends(end: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== end) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

function unescape(text: string): string {
  return text.replaceAll(/\\(x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|.)/gis, (_, escape: string) =>
    escape.length === 1
      ? (ESCAPES[escape] ?? escape)
      : String.fromCodePoint(parseInt(escape.slice(1), 16)),
  );
}
