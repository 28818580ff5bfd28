import { stripVTControlCharacters } from "node:util";
import { RE2JS, RE2JSSyntaxException } from "re2js";
import type { OutputLine } from "../../../model/output-line.ts";
import { JflowError } from "../../../util/errors.ts";

/**
 * Compiles the pattern of `--grep`: a regular expression in the syntax of RE2, whose search takes
 * time in proportion to the text. Colors in a line are not part of its text. Throws
 * `INVALID_ARGUMENT` with the reason for an invalid pattern.
 */
export function compileGrep(pattern: string): (line: OutputLine) => boolean {
  try {
    const regex = RE2JS.compile(pattern, RE2JS.LOOKBEHINDS);
    return ({ text }) => regex.test(stripVTControlCharacters(text));
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause;
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--grep "${pattern}" is not a regular expression of RE2: ${cause.error}`,
      { cause },
    );
  }
}
