/** A mistake in a reference in the value of a variable. */
export interface InterpolationProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
}

export interface Interpolated {
  readonly text: string;
  readonly problems: readonly InterpolationProblem[];
}

const REFERENCE = /\$(?:\$|\{|([A-Za-z_][A-Za-z0-9_]*)|)/g;
const BRACED = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([\s\S]*))?$/;
const NO_REFERENCE = {
  hint: "write ${NAME} for a variable, or $$ or single quotes for a dollar sign",
};

/**
 * Replaces `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?message}`, `${X?message}`,
 * `${X:+text}` and `${X+text}` as docker compose does, and `$$` by a dollar sign. With a colon, an
 * empty variable counts as not set. A variable that is not set becomes an empty text with a
 * warning. https://docs.docker.com/reference/compose-file/interpolation/
 */
export function interpolate(
  text: string,
  lookUp: (name: string) => string | undefined,
): Interpolated {
  const problems: InterpolationProblem[] = [];
  let out = "";
  let at = 0;
  for (let match = next(text, at); match !== null; match = next(text, at)) {
    out += text.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[0] === "$$") out += "$";
    else if (match[0] === "$") {
      out += "$";
      problems.push({ severity: "error", message: "a $ without a name", ...NO_REFERENCE });
    } else {
      const end = match[0] === "${" ? findClose(text, at) : at;
      const body = match[1] ?? text.slice(at, end);
      const found = resolveReference(body, lookUp);
      out += found.text;
      problems.push(...found.problems);
      at = match[0] === "${" ? end + 1 : end;
    }
  }
  return { text: out + text.slice(at), problems };
}

function next(text: string, from: number): RegExpExecArray | null {
  REFERENCE.lastIndex = from;
  return REFERENCE.exec(text);
}

/** Returns the offset of the brace that closes `${`, or the end of the text. */
function findClose(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith("${", at)) open += 1;
    if (text[at] === "}") open -= 1;
    if (open === 0) return at;
  }
  return text.length;
}

function resolveReference(
  body: string,
  lookUp: (name: string) => string | undefined,
): Interpolated {
  const reference = readReference(body);
  if (reference === undefined) {
    const message = `\${${body}} does not name a variable`;
    return { text: "", problems: [{ severity: "error", message, ...NO_REFERENCE }] };
  }
  const { name, operator, operand, isEmptyUnset } = reference;
  const value = lookUp(name);
  const isUnset = value === undefined || (isEmptyUnset && value === "");
  if (operator === "+") return isUnset ? NOTHING : interpolate(operand, lookUp);
  if (!isUnset) return { text: value, problems: [] };
  if (operator === "-") return interpolate(operand, lookUp);
  const required = operator === "?" ? operand : undefined;
  return { text: "", problems: [describeUnset(name, required)] };
}

interface Reference {
  readonly name: string;
  /** `-`, `?`, `+` or empty. */
  readonly operator: string;
  readonly operand: string;
  /** Whether an empty variable counts as not set. */
  readonly isEmptyUnset: boolean;
}

function readReference(body: string): Reference | undefined {
  const match = BRACED.exec(body);
  if (match === null) return undefined;
  const [, name = "", operator = "", operand = ""] = match;
  return { name, operator: operator.slice(-1), operand, isEmptyUnset: operator.startsWith(":") };
}

const NOTHING: Interpolated = { text: "", problems: [] };

/** `required`: the message of a variable that must be set; undefined for another variable. */
function describeUnset(name: string, required: string | undefined): InterpolationProblem {
  if (required === undefined)
    return {
      severity: "warning",
      message: `variable "${name}" is not set: an empty text takes its place`,
      hint: `write \${${name}:-default}, or $$${name} for the text`,
    };
  const message = required === "" ? `variable "${name}" is not set` : `${name}: ${required}`;
  return { severity: "error", message };
}
