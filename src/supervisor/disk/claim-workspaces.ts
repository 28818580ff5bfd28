import { createHash } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import { takeLock, type MachineLock } from "./machine-lock.ts";

/**
 * Makes sure that no other running flow uses these folders (`<workspace>/<deployment>`, absolute):
 * two flow files may name one workspace, and two processes that write one log destroy it. Throws
 * `FAILED_PRECONDITION` naming the folder.
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
