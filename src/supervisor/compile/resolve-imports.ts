import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, extname, resolve } from "node:path";
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

/** The imports that the compiled file can make. */
export interface ImportPaths {
  /** The `index.js` of the running installation, absolute: the target of `jflow`. */
  readonly api: string;
  /** A package that goes into the compiled file: the package that `uses` names. */
  readonly inlined?: string;
  /** Receives each path of the user that is read or looked for. */
  readonly looked: (path: string) => void;
}

/**
 * Files of the user go into the compiled file. `jflow` resolves to the running installation. Every
 * other package stays external and is resolved from the importing file, so that native code and the
 * state of a package work as in Node.
 */
export function resolveImports(paths: ImportPaths): Plugin {
  return {
    name: "jflow-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => resolveImport(build, paths, args));
      build.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: "file" }, keepOwnPlace(build, paths));
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
  if (!isInlined(args, paths)) return findOutside(build, args);
  if (RELATIVE.test(args.path)) listCandidates(args).forEach(paths.looked);
  return undefined;
}

/** Returns the files that a relative import may mean. */
function listCandidates({ path, resolveDir }: OnResolveArgs): readonly string[] {
  const exact = resolve(resolveDir, path);
  const stem = exact.replace(/\.[cm]?js$/, "");
  const endings = Object.keys(LOADERS);
  return [
    exact,
    ...endings.map((ending) => stem + ending),
    ...endings.map((ending) => resolve(exact, `index${ending}`)),
  ];
}

/** Returns whether esbuild puts the module into the compiled file. */
function isInlined(args: OnResolveArgs, paths: ImportPaths): boolean {
  if (args.kind === "entry-point" || args.pluginData === JFLOW) return true;
  if (args.path === paths.inlined && args.importer === "<stdin>") return true;
  return RELATIVE.test(args.path) && extname(args.path) !== ".node";
}

/**
 * Returns undefined for a bare name that resolves to a file of the user: esbuild then resolves it
 * again.
 */
async function findOutside(
  build: PluginBuild,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  // esbuild resolves as Node does. The mark keeps this question from coming back here.
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
 * An alias of `tsconfig.json`, a `#name` of `package.json` or a workspace package may resolve to
 * TypeScript, which Node does not load. A name that no package can have (`#x`, `@/x`, `~/x`) is a
 * file of the user.
 */
function isOwn(name: string, path: string): boolean {
  return /\.[cm]?tsx?$/.test(path) || (/^(?:#|[@~]\/)/.test(name) && extname(path) !== ".node");
}

/** `require` takes paths, `import` takes URLs. */
function asOutside(path: string, { kind }: OnResolveArgs): OnResolveResult {
  return { path: kind === "require-call" ? path : pathToFileURL(path).href, external: true };
}

/**
 * The compiled file is in another folder, so `import.meta.url`, `__dirname` and `__filename` are
 * replaced by those of the source file.
 */
function keepOwnPlace(
  build: PluginBuild,
  { looked }: ImportPaths,
): (args: OnLoadArgs) => Promise<OnLoadResult | undefined> {
  return async ({ path }) => {
    looked(path);
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
