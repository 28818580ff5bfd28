import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import type {
  Loader,
  OnLoadArgs,
  OnLoadResult,
  OnResolveArgs,
  OnResolveResult,
  Plugin,
  PluginBuild,
} from "esbuild";

/** The package that a user's executor imports from. */
const JFLOW = "jflow";
const RELATIVE = /^\.{0,2}\//;
const URL = /^(?:node|data|https?):/;
const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
};
const ASKS_WHERE_IT_IS = /import\.meta\.(?:url|dirname|filename)|\b__(?:dir|file)name\b/;

/** What the compiled file may take for granted. */
export interface ImportPaths {
  /** `index.js` of the running installation, absolute: what `jflow` means. */
  readonly api: string;
  /** A bare name that is part of the compiled file all the same: the package that `uses` names. */
  readonly inlined?: string;
}

/**
 * The user's own files go into the compiled one, by whatever name; `jflow` is the running
 * installation; every other package stays outside, found from the file that imports it, so that
 * native code and a package's own state work as in Node.
 */
export function resolveImports(paths: ImportPaths): Plugin {
  return {
    name: "jflow-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => resolveImport(build, paths, args));
      build.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: "file" }, keepOwnPlace(build));
    },
  };
}

async function resolveImport(
  build: PluginBuild,
  paths: ImportPaths,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  if (args.path === JFLOW) return asOutside(paths.api, args);
  if (isBuiltin(args.path) || URL.test(args.path)) return { path: args.path, external: true };
  return isInlined(args, paths) ? undefined : findOutside(build, args);
}

/** Whether esbuild is to put it into the compiled file, found by its own rules. */
function isInlined(args: OnResolveArgs, paths: ImportPaths): boolean {
  if (args.kind === "entry-point" || args.pluginData === JFLOW) return true;
  if (args.path === paths.inlined && args.importer === "<stdin>") return true;
  return RELATIVE.test(args.path) && extname(args.path) !== ".node";
}

/** Undefined where a bare name stands for a file that goes in: esbuild then finds it once more. */
async function findOutside(
  build: PluginBuild,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  // esbuild finds it as Node would; asked with our mark, so that the question does not come back
  // here.
  const found = await build.resolve(args.path, {
    kind: args.kind,
    resolveDir: args.resolveDir,
    importer: args.importer,
    pluginData: JFLOW,
  });
  if (found.errors.length > 0) return { errors: found.errors };
  return isOwn(args.path, found.path) ? undefined : asOutside(found.path, args);
}

/**
 * An alias of `tsconfig.json`, a `#name` of `package.json` or a package of the same workspace may
 * lead to TypeScript, which Node does not load; what cannot be a package's name (`#x`, `@/x`,
 * `~/x`) is a file of the user's anyway.
 */
function isOwn(name: string, path: string): boolean {
  return /\.[cm]?tsx?$/.test(path) || (/^(?:#|[@~]\/)/.test(name) && extname(path) !== ".node");
}

/** `require` takes paths, `import` takes URLs. */
function asOutside(path: string, { kind }: OnResolveArgs): OnResolveResult {
  return { path: kind === "require-call" ? path : pathToFileURL(path).href, external: true };
}

/**
 * The compiled file lies elsewhere: `import.meta.url`, `__dirname` and their like go on naming the
 * file that the user wrote.
 */
function keepOwnPlace(build: PluginBuild): (args: OnLoadArgs) => Promise<OnLoadResult | undefined> {
  return async ({ path }) => {
    const contents = await readFile(path, "utf8");
    const loader = LOADERS[extname(path)];
    if (loader === undefined || !ASKS_WHERE_IT_IS.test(contents)) return undefined;
    const { code, warnings } = await build.esbuild.transform(contents, {
      loader,
      target: "node20",
      sourcefile: path,
      sourcemap: "inline",
      define: {
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.filename": JSON.stringify(path),
        __dirname: JSON.stringify(dirname(path)),
        __filename: JSON.stringify(path),
      },
    });
    return { contents: code, loader: "js", warnings };
  };
}
