import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import type { RunningFlow, RuntimePlaces } from "../../model/places.ts";
import { hasCode } from "../../util/error-code.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { reapChildren } from "./child-register.ts";
import { takeGuard, type Guard } from "./machine-lock.ts";
import { FLOW_LOCK_WAIT_MS } from "../../util/limits/processes.ts";

/** The claim of one supervisor on one flow. */
export interface Claim {
  /** Children of an earlier supervisor that were still there and are gone now. */
  readonly reaped: number;
  /** Tells `jflow ls` of the flow. */
  announce(flow: RunningFlow): Promise<void>;
  /** Removes the runtime folder and lets go of the flow. */
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
 * Makes this process the only supervisor of a flow: nobody answers at the flow's socket, and what
 * an earlier supervisor left there (its socket, its children) is gone. Throws `ALREADY_EXISTS` with
 * the pid where a supervisor runs, `FAILED_PRECONDITION` where the folder is not safe.
 *
 * The socket's file can vanish under a running supervisor (temp folders are cleaned), so on Linux
 * an abstract socket is held beside it for as long as the process lives: it also settles a race of
 * two that start at once.
 */
export async function claimFlow(
  root: string,
  places: RuntimePlaces,
  guardName: string,
): Promise<Claim> {
  await makePrivateFolder(root);
  await makePrivateFolder(places.folder);
  const guard = await takeFlow(guardName, places);
  try {
    if (await isAnswering(places.socket)) throw await alreadyRuns(places);
    const reaped = await reapChildren(places.childrenFile);
    await rm(places.socket, { force: true });
    return {
      reaped,
      announce: async (flow) => replaceFile(places.flowFile, JSON.stringify(flow)),
      async release() {
        await rm(places.folder, { recursive: true, force: true });
        guard?.release();
      },
    };
  } catch (error) {
    guard?.release();
    throw error;
  }
}

async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
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
      `${path} is open to others: chmod 700 ${path}, or set XDG_RUNTIME_DIR to a folder of your own`,
    );
  }
}

/** Undefined where the system has no such guards. */
async function takeFlow(name: string, places: RuntimePlaces): Promise<Guard | undefined> {
  const deadline = Date.now() + FLOW_LOCK_WAIT_MS;
  for (;;) {
    const guard = await takeGuard(name);
    if (guard !== "taken") return guard;
    // Held by one that runs, or by one that is just starting or just leaving.
    if (await isAnswering(places.socket)) throw await alreadyRuns(places);
    if (Date.now() > deadline) throw await alreadyRuns(places);
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

async function alreadyRuns(places: RuntimePlaces): Promise<JflowError> {
  const flow = await readRunningFlow(places.flowFile);
  const who =
    flow === undefined
      ? "the flow runs already"
      : `flow "${flow.name}" runs already: ${flow.file}, supervisor pid ${flow.pid}`;
  return new JflowError("ALREADY_EXISTS", `${who}. See it with jflow ps, stop it with jflow down`);
}

/** What `flow.json` says; undefined where there is none. */
export async function readRunningFlow(path: string): Promise<RunningFlow | undefined> {
  try {
    return RUNNING_FLOW.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
