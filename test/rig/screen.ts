const ESCAPE = "\u001B";
const SEQUENCE = new RegExp(String.raw`${ESCAPE}(?:([78])|\[(\??)([\d;]*)([A-Za-z]))`, "y");

/**
 * Returns the lines that a terminal with this width shows after a program's output, without
 * trailing spaces. Supports the sequences of `jflow` and `cli-progress`, and ignores colors. Throws
 * for other sequences.
 */
export function showOnScreen(output: string, columns: number): readonly string[] {
  const screen = new Screen(columns);
  for (let at = 0; at < output.length;) {
    SEQUENCE.lastIndex = at;
    const sequence = SEQUENCE.exec(output);
    if (sequence !== null) screen.command(sequence);
    else screen.put(output[at]!);
    at += sequence?.[0].length ?? 1;
  }
  return screen.lines;
}

class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #saved: readonly [row: number, column: number] = [0, 0];
  #wraps = true;

  constructor(columns: number) {
    this.#columns = columns;
  }

  get lines(): readonly string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#goDown();
    else {
      if (this.#column >= this.#columns && this.#wraps) {
        this.#column = 0;
        this.#goDown();
      }
      this.#rows[this.#row]![Math.min(this.#column, this.#columns - 1)] = character;
      this.#column += 1;
    }
  }

  command([whole, place, mark, numbers, letter]: RegExpExecArray): void {
    const isWrap = mark === "?" && numbers === "7";
    if (place === "7") this.#saved = [this.#row, this.#column];
    else if (place === "8") [this.#row, this.#column] = this.#saved;
    else if (isWrap) this.#wraps = letter === "h";
    else if (letter === "G") this.#column = Number(numbers || 1) - 1;
    else if (letter === "K")
      this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
    else if (letter !== "m" && mark !== "?")
      throw new Error(`the screen does not know ${JSON.stringify(whole)}`);
  }

  #goDown(): void {
    this.#row += 1;
    this.#rows[this.#row] ??= [];
  }
}
