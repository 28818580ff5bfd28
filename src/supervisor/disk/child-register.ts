import { readFile } from "node:fs/promises";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";
import {
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from "../../util/process/process-identity.ts";
import { findMarked, type MarkedProcess } from "../../util/process/marked-processes.ts";
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
  #path: string;
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

  /** The runtime folder is made again: writes the file in its new place. */
  async moveTo(path: string): Promise<void> {
    this.#path = path;
    await this.#save();
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

/** The processes that an earlier supervisor left. */
export interface Reaped {
  /** The number of processes that were ended. */
  readonly ended: number;
  /** The processes that still run, because they left the process group of their replica. */
  readonly left: readonly Stray[];
}

/** A process that a replica started and that left the process group of the replica. */
export interface Stray {
  readonly address: string;
  readonly pid: number;
  readonly command: string;
}

/**
 * Ends the children that an earlier supervisor left, and the processes in their groups. A process
 * is ended only if its start time is the recorded one, or if its environment holds the id of the
 * child: another process may have its pid by now. Throws `FAILED_PRECONDITION` for a process that
 * cannot be ended.
 */
export async function reapChildren(
  path: string,
  notice: (text: string) => void = () => undefined,
): Promise<Reaped> {
  const children = await readRegister(path, notice);
  const marked = findMarked(new Set(children.map(({ processId }) => processId)));
  const groups = children.map((child) => {
    const members = marked.filter(
      ({ processId, group }) => processId === child.processId && group === child.pid,
    );
    const isOwn = ({ pid }: MarkedProcess): boolean => pid === child.pid;
    return {
      child,
      members: isAlive(child) && !members.some(isOwn) ? [child, ...members] : members,
    };
  });
  for (const { child, members } of groups) {
    if (members.length === 0) continue;
    signalProcess(-child.pid, "SIGKILL");
    signalProcess(child.pid, "SIGKILL");
  }
  const ended = groups.flatMap(({ child: { address }, members }) =>
    members.map(({ pid, startTime }) => ({ address, pid, startTime })),
  );
  const alive = await waitForExit(ended, REAP_MS);
  if (alive.length > 0) throw stuck(alive);
  return { ended: ended.length, left: children.flatMap((child) => straysOf(child, marked)) };
}

/**
 * Returns the processes that ended children started and that still run. `ended` holds the addresses
 * of the children by their process ids.
 */
export function findStrays(ended: ReadonlyMap<string, string>): readonly Stray[] {
  return findMarked(new Set(ended.keys())).map(({ pid, command, processId }) => ({
    address: ended.get(processId)!,
    pid,
    command,
  }));
}

function straysOf(
  { address, pid: group, processId }: RegisteredChild,
  marked: readonly MarkedProcess[],
): readonly Stray[] {
  return marked
    .filter((process) => process.processId === processId && process.group !== group)
    .map(({ pid, command }) => ({ address, pid, command }));
}

function stuck(processes: readonly Pick<RegisteredChild, "address" | "pid">[]): JflowError {
  const names = processes.map(({ address, pid }) => `${address} (pid ${pid})`).join(", ");
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
