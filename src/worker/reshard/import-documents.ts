import { NEVER_CANCELLED } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import { DataRequest, makeRequestId } from "../../wire/jina/messages/data-request.ts";
import { findMethod, type Bindings } from "../executor/bindings.ts";
import { readCall } from "../executor/executor-call.ts";
import { encodeExtra } from "../disk/snapshot-extra.ts";
import type { RecoveredCopy } from "../disk/recover-copy.ts";
import { readDocumentFile } from "../../document/document-file.ts";

/** The endpoint that the documents are written to. */
const ENDPOINT = "/index";
const BATCH = { documents: 100, bytes: 1024 * 1024 };
/** The whole import counts as one record, with a term lower than that of any promotion. */
const MARK = { seq: 1, term: 1 };

/**
 * Writes the documents of files into a new copy and keeps the state as its snapshot, durably.
 * Returns the number of documents. Throws `FAILED_PRECONDITION` if no write method is bound to
 * `/index` or the copy is not new, and `EXECUTOR_FAILED` if a write throws.
 */
export async function importDocuments(
  found: RecoveredCopy,
  bindings: Bindings,
  files: readonly string[],
): Promise<number> {
  const { host, workspace, snapshotStore, log, history } = found;
  if (!workspace.isNew)
    throw new JflowError("FAILED_PRECONDITION", `${workspace.folder} is not empty`);
  const method = findMethod(bindings, ENDPOINT);
  if (method === undefined || !bindings.writes.has(method)) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${host.name} has no write method at ${ENDPOINT}, so its documents cannot be imported`,
    );
  }
  let count = 0;
  for await (const documents of batchesOf(files)) {
    const header = { requestId: makeRequestId(), execEndpoint: ENDPOINT, targetExecutor: "" };
    const request = DataRequest.make({ header, documents }).toBytes();
    const call = readCall({ endpoint: ENDPOINT, requests: [request] });
    const end = await host.run(method, call, NEVER_CANCELLED);
    if (end.kind === "threw") throw end.error;
    count += documents.length;
  }
  history.reset({ ...history.mark, seq: MARK.seq });
  await snapshotStore.take(MARK, {
    write: async (folder) => host.instance.snapshot?.(folder),
    extra: () => encodeExtra({ history: history.mark.hash, operations: [] }),
  });
  await snapshotStore.count(MARK);
  await log.reset(MARK);
  await workspace.recordCheckpoint(MARK.seq);
  return count;
}

async function* readAll(files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* readDocumentFile(file);
}

async function* batchesOf(files: readonly string[]): AsyncGenerator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const document of readAll(files)) {
    batch.push(document);
    bytes += document.length;
    if (batch.length < BATCH.documents && bytes < BATCH.bytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
