// What the benchmarks of whole flows share: a scratch folder with a flow, the jflow command, the
// client.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/jflow.js", import.meta.url));
const FLOWS = fileURLToPath(new URL("../../flows/", import.meta.url));

/**
 * Starts a copy of `flows/<name>`, runs `body(flow, port of its gRPC front)`, stops it and removes
 * its folder.
 */
export async function withFlow(name, env, body) {
  const flow = new BenchFlow(name, env);
  try {
    return await body(flow, await flow.up());
  } finally {
    await flow.close();
  }
}

class BenchFlow {
  constructor(name, env = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "jflow-bench-"));
    cpSync(join(FLOWS, name), this.folder, {
      recursive: true,
      filter: (path) => !path.includes(".jflow"),
    });
    mkdirSync(join(this.folder, "run"));
    this.env = { ...process.env, XDG_RUNTIME_DIR: join(this.folder, "run"), NO_COLOR: "1", ...env };
    delete this.env.FORCE_COLOR;
  }

  /** Runs `jflow` to its end; its stdout. Throws where it fails. */
  async jflow(...args) {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const [code] = await once(child, "close");
    if (code !== 0)
      throw new Error(`jflow ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Starts it and gives the gateway's gRPC port. */
  async up() {
    await this.jflow("up", "-d");
    const { flow } = JSON.parse(await this.jflow("ps", "-o", "json"));
    return Number(flow.gateway.grpc.split(":").at(-1));
  }

  async close() {
    try {
      await this.jflow("down");
    } finally {
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }
}

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
