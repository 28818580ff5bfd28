import { JflowError } from "../../util/errors.ts";
import type { ReshardTask } from "../../model/reshard.ts";
import { shardOfKey } from "../../model/shard/routing.ts";
import { readDocumentId, readRoutingTag } from "../../document/scan/document-values.ts";
import type { Bindings } from "../executor/bindings.ts";
import { ApplyQueue } from "../copy/apply-queue.ts";
import { ApplyingMark } from "../disk/applying-mark.ts";
import { findStagedBackup } from "../disk/staged-backup.ts";
import type { RecoveredCopy } from "../disk/recover-copy.ts";
import { DocumentFileWriter } from "../../document/document-file.ts";

/**
 * Brings an in-sync copy to the end of its log and writes its `documents()` into the file of the
 * new shard of each document, with the routing of the gateway. Returns the number of documents.
 * Throws `FAILED_PRECONDITION` if the copy is not in the in-sync set, has lost its tail, or its
 * executor has no `documents()`.
 */
export async function exportDocuments(
  found: RecoveredCopy,
  bindings: Bindings,
  task: Extract<ReshardTask, { kind: "export" }>,
): Promise<number> {
  checkWhole(found, task.inSync);
  await replay(found, bindings);
  const { instance, name } = found.host;
  if (instance.documents === undefined) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${name} has no documents(), so its documents cannot be listed. Post the data again into a new workspace`,
    );
  }
  const files = await Promise.all(task.files.map((path) => DocumentFileWriter.open(path)));
  let count = 0;
  try {
    for await (const document of instance.documents()) {
      const bytes = document.encode();
      const key = readRoutingTag(bytes) ?? readDocumentId(bytes);
      await files[shardOfKey(key, files.length, task.routingShards)]!.add(bytes);
      count += 1;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
  return count;
}

export function checkWhole({ found, workspace }: RecoveredCopy, inSync: readonly string[]): void {
  if (!inSync.includes(found.copyId)) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${workspace.folder} is not in the in-sync set: it may lack writes`,
    );
  }
  const last = found.records.at(-1)?.seq ?? found.base.seq;
  if (last < found.checkpoint)
    throw new JflowError("FAILED_PRECONDITION", `${workspace.folder} has lost the tail of its log`);
}

/**
 * Applies the records of the log after the newest snapshot. Throws `DATA_LOSS` if a write has
 * another outcome than in the log.
 */
export async function replay(
  { found, workspace, host, history, log }: RecoveredCopy,
  bindings: Bindings,
): Promise<void> {
  const mark = new ApplyingMark(workspace.folder);
  const findBackup = async (name: string): Promise<{ path: string }> =>
    findStagedBackup(workspace.folder, name);
  const queue = new ApplyQueue(host, { bindings, history, mark, findBackup });
  const from = found.snapshots[0]?.seq ?? 0;
  for (const record of found.records.filter(({ seq }) => seq > from)) {
    let outcome = "";
    await queue.apply(
      record,
      () => log.payload(record),
      (ran) => {
        outcome = ran.outcome.kind;
      },
    );
    log.release(record);
    if (outcome !== record.outcome.kind) {
      throw new JflowError(
        "DATA_LOSS",
        `${workspace.folder}: record ${record.seq} had another outcome than its log holds`,
      );
    }
  }
  mark.close();
}
