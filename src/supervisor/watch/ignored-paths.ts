import { relative, sep } from "node:path";

/** Packages change by an installation, not by an editor. */
const PACKAGES = "node_modules";

/**
 * Returns a test of absolute paths by patterns relative to `directory`: `*` and `?` match within a
 * name, `**` matches any folders. A pattern without a slash matches a name in any folder. A pattern
 * of a folder matches everything in it.
 */
export function makeIgnore(
  directory: string,
  patterns: readonly string[],
): (path: string) => boolean {
  const expressions = patterns.map(toExpression);
  return (path) => {
    const local = relative(directory, path).split(sep).join("/");
    return (
      local.split("/").includes(PACKAGES) ||
      expressions.some((expression) => expression.test(local))
    );
  };
}

function toExpression(pattern: string): RegExp {
  const trimmed = pattern.replace(/^\.?\//, "").replace(/\/+$/, "");
  const isAnywhere = !pattern.replace(/\/+$/, "").includes("/");
  const body = trimmed.split(/(\*\*\/|\*\*|\*|\?)/).map(translate);
  return new RegExp(`^${isAnywhere ? "(?:.*/)?" : ""}${body.join("")}(?:/.*)?$`, "u");
}

function translate(part: string): string {
  if (part === "**/") return "(?:.*/)?";
  if (part === "**") return ".*";
  if (part === "*") return "[^/]*";
  return part === "?" ? "[^/]" : part.replaceAll(/[\\^$.|+()[\]{}/-]/g, String.raw`\$&`);
}
