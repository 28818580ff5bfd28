import { MAX_VARIABLE_DEPTH } from "../../util/limits/flow-file.ts";

/** Returns the values of variables, or `undefined` for a variable that is not set. */
export interface VariableScope {
  environment(name: string): string | undefined;
  context(name: string): string | undefined;
}

/** A reference that cannot be replaced. `start` and `end` are offsets in the text. */
export interface VariableProblem {
  readonly severity: "error" | "warning";
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
}

/** A text with its variables replaced. */
export interface Substitution {
  readonly text: string;
  /** Whether any reference was replaced. */
  readonly changed: boolean;
  /** Whether a reference of the form `${{ ... }}` was replaced. */
  readonly hasJinaForm: boolean;
  readonly problems: readonly VariableProblem[];
}

const REFERENCE = /\$\$|\$\{\{|\$\{|\$[A-Za-z_][A-Za-z0-9_]*/g;
/** Opening and closing braces inside `${...}`. A whole `${{...}}` counts as neither. */
const BRACES = /\$\{\{[^}]*\}\}|\$\{|\}/g;
const JINA_FORM = /^\s*(?:(ENV|env|CONTEXT|context)\.)?([A-Za-z_][A-Za-z0-9_]*)\s*$/;
const SHELL_FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([\s\S]*))?$/;
const WRITE_DOLLAR = "write $$ for a dollar sign";

/**
 * Replaces `${{ ENV.X }}`, `${{ CONTEXT.X }}`, `${{ X }}` (context), `${X}`, `${X:-default}`,
 * `${X:?message}`, `$X` if it is set, and `$$` (one dollar sign). References in the value of a
 * variable are not replaced. With `:-` and `:?`, an empty variable counts as not set.
 */
export function substitute(text: string, scope: VariableScope): Substitution {
  return substituteAt(text, scope, 0);
}

function substituteAt(text: string, scope: VariableScope, depth: number): Substitution {
  const problems: VariableProblem[] = [];
  let out = "";
  let at = 0;
  let changed = false;
  let hasJinaForm = false;
  for (let match = nextReference(text, at); match; match = nextReference(text, at)) {
    const start = match.index;
    const reference = readReference(text, start, match[0]);
    const value = resolve(reference, { scope, depth });
    if (value.problem)
      problems.push({ severity: "error", start, end: reference.end, ...value.problem });
    out += text.slice(at, start) + (value.text ?? text.slice(start, reference.end));
    changed ||= value.text !== undefined;
    hasJinaForm ||= value.text !== undefined && reference.form === "jina";
    at = reference.end;
  }
  return { text: out + text.slice(at), changed, hasJinaForm, problems };
}

function nextReference(text: string, from: number): RegExpExecArray | null {
  REFERENCE.lastIndex = from;
  return REFERENCE.exec(text);
}

interface Reference {
  readonly form: "dollar" | "bare" | "jina" | "shell" | "open";
  readonly body: string;
  /** The offset after the reference. */
  readonly end: number;
}

function readReference(text: string, start: number, opening: string): Reference {
  if (opening === "$$") return { form: "dollar", body: "", end: start + 2 };
  if (opening === "${{") {
    const close = text.indexOf("}}", start);
    if (close === -1) return { form: "open", body: "${{", end: text.length };
    return { form: "jina", body: text.slice(start + 3, close), end: close + 2 };
  }
  if (opening === "${") {
    const close = findClose(text, start + 2);
    if (close === -1) return { form: "open", body: "${", end: text.length };
    return { form: "shell", body: text.slice(start + 2, close), end: close + 1 };
  }
  return { form: "bare", body: opening.slice(1), end: start + opening.length };
}

/** Returns the offset of the brace that closes a `${`, past nested references. */
function findClose(text: string, from: number): number {
  let open = 1;
  BRACES.lastIndex = from;
  for (let match = BRACES.exec(text); match; match = BRACES.exec(text)) {
    if (match[0] === "}") open -= 1;
    else if (match[0] === "${") open += 1;
    if (open === 0) return match.index;
  }
  return -1;
}

interface Resolved {
  readonly text?: string;
  readonly problem?: Pick<VariableProblem, "message" | "hint"> & { readonly severity?: "warning" };
}

function resolve(reference: Reference, where: { scope: VariableScope; depth: number }): Resolved {
  const { form, body } = reference;
  if (form === "dollar") return { text: "$" };
  if (form === "open")
    return { problem: { message: `"${body}" is not closed`, hint: WRITE_DOLLAR } };
  if (form === "bare") return resolveBare(body, where.scope);
  return form === "jina" ? resolveJina(body, where.scope) : resolveShell(body, where);
}

/**
 * A bare `$X` is Jina's older form. It is replaced only if the variable is set, as in Jina, because
 * regular expressions and passwords contain `$`. A warning names a variable that is not set.
 */
function resolveBare(name: string, scope: VariableScope): Resolved {
  const text = scope.environment(name);
  if (text !== undefined) return { text };
  return {
    problem: {
      severity: "warning",
      message: `$${name} is kept as text: environment variable "${name}" is not set`,
      hint: `write \${${name}} to require the variable, or $$${name} for the text`,
    },
  };
}

function resolveJina(body: string, scope: VariableScope): Resolved {
  const match = JINA_FORM.exec(body);
  if (!match) {
    return {
      problem: {
        message: `\${{${body}}} does not name a variable`,
        hint: "write ${{ ENV.NAME }} or ${{ CONTEXT.NAME }}",
      },
    };
  }
  const [, source, name = ""] = match;
  const isEnvironment = source?.toUpperCase() === "ENV";
  const text = isEnvironment ? scope.environment(name) : scope.context(name);
  if (text !== undefined) return { text };
  if (isEnvironment) return { problem: notSet(name) };
  return {
    problem: {
      message: `context variable "${name}" is not set`,
      hint: `write \${{ ENV.${name} }} for an environment variable`,
    },
  };
}

function resolveShell(body: string, where: { scope: VariableScope; depth: number }): Resolved {
  const match = SHELL_FORM.exec(body);
  if (!match) {
    const hint = `write \${NAME}, \${NAME:-default} or \${NAME:?message}; ${WRITE_DOLLAR}`;
    return { problem: { message: `\${${body}} does not name a variable`, hint } };
  }
  const [, name = "", operator, operand = ""] = match;
  const value = where.scope.environment(name);
  if (operator === undefined)
    return value === undefined ? { problem: notSet(name) } : { text: value };
  if (value !== undefined && value !== "") return { text: value };
  if (operator === ":-") return resolveDefault(operand, where);
  return {
    problem: {
      message: operand === "" ? `environment variable "${name}" is not set` : `${name}: ${operand}`,
    },
  };
}

function resolveDefault(
  operand: string,
  { scope, depth }: { scope: VariableScope; depth: number },
): Resolved {
  if (depth >= MAX_VARIABLE_DEPTH)
    return {
      problem: { message: `defaults are nested more than ${MAX_VARIABLE_DEPTH} levels deep` },
    };
  const nested = substituteAt(operand, scope, depth + 1);
  const problem = nested.problems.find(({ severity }) => severity === "error");
  if (!problem) return { text: nested.text };
  const { message, hint } = problem;
  return { problem: { message, ...(hint === undefined ? {} : { hint }) } };
}

function notSet(name: string): NonNullable<Resolved["problem"]> {
  return {
    message: `environment variable "${name}" is not set`,
    hint: `set the variable, or write \${${name}:-default}`,
  };
}
