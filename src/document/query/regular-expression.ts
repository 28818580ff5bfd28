/** Compiles a regular expression. Throws `RangeError` with the reason for an invalid one. */
export function compileRegex(pattern: string, flags: string): (text: string) => boolean {
  try {
    const regex = new RegExp(pattern, flags);
    return (text) => regex.test(text);
  } catch (cause) {
    throw new RangeError("it is not a valid regular expression", { cause });
  }
}
