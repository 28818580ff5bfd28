import { readFile } from "node:fs/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { hasCode } from "../../util/error-code.ts";
import {
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from "../../util/process/process-identity.ts";
import { waitForExit } from "../../util/process/wait-for-exit.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { REAP_MS } from "../../util/limits/processes.ts";

/** One entry of `children.json`. */
export interface RegisteredChild extends ProcessIdentity {
  readonly address: string;
  readonly processId: string;
}

const REGISTER = z.array(
  z.strictObject({
    pid: z.int().positive(),
    startTime: z.number().nullable(),
    address: z.string(),
    processId: z.string(),
  }),
);

/**
 * The children that live, on disk: whoever supervises this flow next ends them before it touches a
 * workspace.
 */
export interface ChildRegister {
  /** Resolves when the child is on disk: only then may it be sent its spec. */
  add(child: RegisteredChild): Promise<void>;
  /** It is gone. */
  remove(processId: string): void;
}

export function openChildRegister(path: string): ChildRegister {
  const children = new Map<string, RegisteredChild>();
  let writing: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const write = async (): Promise<void> =>
    replaceFile(path, JSON.stringify([...children.values()]));
  // Changes that come while a write is under way share the one after it.
  const save = async (): Promise<void> => {
    const before = writing?.catch(() => undefined) ?? Promise.resolve();
    next ??= before.then(async () => {
      next = undefined;
      writing = write();
      return writing;
    });
    return next;
  };

  return {
    async add(child) {
      children.set(child.processId, child);
      await save();
    },
    remove(processId) {
      children.delete(processId);
    },
  };
}

/**
 * Ends the children that an earlier supervisor left, if it left any, and sees them gone. Only a
 * process with the recorded start time is touched: its pid may have gone to somebody else. Throws
 * `FAILED_PRECONDITION` for one that cannot be ended.
 */
export async function reapChildren(path: string): Promise<number> {
  const left = (await readRegister(path)).filter(isAlive);
  for (const child of left) {
    signalProcess(-child.pid, "SIGKILL");
    signalProcess(child.pid, "SIGKILL");
  }
  const alive = await waitForExit(left, REAP_MS);
  if (alive.length > 0) throw stuck(alive);
  return left.length;
}

function stuck(children: readonly RegisteredChild[]): JflowError {
  const names = children.map((child) => `${child.address} (pid ${child.pid})`).join(", ");
  return new JflowError(
    "FAILED_PRECONDITION",
    `left over from an earlier run and not to be ended: ${names}. End them by hand, then try again`,
  );
}

/** What `children.json` says; nothing where there is none. */
export async function readRegister(path: string): Promise<readonly RegisteredChild[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
  return REGISTER.parse(JSON.parse(text));
}
