import { isAbsolute, resolve } from "node:path";
import { BUILT_INS, findBuiltIn } from "./built-ins.ts";
import { HUB_NAMES, readHubAddress } from "./hub.ts";
import { suggest } from "../../util/text/suggest.ts";
import type { DiagnosticCode } from "../text/diagnostics.ts";
import type { Uses } from "./uses.ts";

/** Why a `uses` is not valid. */
interface UsesProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The folder where relative paths start, and which files exist. */
export interface UsesDeps {
  readonly directory: string;
  exists(path: string): boolean;
}

/** The files that jflow's loader reads. */
const ENDINGS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"] as const;
const EXPORT_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const PACKAGE_NAME =
  /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:\/[A-Za-z0-9._~-]+)*$/;
const EXECUTOR_FILE = /\.(?:ya?ml|jaml)$/;
const PYTHON_CLASS = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
/** The name of a Python class. Names of npm packages have no capitals. */
const CLASS_NAME = /^[A-Z]\w*$/;
/** A class of a module that Python can import: `app.encoders.Encoder`. */
const IMPORTED_CLASS = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.[A-Z]\w*$/;

/** `replaced` is the name in Jina Hub that a built-in replaces. */
type ParsedUses =
  | { readonly uses: Uses; readonly replaced?: string }
  | { readonly problem: UsesProblem };

/**
 * Parses `./x.ts`, `./x.ts#Name`, a package, a built-in, or a Python executor (`config.yml`,
 * `./x.py`, `./x.py#Name`, `app.x.Name`, or a class of `pyModules`). Files must exist. The loader
 * looks for packages later.
 */
export function parseUses(
  text: string,
  files: UsesDeps,
  pyModules: readonly string[] = [],
): ParsedUses {
  return parsePython(text, files, pyModules) ?? parseHub(text) ?? parseOurs(text, files);
}

function parseHub(text: string): ParsedUses | undefined {
  const hub = readHubAddress(text);
  return (
    hub?.executor && { uses: { kind: "builtin", name: hub.executor.builtIn }, replaced: hub.name }
  );
}

function parseOurs(text: string, files: UsesDeps): ParsedUses {
  const foreign = describeForeign(text);
  if (foreign) return { problem: foreign };
  const { target, name: exportName } = splitName(text, files);
  if (exportName !== undefined && !EXPORT_NAME.test(exportName)) {
    const message = `"${text}": "${exportName}" is not a valid export name`;
    return { problem: { code: "uses", message } };
  }
  return parseTarget(target, exportName === undefined ? {} : { exportName }, files);
}

/**
 * Splits `./x.ts#Name`. The name of a file may contain `#` too: the longest file that exists
 * decides.
 */
function splitName(
  text: string,
  files: UsesDeps,
): { readonly target: string; readonly name?: string } {
  const splits = [...text.matchAll(/#/g)].map(({ index }) => ({
    target: text.slice(0, index),
    name: text.slice(index + 1),
  }));
  const first = splits[0];
  if (first === undefined) return { target: text };
  return (
    [{ target: text }, ...splits.toReversed()].find(({ target }) => isThere(target, files)) ?? first
  );
}

function isThere(target: string, files: UsesDeps): boolean {
  const path = resolve(files.directory, target);
  return ["", ...ENDINGS].some((ending) => isFile(target + ending) && files.exists(path + ending));
}

function parseTarget(
  target: string,
  named: { readonly exportName?: string },
  files: UsesDeps,
): ParsedUses {
  if (isFile(target)) {
    const found = findFile(target, files);
    return "problem" in found ? found : { uses: { kind: "file", path: found.path, ...named } };
  }
  if (!findBuiltIn(target)) {
    const isPackage = PACKAGE_NAME.test(target);
    return isPackage
      ? { uses: { kind: "package", name: target, ...named } }
      : { problem: describeUnknown(target) };
  }
  if (named.exportName === undefined) return { uses: { kind: "builtin", name: target } };
  const message = `"${target}#${named.exportName}": a built-in has no exports`;
  return { problem: { code: "uses", message, hint: `write "${target}"` } };
}

const ALTERNATIVES =
  'use a file, a package or a built-in, or run the executor yourself and set "external: true", "host" and "port"';

/** Describes forms of stock Jina that jflow does not support: Jina Hub and containers. */
function describeForeign(text: string): UsesProblem | undefined {
  const hub = readHubAddress(text);
  if (hub) {
    const hint = findBuiltIn(hub.name)
      ? `write "${hub.name}" for the built-in`
      : `${ALTERNATIVES}; built-ins replace ${HUB_NAMES.join(", ")}`;
    return {
      code: "uses",
      message: `"${text}": Jina Hub no longer exists, and jflow does not download executors`,
      hint,
    };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return {
      code: "uses",
      message: `"${text}": jflow does not run containers or download executors`,
      hint: ALTERNATIVES,
    };
  return undefined;
}

function parsePython(
  text: string,
  files: UsesDeps,
  pyModules: readonly string[],
): ParsedUses | undefined {
  const modules = pyModules.map((module) => resolvePyModule(module, files));
  const missing = modules.find((module) => isAbsolute(module) && !files.exists(module));
  if (missing !== undefined)
    return { problem: { code: "uses", message: `py_modules: ${missing} does not exist` } };
  const { target, name } = splitName(text, files);
  if ((target.endsWith(".py") && name !== "") || EXECUTOR_FILE.test(text))
    return parsePythonFile(text, files, modules);
  const isClass = IMPORTED_CLASS.test(text) || (pyModules.length > 0 && PYTHON_CLASS.test(text));
  return isClass ? { uses: { kind: "python", uses: text, modules } } : undefined;
}

/**
 * Resolves an entry of `py_modules` to an absolute path, or to the name of a module that Python can
 * import (`clip_server.executors.clip_torch`), as in Jina. An existing file comes first.
 */
export function resolvePyModule(module: string, files: UsesDeps): string {
  const path = resolve(files.directory, module);
  return isPyModuleName(module) && !files.exists(path) ? module : path;
}

/** Returns whether an entry of `py_modules` may name a module. `encoder.py` is a file. */
export function isPyModuleName(module: string): boolean {
  return PYTHON_CLASS.test(module) && !module.endsWith(".py");
}

function parsePythonFile(text: string, files: UsesDeps, modules: readonly string[]): ParsedUses {
  const split = splitName(text, files);
  const file = split.target.endsWith(".py") ? split.target : undefined;
  const { name } = split;
  const path = resolve(files.directory, file ?? text);
  if (!files.exists(path)) {
    return {
      problem: { code: "uses", message: `${file ?? text} does not exist (looked for ${path})` },
    };
  }
  if (file === undefined) return { uses: { kind: "python", uses: path, modules } };
  return {
    uses: {
      kind: "python",
      modules: [path, ...modules],
      ...(name === undefined ? {} : { uses: name }),
    },
  };
}

function isFile(target: string): boolean {
  return (
    /^(?:\.{0,2}\/|\.{1,2}$)/.test(target) ||
    [...ENDINGS, ".py"].some((ending) => target.endsWith(ending))
  );
}

function findFile(target: string, files: UsesDeps): { path: string } | { problem: UsesProblem } {
  const path = resolve(files.directory, target);
  if (ENDINGS.some((ending) => target.endsWith(ending))) {
    return files.exists(path) ? { path } : { problem: describeMissing(target, path, files) };
  }
  const ending = ENDINGS.find((candidate) => files.exists(path + candidate));
  if (ending !== undefined) return { path: path + ending };
  if (files.exists(path)) {
    return {
      problem: {
        code: "uses",
        message: `"${target}" cannot be loaded: the name of the file must end in ${ENDINGS.join(", ")}`,
      },
    };
  }
  return {
    problem: {
      code: "uses",
      message: `${target} does not exist (looked for ${path}${ENDINGS.join(", ")})`,
    },
  };
}

function describeMissing(target: string, path: string, files: UsesDeps): UsesProblem {
  const ending = ENDINGS.find((candidate) => path.endsWith(candidate)) ?? "";
  const bare = path.slice(0, path.length - ending.length);
  const other = ENDINGS.find((candidate) => candidate !== ending && files.exists(bare + candidate));
  const hint =
    other === undefined
      ? undefined
      : `did you mean "${target.slice(0, target.length - ending.length)}${other}"?`;
  return { code: "uses", message: `${target} does not exist (looked for ${path})`, hint };
}

function describeUnknown(target: string): UsesProblem {
  const meant = suggest(target, Object.keys(BUILT_INS));
  const ofClass = CLASS_NAME.test(target)
    ? 'a Python class needs "py_modules", the file that contains it; '
    : "";
  const hint =
    meant === undefined
      ? `${ofClass}the path of a file starts with "./"; built-ins: ${Object.keys(BUILT_INS).join(", ")}`
      : `did you mean "${meant}"?`;
  return {
    code: "uses",
    message: `"${target}" is not a built-in, a file or the name of a package`,
    hint,
  };
}
