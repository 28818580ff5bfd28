/**
 * Translates a regular expression of Python
 * (https://docs.python.org/3.11/library/re.html#regular-expression-syntax) to the syntax of RE2
 * (https://github.com/google/re2/wiki/Syntax). The result matches in the same texts; groups do not
 * capture. Throws `RangeError` with a replacement for what RE2 does not have.
 */
export function translatePattern(pattern: string, flags: string): string {
  return new Translation(pattern, flags).run();
}

/** Classes of Unicode, as in Python, without brackets: RE2's own are those of ASCII. */
const CLASSES: Readonly<Record<string, string>> = {
  d: String.raw`\p{Nd}`,
  D: String.raw`\p{L}\p{M}\p{Nl}\p{No}\p{P}\p{S}\p{Z}\p{C}`,
  w: String.raw`\p{L}\p{N}_`,
  W: String.raw`\p{M}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\x{203F}\x{2040}\x{2054}\x{FE33}\x{FE34}\x{FE4D}-\x{FE4F}\x{FF3F}\p{S}\p{Z}\p{C}`,
  s: String.raw`\t-\r\x{1C}-\x{1F}\x{85}\p{Z}`,
  S: String.raw`\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}\x{0}-\x{8}\x{E}-\x{1B}\x{7F}-\x{84}\x{86}-\x{9F}`,
};

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})/u;
const CODE_POINT =
  /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(0[0-7]{0,2}|[0-3][0-7]{2}))/u;
const FLAG_GROUP = /^\(\?([aiLmsux]*)(?:-([imsx]+))?([:)])/u;

/** White space and comments in the verbose syntax. */
const IGNORED = /^(?:\s+|#[^\n]*)/u;

class Translation {
  readonly #pattern: string;
  #position = 0;
  #output = "";
  /** The flags in effect. */
  #modes: ReadonlySet<string>;
  /** The flags outside of each open group. */
  readonly #outer: ReadonlySet<string>[] = [];

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern;
    this.#modes = new Set(flags);
  }

  run(): string {
    while (this.#position < this.#pattern.length) this.#step();
    return this.#output;
  }

  get #rest(): string {
    return this.#pattern.slice(this.#position);
  }

  #emit(text: string, length: number): void {
    this.#output += text;
    this.#position += length;
  }

  #step(): void {
    const ignored = this.#modes.has("x") ? IGNORED.exec(this.#rest) : null;
    if (ignored) return this.#emit("", ignored[0].length);
    const quantifier = QUANTIFIER.exec(this.#rest);
    if (quantifier) return this.#quantifier(quantifier[0]);
    const letter = this.#pattern[this.#position]!;
    switch (letter) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(":
        return this.#group();
      case ")":
        return this.#close();
      case "$":
        // Python's $ also stands before a line feed at the end.
        return this.#emit(this.#modes.has("m") ? "$" : String.raw`(?:\n?\z)`, 1);
      default:
        return this.#emit(letter, 1);
    }
  }

  #close(): void {
    this.#modes = this.#outer.pop() ?? this.#modes;
    this.#emit(")", 1);
  }

  #quantifier(quantifier: string): void {
    const next = this.#pattern[this.#position + quantifier.length];
    if (next === "+")
      throw new RangeError(`possessive quantifiers are not supported: write ${quantifier}`);
    const lazy = next === "?" ? "?" : "";
    const text = quantifier.startsWith("{,") ? `{0${quantifier.slice(1)}` : quantifier;
    this.#emit(text + lazy, quantifier.length + lazy.length);
  }

  #escape(): void {
    const letter = this.#pattern[this.#position + 1];
    if (letter === undefined) throw new RangeError("the pattern ends with a backslash");
    const point = this.#codePoint();
    if (point !== undefined) return this.#emit(...point);
    if (/[1-9]/u.test(letter))
      throw new RangeError(`back references such as \\${letter} are not supported: write the text`);
    if (letter === "Z") return this.#emit(String.raw`\z`, 2);
    const group = CLASSES[letter];
    if (group === undefined || this.#modes.has("a")) return this.#emit(`\\${letter}`, 2);
    return this.#emit(`[${group}]`, 2);
  }

  /** Returns an escaped code point in RE2's syntax, and the length of the escape. */
  #codePoint(): [text: string, length: number] | undefined {
    const match = CODE_POINT.exec(this.#rest);
    if (match === null) return undefined;
    const [{ length }, hex2, hex4, hex8, octal] = match;
    const code = octal === undefined ? (hex2 ?? hex4 ?? hex8!) : parseInt(octal, 8).toString(16);
    return [`\\x{${code}}`, length];
  }

  #class(): void {
    const [open] = /^\[\^?\]?/u.exec(this.#rest)!;
    this.#emit(open.endsWith("]") ? `${open.slice(0, -1)}\\]` : open, open.length);
    while (this.#position < this.#pattern.length) {
      const letter = this.#pattern[this.#position]!;
      if (letter === "]") return this.#emit("]", 1);
      if (letter === "[") this.#emit(String.raw`\[`, 1);
      else if (letter === "\\") this.#classEscape();
      else this.#emit(letter, 1);
    }
    throw new RangeError("a [ has no ]");
  }

  #classEscape(): void {
    const letter = this.#pattern[this.#position + 1] ?? "";
    const point = this.#codePoint();
    if (point !== undefined) this.#emit(...point);
    else if (letter === "b") this.#emit(String.raw`\x08`, 2);
    else this.#emit((!this.#modes.has("a") && CLASSES[letter]) || `\\${letter}`, 2);
  }

  #group(): void {
    const rest = this.#rest;
    if (rest.startsWith("(?#")) {
      const end = rest.indexOf(")");
      if (end < 0) throw new RangeError("a comment has no )");
      return this.#emit("", end + 1);
    }
    const flags = FLAG_GROUP.exec(rest);
    if (flags) return this.#flags(flags);
    const [open] = /^\((?:\?P?<[^<>=!]*>|\?<[=!])?/u.exec(rest)!;
    if (open === "(" && rest[1] === "?") throw new RangeError(explainGroup(rest));
    this.#outer.push(this.#modes);
    return this.#emit(/[=!]$/u.test(open) ? open : "(?:", open.length);
  }

  #flags([text = "", on = "", off = "", end]: readonly string[]): void {
    if (end === ":") this.#outer.push(this.#modes);
    const without = on.includes("u") ? `${off}a` : off;
    const modes = [...this.#modes, ...Array.from(on)];
    this.#modes = new Set(modes.filter((mode) => !without.includes(mode)));
    const [more, less] = [on, off].map((letters) => letters.replaceAll(/[^ims]/gu, ""));
    const known = less ? `${more}-${less}` : more;
    const empty = end === ":" ? "(?:" : "";
    this.#emit(known ? `(?${known}${end}` : empty, text.length);
  }
}

function explainGroup(rest: string): string {
  if (/^\(\?[=!]/u.test(rest))
    return `lookahead ${rest.slice(0, 3)} is not supported: combine conditions with $and and $not`;
  if (rest.startsWith("(?P="))
    return "back references such as (?P=name) are not supported: write the text";
  if (rest.startsWith("(?>")) return "atomic groups (?> are not supported: write (?:";
  return `groups that start with ${rest.slice(0, 3)} are not supported: write (?:`;
}
