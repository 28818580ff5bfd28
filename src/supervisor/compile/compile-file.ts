import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { BuildFailure, BuildOptions, Message, Metafile } from "esbuild";
import { JflowError } from "../../util/errors.ts";
import { makeDurableFolder } from "../../util/files/durable-folder.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { resolveImports } from "./resolve-imports.ts";

/** The input of a compilation: a file of the user, or a package, resolved from a folder. */
export type CompileSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "package"; readonly name: string; readonly directory: string };

/** The folder of the results, and the API that they import. */
export interface CompilePaths {
  /** The cache: `<hash of the content>.mjs`. */
  readonly folder: string;
  /** The `index.js` of the running installation. */
  readonly api: string;
  /** Receives each path of the user that the compiler reads or looks for. */
  readonly looked?: (path: string) => void;
}

/** A module that Node can load. */
export interface Compiled {
  /** The module, absolute. */
  readonly path: string;
  /** The files of the user that it is made of, absolute. */
  readonly sources: readonly string[];
}

/**
 * Compiles to one ES module with a source map. Returns the main file of a CommonJS package instead.
 * The file is compiled each time, in about ten milliseconds, and named by
 * its content, so no result is stale. Throws `FLOW_INVALID` with `file:line:column` of every error.
 */
export async function compileFile(source: CompileSource, paths: CompilePaths): Promise<Compiled> {
  // Loaded on demand: a flow of built-in executors starts without the compiler.
  const { build } = await import("esbuild");
  try {
    const options = { ...optionsFor(source, paths), write: false, metafile: true } as const;
    let { outputFiles, metafile } = await build(options);
    if (outputFiles.some(({ text }) => ASKS_FOR_REQUIRE.test(text)))
      ({ outputFiles, metafile } = await build({
        ...options,
        banner: { js: makeRequire(source) },
      }));
    const commonJs = source.kind === "package" ? findCommonJs(metafile) : undefined;
    if (commonJs !== undefined) {
      const path = join(directoryOf(source), commonJs);
      return { path, sources: [path] };
    }
    const code = outputFiles.find((file) => file.path.endsWith(".mjs"))!;
    const map = outputFiles.find((file) => file.path.endsWith(".map"))!;
    const path = await store(code.text, map.text, paths.folder);
    return { path, sources: listInputs(metafile, directoryOf(source)) };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new JflowError("FLOW_INVALID", describeErrors(error.errors, source), { cause: error });
  }
}

/** Ends the helper process of the compiler. The process starts again on demand. */
export async function stopCompiler(): Promise<void> {
  const { stop } = await import("esbuild");
  await stop();
}

/**
 * How esbuild writes a `require` of a CommonJS package that stays external. An ES module has no
 * `require` of its own.
 */
const ASKS_FOR_REQUIRE = /\b__require\b/;

function makeRequire(source: CompileSource): string {
  const place = source.kind === "file" ? source.path : join(source.directory, "flow.yml");
  return `import { createRequire as makeRequire } from "node:module"; const require = makeRequire(${JSON.stringify(place)});`;
}

/** The entry of a package is a text, not a file. */
function listInputs({ inputs }: Metafile, directory: string): readonly string[] {
  return Object.keys(inputs)
    .filter((input) => input !== "<stdin>")
    .map((input) => resolve(directory, input));
}

/**
 * Returns the main file of a CommonJS package, relative. Node finds the names that such a file
 * exports; a compiled file would lose them.
 */
function findCommonJs({ inputs }: Metafile): string | undefined {
  const main = inputs["<stdin>"]?.imports[0]?.path;
  return main !== undefined && inputs[main]?.format === "cjs" ? main : undefined;
}

function directoryOf(source: CompileSource): string {
  return source.kind === "file" ? dirname(source.path) : source.directory;
}

function optionsFor(source: CompileSource, paths: CompilePaths): BuildOptions {
  return {
    ...(source.kind === "file"
      ? { entryPoints: [source.path] }
      : {
          stdin: {
            contents: `export * from ${JSON.stringify(source.name)};`,
            resolveDir: source.directory,
            loader: "js",
          },
        }),
    absWorkingDir: directoryOf(source),
    outfile: join(paths.folder, "executor.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // As Node resolves, without the "module" condition of bundlers.
    conditions: ["node", "import"],
    mainFields: ["main"],
    sourcemap: "external",
    keepNames: true,
    logLevel: "silent",
    plugins: [
      resolveImports({
        api: paths.api,
        looked: (path) => paths.looked?.(path),
        ...(source.kind === "package" ? { inlined: source.name } : {}),
      }),
    ],
  };
}

async function store(code: string, map: string, folder: string): Promise<string> {
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const path = join(folder, `${hash}.mjs`);
  if (existsSync(path)) return path;
  await makeDurableFolder(folder);
  await replaceFile(`${path}.map`, map);
  await replaceFile(path, `${code}//# sourceMappingURL=${hash}.mjs.map\n`);
  return path;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function describeErrors(errors: readonly Message[], source: CompileSource): string {
  const what = source.kind === "file" ? source.path : source.name;
  const shown = errors.map((error) => describeError(error, directoryOf(source)));
  return `${what} does not compile\n${shown.join("\n\n")}`;
}

function describeError({ text, location }: Message, directory: string): string {
  const missing = /^Could not resolve "([^./"][^"]*)"/.exec(text)?.[1];
  const hints =
    missing === undefined
      ? []
      : [`  install the package next to the flow file: npm install ${missing}`];
  if (location === null || location.file === "<stdin>")
    return [`error: ${text}`, ...hints].join("\n");
  const { line, column, lineText, length } = location;
  const number = String(line);
  const file = relative(directory, join(directory, location.file));
  const caret = `${" ".repeat(number.length)} | ${" ".repeat(column)}${"^".repeat(Math.max(1, length))}`;
  return [
    `${join(directory, file)}:${line}:${column + 1}: error: ${text}`,
    `${number} | ${lineText}`,
    caret,
    ...hints,
  ].join("\n");
}
