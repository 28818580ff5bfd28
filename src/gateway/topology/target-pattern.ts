import { JflowError } from "../../util/errors.ts";
import { MAX_TARGET_PATTERN_CHARS } from "../../util/limits/requests.ts";

const INLINE_FLAGS = /^\(\?([aiLmsux]+)\)/;

const isAnyName = (): boolean => true;

/**
 * Compiles `target_executor`, a Python regular expression, to a test of deployment names. It
 * matches as Python's `re.match` does: from the start of the name, not to its end. Syntax that
 * differs (named groups, `\A`, `\Z`, leading flags) is translated. An empty pattern matches every
 * name. Throws `INVALID_ARGUMENT` if the pattern is not a regular expression.
 */
export function compileTargetPattern(pattern: string): (name: string) => boolean {
  if (pattern === "") return isAnyName;
  if (pattern.length > MAX_TARGET_PATTERN_CHARS) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `target_executor is longer than ${MAX_TARGET_PATTERN_CHARS} characters`,
    );
  }
  const inline = INLINE_FLAGS.exec(pattern);
  const flags = ["i", "m", "s"].filter((flag) => inline?.[1]?.includes(flag));
  const body = translate(pattern.slice(inline?.[0].length ?? 0));
  try {
    const regex = new RegExp(body, ["y", ...flags].join(""));
    return (name) => {
      regex.lastIndex = 0;
      return regex.test(name);
    };
  } catch (cause) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `target_executor "${pattern}" is not a valid regular expression`,
      { cause },
    );
  }
}

function translate(pattern: string): string {
  return pattern
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`)
    .replaceAll(String.raw`\Z`, String.raw`(?![\s\S])`)
    .replaceAll(String.raw`\A`, String.raw`(?<![\s\S])`);
}
