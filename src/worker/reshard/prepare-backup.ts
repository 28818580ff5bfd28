import { encodeExtra } from "../disk/snapshot-extra.ts";
import type { RecoveredCopy } from "../disk/recover-copy.ts";
import type { Bindings } from "../executor/bindings.ts";
import { checkWhole, replay } from "./export-documents.ts";

/**
 * Applies the records of a backup and keeps the state as its newest snapshot, durably. Returns the
 * number of documents, or 0 if the executor does not count them. Throws what the executor throws
 * for a state that it cannot load.
 */
export async function prepareBackup(found: RecoveredCopy, bindings: Bindings): Promise<number> {
  const { host, log, snapshotStore, history, workspace } = found;
  checkWhole(found, [workspace.copyId]);
  await replay(found, bindings);
  const { seq, term } = found.found.records.at(-1) ?? found.found.base;
  if (seq !== (found.found.snapshots[0]?.seq ?? -1)) {
    const mark = { seq, term };
    await snapshotStore.take(mark, {
      write: async (folder) => host.instance.snapshot?.(folder),
      extra: () => encodeExtra({ history: history.mark.hash, operations: [] }),
    });
    await snapshotStore.count(mark);
    await log.reset(mark);
  }
  return host.countDocuments() ?? 0;
}
