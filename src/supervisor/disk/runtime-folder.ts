import { readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import type { RunningFlow, RuntimePaths } from "../../model/paths.ts";
import { hasCode } from "../../util/error-code.ts";
import { explainRuntimeFolder } from "../../model/runtime-access.ts";
import { makeFolder } from "../../util/files/make-folder.ts";
import { reapChildren, type Reaped } from "./child-register.ts";
import { takeLock, type MachineLock } from "./machine-lock.ts";
import { FLOW_LOCK_WAIT_MS } from "../../util/limits/processes.ts";

/** The claim of one supervisor on one flow. */
export interface Claim {
  /** The processes of an earlier supervisor. */
  readonly reaped: Reaped;
  /** Damage that was found in the files of an earlier supervisor. */
  readonly notices: readonly string[];
  /** Removes the runtime folder and releases the flow. */
  release(): Promise<void>;
}

const RUNNING_FLOW = z.object({
  id: z.string(),
  name: z.string(),
  file: z.string(),
  pid: z.int(),
  version: z.string(),
  startedAt: z.string(),
});

/**
 * Makes this process the only supervisor of a flow, and removes what an earlier supervisor left:
 * its socket and its children. Throws `ALREADY_EXISTS` with the pid of a running supervisor,
 * `FAILED_PRECONDITION` if the folder is not safe. The file of the socket can vanish under a
 * running supervisor, because temporary folders are cleaned. So on Linux the process also holds an
 * abstract socket while it lives. The abstract socket also decides between two supervisors that
 * start at once.
 */
export async function claimFlow(
  root: string,
  paths: RuntimePaths,
  lockName: string,
): Promise<Claim> {
  await makePrivateFolder(root);
  await makePrivateFolder(paths.folder);
  const lock = await takeFlow(lockName, paths);
  try {
    if (await isAnswering(paths.socket)) throw await alreadyRuns(paths);
    const notices: string[] = [];
    const reaped = await reapChildren(paths.childrenFile, (text) => notices.push(text));
    await rm(paths.socket, { force: true });
    return {
      reaped,
      notices,
      async release() {
        await rm(paths.folder, { recursive: true, force: true }).catch((error: unknown) => {
          // The system has removed the folder, and a file or a folder of another user follows.
          if (!hasCode(error, "ENOTDIR", "EACCES")) throw error;
        });
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Makes a folder that only this user can use. Throws `FAILED_PRECONDITION` if the folder cannot be
 * made, or if another user owns it or can access it.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeFolder(path).catch(async (error: unknown) => {
    throw new JflowError("FAILED_PRECONDITION", await explainRuntimeFolder(path, error));
  });
  const found = await stat(path);
  const owner = process.getuid?.();
  if (owner !== undefined && found.uid !== owner) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${path} belongs to another user: remove it, or set XDG_RUNTIME_DIR to a folder of your own`,
    );
  }
  if ((found.mode & 0o077) !== 0) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `other users can access ${path}: run chmod 700 ${path}, or set XDG_RUNTIME_DIR to a folder of your own`,
    );
  }
}

/** Resolves with undefined if the system has no such locks. */
async function takeFlow(name: string, paths: RuntimePaths): Promise<MachineLock | undefined> {
  const deadline = Date.now() + FLOW_LOCK_WAIT_MS;
  for (;;) {
    const lock = await takeLock(name);
    if (lock !== "taken") return lock;
    // A supervisor that runs, starts or leaves holds the lock.
    if (await isAnswering(paths.socket)) throw await alreadyRuns(paths);
    if (Date.now() > deadline) throw await alreadyRuns(paths);
    await sleep(50);
  }
}

async function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
  });
}

async function alreadyRuns(paths: RuntimePaths): Promise<JflowError> {
  const flow = await readRunningFlow(paths.flowFile);
  const who =
    flow === undefined
      ? "the flow is already running, perhaps for another user"
      : `flow "${flow.name}" is already running: ${flow.file}, supervisor pid ${flow.pid}`;
  return new JflowError("ALREADY_EXISTS", `${who}. jflow ps shows the flow, jflow down stops it`);
}

/** Reads `flow.json`; returns undefined if the file does not exist or is damaged. */
export async function readRunningFlow(path: string): Promise<RunningFlow | undefined> {
  try {
    return RUNNING_FLOW.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError || error instanceof z.ZodError)
      return undefined;
    throw error;
  }
}
