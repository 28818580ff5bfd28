import { execa } from "execa";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { flowPaths, stateDirOf, supervisorOutput } from "../../model/paths.ts";
import { explainStateFolder } from "../../model/runtime-access.ts";
import { makeFolder } from "../../util/files/make-folder.ts";
import type { SupervisorAnswer, SupervisorCommand } from "../../model/supervisor.ts";

const ENTRY = fileURLToPath(new URL("../../supervisor/main.js", import.meta.url));
const MAX_TAIL_LINES = 20;

/**
 * Starts a supervisor, sends it a command and returns its answer. The supervisor has a session of
 * its own, so that it outlives this process. Its output goes to `supervisor.log`, next to the
 * output of the replicas. Throws the error of the supervisor, or `INTERNAL` with its last lines if
 * it ended without an answer.
 */
export async function spawnSupervisor(
  command: SupervisorCommand,
): Promise<Exclude<SupervisorAnswer, { type: "failed" }>> {
  const output = await openOutput(command.file);
  try {
    const child = execa(process.execPath, [ENTRY], {
      cwd: dirname(command.file),
      env: withoutLoaded(command),
      detached: true,
      cleanup: false,
      ipc: true,
      reject: false,
      buffer: false,
      stdin: "ignore",
      stdout: output.handle.fd as unknown as "inherit",
      stderr: output.handle.fd as unknown as "inherit",
    });
    const answer = await Promise.race([firstAnswer(child, command), child.then(() => undefined)]);
    if (answer === undefined)
      throw new JflowError(
        "INTERNAL",
        `the supervisor ended unexpectedly. Its last output:\n${await tailOf(output.path)}`,
      );
    if (answer.type === "failed") throw new JflowError(answer.code as ErrorCode, answer.message);
    child.disconnect?.();
    child.unref();
    return answer;
  } finally {
    await output.handle.close();
  }
}

/** Removes what Node.js loaded from a file of `--env-file`. The flow file has these variables. */
function withoutLoaded(command: SupervisorCommand): Record<string, undefined> {
  if (!("envFiles" in command) || command.envFiles?.length === 0) return {};
  const names = Object.keys(process.env).filter((name) => !Object.hasOwn(command.variables, name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function firstAnswer(
  child: {
    sendMessage(message: SupervisorCommand): Promise<void>;
    getOneMessage(): Promise<unknown>;
  },
  command: SupervisorCommand,
): Promise<SupervisorAnswer> {
  const answer = child.getOneMessage();
  await child.sendMessage(command);
  return (await answer) as SupervisorAnswer;
}

async function openOutput(
  flowFile: string,
): Promise<{ path: string; handle: Awaited<ReturnType<typeof open>> }> {
  const path = supervisorOutput(flowPaths(flowFile, stateDirOf(process.env)));
  try {
    await makeFolder(dirname(path));
    return { path, handle: await open(path, "a", 0o600) };
  } catch (error) {
    throw new JflowError("FAILED_PRECONDITION", await explainStateFolder(path, error), {
      cause: error,
    });
  }
}

async function tailOf(path: string): Promise<string> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  return lines.slice(-MAX_TAIL_LINES).join("\n");
}
