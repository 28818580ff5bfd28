// `node .config/run.mjs test/bench/log.ts [arguments]` runs a TypeScript program of this project,
// because Node 20 cannot run TypeScript.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [program, ...programArguments] = process.argv.slice(2);
// Inside the project, so that Node finds its packages.
const folder = fileURLToPath(new URL("../node_modules/.cache/jflow-run", import.meta.url));
mkdirSync(folder, { recursive: true });
const compiled = `${folder}/${process.pid}.mjs`;

/** Keeps `import.meta.dirname` of each source file, although one file contains them all. */
const keepFolders = {
  name: "keep-folders",
  setup: (plugin) =>
    plugin.onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
      loader: "ts",
    })),
};
await build({
  entryPoints: [program],
  outfile: compiled,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  logLevel: "error",
  plugins: [keepFolders],
});
process.on("exit", () => rmSync(compiled, { force: true }));
process.argv = [process.argv[0], program, ...programArguments];
await import(pathToFileURL(compiled).href);
