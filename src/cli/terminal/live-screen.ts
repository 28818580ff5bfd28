const ESCAPE = "\u001B";

/** Lines on a terminal that are redrawn in place. */
export class LiveLines {
  readonly #stream: NodeJS.WriteStream;
  #drawnLines = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Draws the lines that fit the height. A line must fit the width. */
  draw(lines: readonly string[]): void {
    const height = Math.max(1, (this.#stream.rows || 24) - 1);
    const hidden = lines.length - height;
    const shown =
      hidden > 0 ? [...lines.slice(0, height - 1), `... ${hidden + 1} more lines`] : lines;
    const erase = this.#drawnLines > 0 ? `${ESCAPE}[${this.#drawnLines}A${ESCAPE}[0J` : "";
    this.#stream.write(erase + shown.map((line) => `${line}\n`).join(""));
    this.#drawnLines = shown.length;
  }
}

/** The alternate screen of a terminal: what was there before returns when it is closed. */
export class FullScreen {
  readonly #stream: NodeJS.WriteStream;
  readonly #restore = (): void => {
    this.#stream.write(`${ESCAPE}[?25h${ESCAPE}[?1049l`);
  };

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    process.once("exit", this.#restore);
    stream.write(`${ESCAPE}[?1049h${ESCAPE}[?25l`);
  }

  /** Draws the lines that fit the height. A line must fit the width. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.#stream.rows || 24);
    const text = shown.map((line) => `${line}${ESCAPE}[K`).join("\r\n");
    this.#stream.write(`${ESCAPE}[H${text}${ESCAPE}[0J`);
  }

  close(): void {
    process.off("exit", this.#restore);
    this.#restore();
  }
}
