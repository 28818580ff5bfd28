// `npm run build` compiles src/ to dist/, which bin/jflow.js imports. The new build replaces the
// old one at once, so that a running jflow never reads half a build.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle, bundlePage } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const fresh = mkdtempSync(`${root}/.dist-`);
try {
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", "src", "--outDir", fresh], {
    cwd: root,
    stdio: "inherit",
  });
  cpSync(`${root}/src/worker/python/start-executor.py`, `${fresh}/worker/python/start-executor.py`);
  const { flowJsonSchema } = await import(pathToFileURL(`${fresh}/flow/flow.js`).href);
  writeFileSync(`${fresh}/flow.schema.json`, `${JSON.stringify(flowJsonSchema(), null, 2)}\n`);
  await bundle(fresh);
  await bundlePage(`${root}/src/page`, `${fresh}/page`);
  // `mkdtemp` shuts other users out. The build follows the umask, as other files of the
  // installation.
  chmodSync(fresh, 0o777 & ~process.umask());
  const old = `${fresh}-old`;
  if (existsSync(`${root}/dist`)) renameSync(`${root}/dist`, old);
  renameSync(fresh, `${root}/dist`);
  rmSync(old, { recursive: true, force: true });
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  throw error;
}
