// `node .config/run.mjs test/bench/log.ts [arguments]`: runs a TypeScript program of this project, which Node 20 cannot do by itself.
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const [program, ...programArguments] = process.argv.slice(2);
// Inside the project, so that packages are found from there.
const folder = fileURLToPath(new URL("../node_modules/.cache/jflow-run", import.meta.url));
mkdirSync(folder, { recursive: true });
const compiled = `${folder}/${process.pid}.mjs`;
buildSync({
  entryPoints: [program],
  outfile: compiled,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
});
process.on("exit", () => rmSync(compiled, { force: true }));
process.argv = [process.argv[0], program, ...programArguments];
await import(pathToFileURL(compiled).href);
