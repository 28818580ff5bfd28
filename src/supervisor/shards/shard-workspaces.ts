import { dirname } from "node:path";
import type { PlannedReplica } from "../../flow/flow.ts";
import { messageOf } from "../../util/error-code.ts";
import { removeFolder } from "../../util/files/remove-folder.ts";
import { isLive } from "../decide/lifecycle/replica-state.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { readApplying } from "./read-applying.ts";
import { readCopies } from "./read-copies.ts";

export interface ShardWorkspacesDeps {
  pathOf(planned: PlannedReplica): string;
  notice(text: string): void;
}

/** The workspaces of the copies, as the supervisor reads them. Reports what it cannot read. */
export class ShardWorkspaces {
  readonly #deps: ShardWorkspacesDeps;

  constructor(deps: ShardWorkspacesDeps) {
    this.#deps = deps;
  }

  /** Returns the copy ids of a shard by replica, planned or not. `copy` is any of its replicas. */
  copyIds(copy: ReplicaProcess): ReadonlyMap<number, string> {
    const read = (): ReadonlyMap<number, string> =>
      readCopies(dirname(this.#deps.pathOf(copy.planned)));
    return this.#try(copy.address, read) ?? new Map();
  }

  /** Returns the record that a copy was applying when its process ended, if any. */
  applying(planned: PlannedReplica): number | undefined {
    return this.#try(planned.address, () => readApplying(this.#deps.pathOf(planned)));
  }

  /**
   * Empties the workspace of a copy that is outside the in-sync set and has no process. It becomes
   * a new copy, and the primary sends it a snapshot.
   */
  release(copy: ReplicaProcess | undefined): void {
    if (copy === undefined || isLive(copy.state)) return;
    const path = this.#deps.pathOf(copy.planned);
    removeFolder(path).then(
      () => copy.wished({ type: "released" }),
      (error: unknown) =>
        this.#deps.notice(`${copy.address}: cannot empty ${path}: ${messageOf(error)}`),
    );
  }

  #try<Value>(address: string, read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      this.#deps.notice(`${address}: ${messageOf(error)}`);
      return undefined;
    }
  }
}
