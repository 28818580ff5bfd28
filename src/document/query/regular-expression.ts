import { RE2JS, RE2JSSyntaxException } from "re2js";
import { MAX_PATTERN_LETTERS } from "../../util/limits/documents.ts";
import { translatePattern } from "./python-pattern.ts";

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * Compiles a regular expression in Python's syntax with flags of `imsx`. The search for a match
 * takes time in proportion to the text, for every pattern. Throws `RangeError` with the reason for
 * an invalid pattern, or one that cannot be searched in that time.
 */
export function compileRegex(pattern: string, flags: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_LETTERS)
    throw new RangeError(`the pattern has more than ${MAX_PATTERN_LETTERS} letters`);
  const translated = translatePattern(pattern, flags);
  const bits = Array.from(flags).reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), RE2JS.LOOKBEHINDS);
  try {
    const regex = RE2JS.compile(translated, bits);
    return (text) => regex.test(text);
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause;
    throw new RangeError(cause.error, { cause });
  }
}
