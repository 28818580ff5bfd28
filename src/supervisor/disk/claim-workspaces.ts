import { createHash } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import { takeLock, type MachineLock } from "./machine-lock.ts";

/**
 * Claims folders (`<workspace>/<deployment>`, absolute), so that no other running flow uses them.
 * Two flow files may name one workspace, and two processes that write one log destroy it. Throws
 * `FAILED_PRECONDITION` with the folder that is in use.
 */
export async function claimWorkspaces(folders: readonly string[]): Promise<MachineLock> {
  const locks: MachineLock[] = [];
  const release = (): void => {
    for (const lock of locks) lock.release();
  };
  for (const folder of new Set(folders)) {
    const lock = await takeLock(
      `jflow-workspace-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`,
    );
    if (lock === "taken") {
      release();
      throw new JflowError(
        "FAILED_PRECONDITION",
        `another running flow uses the workspace ${folder}: stop that flow (jflow ls lists all flows), or set another workspace`,
      );
    }
    if (lock !== undefined) locks.push(lock);
  }
  return { release };
}
