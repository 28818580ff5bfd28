// npm run demo: describe a thing, find the word. Starts a copy of this folder's flow on free ports,
// indexes real definitions, searches, stops.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readDefinitions } from "./definitions.mjs";
import { DEMO_PART, DOCUMENTS, QUESTIONS, SYNSETS } from "./questions.mjs";

const MATCHES = "3";

const folder = fileURLToPath(new URL(".", import.meta.url));
const bin = fileURLToPath(new URL("../../bin/jflow.js", import.meta.url));
const env = { ...process.env, GRPC_PORT: "0", HTTP_PORT: "0" };
const scratch = mkdtempSync(join(tmpdir(), "jflow-demo-"));

/** Runs `jflow` as a user would, shows the command, and ends the demo where it fails. */
async function jflow(...args) {
  const shown = args.map((arg) => (/[\s'"]/.test(arg) ? `"${arg}"` : arg)).join(" ");
  console.log(`\n$ jflow ${shown}`);
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: scratch,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`jflow ${args[0]} ended with ${signal ?? code}`);
}

async function writeDefinitions(path) {
  const out = createWriteStream(path);
  for await (const document of readDefinitions(DEMO_PART)) {
    if (!out.write(`${JSON.stringify(document)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
}

// Ctrl-C ends the demo at any point; whatever is up is stopped all the same.
let interrupted = false;
process.on("SIGINT", () => (interrupted = true));
let failure;
try {
  for (const name of ["flow.yml", "idf.json"])
    copyFileSync(join(folder, name), join(scratch, name));
  const data = join(scratch, "definitions.jsonl");
  await writeDefinitions(data);
  console.log(`${DOCUMENTS} of WordNet's ${SYNSETS} definitions are in ${data}`);
  await jflow("up", "-d", "flow.yml");
  await jflow("post", "/index", "--input", data);
  for (const { text } of QUESTIONS)
    if (!interrupted) await jflow("search", text, "-n", MATCHES, "--fields", "words");
  await jflow("ps");
} catch (error) {
  failure = error;
} finally {
  spawnSync(process.execPath, [bin, "down", "flow.yml"], { cwd: scratch, env, stdio: "inherit" });
  rmSync(scratch, { recursive: true, force: true });
}
if (failure !== undefined && !interrupted) {
  console.error(`\nthe demo failed: ${failure.message}`);
  process.exitCode = 1;
} else if (!interrupted)
  console.log("\nThe flow is stopped. Start it yourself: cd flows/wordnet && jflow up");
