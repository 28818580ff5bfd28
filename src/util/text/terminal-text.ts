/** A colour or a style: SGR with plain parameters. */
// oxlint-disable-next-line no-control-regex
const STYLE = /\u001B\[[0-9;:]*m/y;
/**
 * Sequences that a terminal obeys (ECMA-48): strings such as titles, then commands with parameters,
 * then short escapes. https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const SEQUENCE =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C|$)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[ -/]*[0-~]?/y;
/** Control characters apart from the tab and the line feed. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;
const RESET = "\u001B[0m";

/**
 * Returns text of another program as a terminal may show it: with its colours, which end with the
 * line, and without any other control code.
 */
export function cleanText(text: string): string {
  return CONTROL.test(text) ? text.split("\n").map(cleanLine).join("\n") : text;
}

function cleanLine(line: string): string {
  let clean = "";
  let isStyled = false;
  for (let at = 0; at < line.length;) {
    const style = matchAt(STYLE, line, at);
    const sequence = style ?? matchAt(SEQUENCE, line, at);
    if (style !== undefined) {
      clean += style;
      isStyled = !isReset(style);
    } else if (sequence === undefined && !CONTROL.test(line[at]!)) clean += line[at];
    at += sequence?.length ?? 1;
  }
  return isStyled ? clean + RESET : clean;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function isReset(style: string): boolean {
  return /^[0;:]*$/.test(style.slice(2, -1));
}
