import { readFile } from "node:fs/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";
import {
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from "../../util/process/process-identity.ts";
import { waitForExit } from "../../util/process/wait-for-exit.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { REAP_MS } from "../../util/limits/processes.ts";

/** An entry of `children.json`. */
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
 * The living children, on disk: the next supervisor of this flow ends them before it touches a
 * workspace.
 */
export class ChildRegister {
  readonly #path: string;
  readonly #children = new Map<string, RegisteredChild>();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when the child is on disk: only then may it receive its spec. */
  async add(child: RegisteredChild): Promise<void> {
    this.#children.set(child.processId, child);
    await this.#save();
  }

  /** The child is gone. The next `add` updates the file. */
  remove(processId: string): void {
    this.#children.delete(processId);
  }

  /** Changes during a write share the next write. */
  async #save(): Promise<void> {
    const before = this.#writing?.catch(() => undefined) ?? Promise.resolve();
    this.#next ??= before.then(async () => {
      this.#next = undefined;
      this.#writing = replaceFile(this.#path, JSON.stringify([...this.#children.values()]));
      return this.#writing;
    });
    return this.#next;
  }
}

/**
 * Ends the children that an earlier supervisor left, and returns their number. A process is ended
 * only if its start time is the recorded one: another process may have its pid by now. Throws
 * `FAILED_PRECONDITION` for a process that cannot be ended.
 */
export async function reapChildren(
  path: string,
  notice: (text: string) => void = () => undefined,
): Promise<number> {
  const left = (await readRegister(path, notice)).filter(isAlive);
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
    `cannot end processes of an earlier run: ${names}. End them by hand, then try again`,
  );
}

/**
 * Reads `children.json`; returns an empty list if the file does not exist. A damaged file counts as
 * empty too: the kernel ends the children of a killed supervisor, and `notice` names the file.
 */
export async function readRegister(
  path: string,
  notice: (text: string) => void = () => undefined,
): Promise<readonly RegisteredChild[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
  try {
    return REGISTER.parse(JSON.parse(text));
  } catch (error) {
    notice(
      `${path} is damaged and counts as empty: processes of an earlier run may still run (${messageOf(error)})`,
    );
    return [];
  }
}
