import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pythonOf } from "../interop/stock.ts";
import { ROOT } from "./documents.ts";
import type { Session } from "./session.ts";

/** Where the documents say that a flow lies. */
const SHOWN_HOME = "/home/you";
/** The ports that a flow without `port` has, which the documents name. */
const SHOWN_PORTS = ["8080", "8081"];
/** A longer list of numbers is shortened. */
const LONG_LIST = /\[(?:-?[\d.e-]+,){9,}-?[\d.e-]+\]/g;

/** What one command wrote, and how it ended. */
export interface Finished {
  readonly output: string;
  readonly code: number;
}

/**
 * Runs a session in a scratch folder, with the built `jflow` on the path and without a terminal.
 * Returns what each command of each console block wrote, as a document shows it: the folder is
 * `/home/you`, the ports are those of the document, long lists of numbers are shortened.
 */
export async function runSession(session: Session): Promise<readonly (readonly Finished[])[]> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "jflow-docs-")));
  const ports = await findFreePorts(SHOWN_PORTS.length);
  try {
    const folder = prepare(scratch, session);
    const mark = randomUUID();
    const script = toScript(session, folder, mark, ports);
    const env = makeEnvironment(scratch, session, ports);
    const output = await runShell(script, folder, env);
    await runShell(STOP_ALL, folder, env);
    return readOutputs(session, mark, (text) => show(text, scratch, ports), output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whatever a failed session left running. */
const STOP_ALL = `jflow ls -o json | grep -o '"name":"[^"]*"' | cut -d'"' -f4 | while read -r name; do jflow down --name "$name"; done`;

function prepare(scratch: string, { from }: Session): string {
  const folder = join(scratch, "home");
  mkdirSync(folder);
  if (from !== undefined) cpSync(join(ROOT, from), folder, { recursive: true });
  rmSync(join(folder, ".jflow"), { recursive: true, force: true });
  mkdirSync(join(scratch, "run"), { mode: 0o700 });
  const modules = join(scratch, "node_modules");
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, "jflow"));
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  mkdirSync(join(scratch, "bin"));
  // A flow with no port, or with those of `jflow init`, would meet what else listens here.
  const shim = `#!/bin/sh
case "$1" in up) for file in *.yml; do
  [ -e "$file" ] && sed -i "s/port: \\[${SHOWN_PORTS.join(", ")}\\]/port: [$JFLOW_DOCS_PORTS]/" "$file"
  [ -e "$file" ] && grep -q '^executors' "$file" && ! grep -q 'port' "$file" &&
    printf 'gateway: { protocol: [grpc, http], port: [%s] }\\n' "$JFLOW_DOCS_PORTS" >> "$file"
done ;; esac
exec "${process.execPath}" "${join(ROOT, "bin/jflow.js")}" "$@"
`;
  writeFileSync(join(scratch, "bin", "jflow"), shim, { mode: 0o755 });
  return folder;
}

function makeEnvironment(
  scratch: string,
  session: Session,
  ports: readonly string[],
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(scratch, "bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`,
    HOME: join(scratch, "home"),
    XDG_RUNTIME_DIR: join(scratch, "run"),
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    UPDATE_DOCS: undefined,
    JFLOW_DOCS_PORTS: ports.join(", "),
    // What the example flows read.
    PORT: ports[0],
    GRPC_PORT: ports[0],
    HTTP_PORT: ports[1],
    ...(session.needs === "python" ? { JFLOW_PYTHON: pythonOf("v1") } : {}),
  };
}

/** One script for the whole session: each command between two lines with the mark. */
function toScript(
  session: Session,
  folder: string,
  mark: string,
  ports: readonly string[],
): string {
  const lines = ["exec 2>&1"];
  for (const action of session.actions) {
    if (action.kind === "file") {
      const path = join(folder, action.path);
      const text = usePorts(action.block.text, ports).replaceAll("'", `'\\''`);
      lines.push(`mkdir -p '${dirname(path)}'`, `printf '%s' '${text}' > '${path}'`);
    } else {
      for (const { command } of action.steps)
        lines.push(`echo '${mark}'`, usePorts(command, ports), `echo "${mark} $?"`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The document's ports become free ones, where they stand as ports. */
function usePorts(text: string, ports: readonly string[]): string {
  return text.replaceAll(
    /(?<=port: |:)(8080|8081)\b/g,
    (port) => ports[SHOWN_PORTS.indexOf(port)]!,
  );
}

function show(text: string, scratch: string, ports: readonly string[]): string {
  const shown = text.replaceAll(join(scratch, "home"), SHOWN_HOME).replaceAll(LONG_LIST, "[...]");
  // A shorter port keeps its column.
  return ports.reduce(
    (kept, port, i) =>
      kept
        .replaceAll(` ${port}`, ` ${SHOWN_PORTS[i]!.padStart(port.length)}`)
        .replaceAll(port, SHOWN_PORTS[i]!),
    shown,
  );
}

function readOutputs(
  session: Session,
  mark: string,
  shown: (text: string) => string,
  output: string,
): readonly (readonly Finished[])[] {
  const pattern = new RegExp(`${mark}\\n([\\s\\S]*?)${mark} (\\d+)\\n`, "g");
  const finished = [...output.matchAll(pattern)].map((match) => ({
    output: shown(match[1]!),
    code: Number(match[2]),
  }));
  return session.actions.flatMap((action) =>
    action.kind === "console" ? [finished.splice(0, action.steps.length)] : [],
  );
}

async function runShell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn("sh", [], { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(script);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
  return output;
}

async function findFreePorts(count: number): Promise<readonly string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise((resolve) => server.once("listening", resolve));
      const address = server.address();
      return address !== null && typeof address === "object" ? String(address.port) : "0";
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
