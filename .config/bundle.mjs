// Bundles the entry files of a build with the packages that they import, so that a process starts
// from a few files instead of hundreds. Entries share chunks: a class exists once in a process. The
// other files of the build stay as they are, for tests and benches.
import { copyFileSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { build } from "esbuild";

const ENTRIES = [
  "index",
  "cli/main",
  "gateway/main",
  "supervisor/main",
  "worker/main",
  "executors/base-executor",
  "executors/hnsw-indexer",
  "executors/tfidf-encoder",
];

/** Native or large packages, which few processes load. */
const EXTERNAL = ["esbuild", "hnswlib-node", "@grpc/proto-loader"];

/** What a bundled file needs: the folder of the build, and `require` for bundled CommonJS. */
const BANNER = `import { createRequire as $makeRequire } from "node:module";
const $BUILD = import.meta.url.slice(0, import.meta.url.lastIndexOf("/dist/") + 6);
const require = $makeRequire(import.meta.url);`;

/** Lets a module find files by its own place, although it is bundled into another file. */
function keepPlaces(folder) {
  return {
    name: "keep-places",
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(`${folder}/`)) return undefined;
        const text = readFileSync(path, "utf8");
        const place = `($BUILD + ${JSON.stringify(relative(folder, path))})`;
        return { contents: text.replace(/(?<!")import\.meta\.url/g, () => place), loader: "js" };
      });
    },
  };
}

/** Replaces the entry files in `folder`. */
export async function bundle(folder) {
  await build({
    entryPoints: ENTRIES.map((entry) => `${folder}/${entry}.js`),
    outbase: folder,
    outdir: folder,
    allowOverwrite: true,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: EXTERNAL,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    banner: { js: BANNER },
    plugins: [keepPlaces(resolve(folder))],
    logLevel: "warning",
  });
}

/** Writes the page of `jflow ui`: three files, which load nothing else. */
export async function bundlePage(source, folder) {
  await build({
    entryPoints: [`${source}/main.tsx`, `${source}/page.css`],
    entryNames: "page",
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome123", "firefox120", "safari17.5"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
  });
  copyFileSync(`${source}/index.html`, `${folder}/index.html`);
}
