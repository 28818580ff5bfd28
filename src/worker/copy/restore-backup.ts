import type { Position } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import { DataRequest, makeRequestId } from "../../wire/jina/messages/data-request.ts";
import { readCall } from "../executor/executor-call.ts";
import type { CopyDriver } from "./copy-driver.ts";
import type { PendingWrites } from "./pending-writes.ts";

/** The endpoint of a restore in messages. No client can send such a write. */
const ENDPOINT = "restore";

/**
 * Logs the write that replaces the state by a staged backup. Resolves when the write is
 * acknowledged, with its position. The name is the operation id, so a repeat changes nothing.
 * Rejects with `UNAVAILABLE` if this copy is not the primary, and with `EXECUTOR_FAILED` if the
 * executor cannot load the backup; the state is then unchanged.
 */
export async function restoreBackup(
  name: string,
  { pending, driver }: { pending: PendingWrites; driver: CopyDriver },
): Promise<Position> {
  const operationId = `restore-${name}`;
  const header = { requestId: makeRequestId(), execEndpoint: ENDPOINT, targetExecutor: "" };
  const requests = [DataRequest.make({ header, documents: [] }).toBytes()];
  const request = { endpoint: ENDPOINT, requests, operationId, restored: name };
  await pending.submit({ operationId, call: readCall(request), request }, (event) =>
    driver.feed(event),
  );
  const { copy } = driver;
  const logged = copy
    .operationsAt(copy.position.seq)
    .find((operation) => operation.operationId === operationId);
  if (logged === undefined)
    throw new JflowError("INTERNAL", `the restore ${name} is not in the log`);
  if (logged.outcome.kind === "threw")
    throw new JflowError("EXECUTOR_FAILED", `cannot load the backup: ${logged.outcome.error}`);
  return { seq: logged.seq, term: copy.term };
}
