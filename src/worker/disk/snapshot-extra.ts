import type { Outcome } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import { newerFormat } from "../../util/newer-format.ts";
import type { LoggedOperation } from "../../replication/replication.ts";

/** The data in a snapshot in addition to the files of the executor. */
export interface SnapshotExtra {
  /** The rolling hash of the writes in the snapshot. */
  readonly history: string;
  /**
   * The last operation ids with their outcomes, so that a repeated write is recognized after a
   * restart.
   */
  readonly operations: readonly LoggedOperation[];
}

/**
 * The stored format. An operation is `[id, seq]`, with the message as a third element if the write
 * threw.
 */
interface StoredExtra {
  readonly version: number;
  readonly history: string;
  readonly operations: readonly (readonly [string, number, string?])[];
}

const VERSION = 1;

export function encodeExtra(extra: SnapshotExtra): Uint8Array {
  const stored: StoredExtra = {
    version: VERSION,
    history: extra.history,
    operations: extra.operations.map(toStored),
  };
  return Buffer.from(JSON.stringify(stored));
}

/**
 * Throws `FAILED_PRECONDITION` for the data of a newer jflow, and `DATA_LOSS` for any other data.
 */
export function decodeExtra(bytes: Uint8Array): SnapshotExtra {
  const stored: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isStored(stored)) throw new JflowError("DATA_LOSS", "the snapshot has no operation ids");
  if (stored.version !== VERSION) {
    throw newerFormat("a snapshot");
  }
  const operations = stored.operations.map(([operationId, seq, error]) => ({
    operationId,
    seq,
    outcome: toOutcome(error),
  }));
  return { history: stored.history, operations };
}

function toStored({ operationId, seq, outcome }: LoggedOperation): [string, number, string?] {
  return outcome.kind === "done" ? [operationId, seq] : [operationId, seq, outcome.error];
}

function toOutcome(error: string | undefined): Outcome {
  return error === undefined ? { kind: "done" } : { kind: "threw", error };
}

/** The checksum of the bytes is already checked, so the version determines the shape. */
function isStored(value: unknown): value is StoredExtra {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    typeof value.version === "number"
  );
}
