import { JflowError } from "../../util/errors.ts";

const INLINE_FLAGS = /^\(\?([aiLmsux]+)\)/;
const PATTERN_LENGTH = 1_000;

function translate(pattern: string): string {
  return pattern
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`)
    .replaceAll(String.raw`\Z`, String.raw`(?![\s\S])`)
    .replaceAll(String.raw`\A`, String.raw`(?<![\s\S])`);
}

/**
 * A Python regular expression as `re.match` applies it: it must match from the start of the text,
 * not to its end. What Python writes differently (named groups, `\A`, `\Z`, leading flags) is
 * translated. Throws `INVALID_ARGUMENT` for a pattern that is none.
 */
export function compilePythonMatch(pattern: string): (text: string) => boolean {
  if (pattern.length > PATTERN_LENGTH) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `target_executor is longer than ${PATTERN_LENGTH} characters`,
    );
  }
  const inline = INLINE_FLAGS.exec(pattern);
  const flags = ["i", "m", "s"].filter((flag) => inline?.[1]?.includes(flag));
  const body = translate(pattern.slice(inline?.[0].length ?? 0));
  try {
    const regex = new RegExp(body, ["y", ...flags].join(""));
    return (text) => {
      regex.lastIndex = 0;
      return regex.test(text);
    };
  } catch (cause) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `target_executor "${pattern}" is no regular expression`,
      { cause },
    );
  }
}
