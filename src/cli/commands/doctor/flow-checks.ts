import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type { Flow } from "../../../flow/flow.ts";
import { hasCode, messageOf } from "../../../util/error-code.ts";
import { judge, type CheckFinding } from "./finding.ts";

const PYTHON_MS = 60_000;

/**
 * Checks what the flow of a file needs: its ports, which only a stopped flow leaves free, and a
 * Python with jina.
 */
export async function checkFlow(
  flow: Flow,
  { isRunning, python }: { readonly isRunning: boolean; readonly python: string },
): Promise<readonly CheckFinding[]> {
  const { host, listeners, adminPort } = flow.gateway;
  const ports = [
    ...listeners.map(({ protocol, port }) => ({ name: protocol, host, port })),
    { name: "admin", host: "127.0.0.1", port: adminPort },
  ].filter(({ port }) => port !== 0);
  const isPython = flow.deployments.some(({ uses }) => uses.kind === "python");
  return [
    ...(isRunning ? [] : await Promise.all(ports.map(checkPort))),
    ...(isPython ? [await checkPython(python)] : []),
  ];
}

async function checkPort(listener: {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}): Promise<CheckFinding> {
  const { name, host, port } = listener;
  const problem = await whyNotFree(host, port);
  return judge("port", problem === undefined, `port ${port} (${name}) is free`, {
    level: "error",
    text: `port ${port} (${name}) ${problem}`,
    fix: `stop the program that listens there, or write another port in the flow file`,
  });
}

async function whyNotFree(host: string, port: number): Promise<string | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return hasCode(error, "EADDRINUSE") ? "is taken" : `cannot be used: ${messageOf(error)}`;
  } finally {
    server.close();
  }
}

async function checkPython(program: string): Promise<CheckFinding> {
  const check = "python";
  try {
    const script = "import jina, docarray; print(jina.__version__, docarray.__version__)";
    const { stdout } = await promisify(execFile)(program, ["-c", script], { timeout: PYTHON_MS });
    const [jina, docarray] = stdout.trim().split(" ");
    return { level: "ok", check, text: `${program} has jina ${jina} and docarray ${docarray}` };
  } catch (error) {
    const isMissing = hasCode(error, "ENOENT");
    return {
      level: "error",
      check,
      text: isMissing ? `${program} was not found` : `${program} has no jina that loads`,
      fix: isMissing
        ? "install Python 3, or set JFLOW_PYTHON"
        : `run ${program} -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON`,
    };
  }
}
